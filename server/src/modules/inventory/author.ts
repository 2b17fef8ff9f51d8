/** Who makes a change; `adminPersonId` is the administrator behind the sample person. */
export interface Author {
  readonly personId: string;
  readonly adminPersonId: string | null;
}

/** The author as the permanent record names him. */
export function authorOf(author: Author): { actorId: string; onBehalfOfId: string | null } {
  return { actorId: author.personId, onBehalfOfId: author.adminPersonId };
}
