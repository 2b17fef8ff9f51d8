/**
 * What the server says may be done with an entity. A button exists when the answer says so; a name that is absent means no.
 */
export function may(
  entity: { readonly abilities: Readonly<Record<string, boolean>> } | undefined,
  name: string,
): boolean {
  return entity?.abilities[name] === true;
}
