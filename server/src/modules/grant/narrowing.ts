import type { Privilege, Scope, ScopeItem } from '@tidegate/contract';

/** What a grant gives: on what, what, and until when (null never ends). */
export interface Extent {
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  readonly expiresAt: Date | null;
}

/** Whether everything that `narrower` covers is covered by `wider` too. Names are compared exactly. */
export function isWithin(narrower: Scope, wider: Scope): boolean {
  if (wider.kind === 'project') return true;
  if (narrower.kind === 'project') return false;
  return narrower.items.every((item) => isCovered(item, wider.items));
}

export function isSameScope(one: Scope, other: Scope): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

/** Of the wider scope's own parts, those that the narrower does not fully keep. */
export function partsLost(wider: readonly ScopeItem[], narrower: readonly ScopeItem[]): ScopeItem[] {
  return wider.filter((item) => !isCovered(item, narrower));
}

/** Why this is no narrowing: null when it is one. `write` holds `read`. */
export function narrowingFault(from: Extent, to: Extent): 'wider' | 'same' | null {
  const held = new Set<Privilege>(from.privileges);
  if (held.has('write')) held.add('read');
  const isLater = from.expiresAt !== null && (to.expiresAt === null || to.expiresAt > from.expiresAt);
  if (isLater || !isWithin(to.scope, from.scope) || to.privileges.some((privilege) => !held.has(privilege))) {
    return 'wider';
  }
  return givesLess(from, to) || from.expiresAt?.getTime() !== to.expiresAt?.getTime() ? null : 'same';
}

/** Whether something beyond time is taken away, so that the row has to end and another takes its place. */
export function givesLess(
  from: Pick<Extent, 'scope' | 'privileges'>,
  to: Pick<Extent, 'scope' | 'privileges'>,
): boolean {
  const kept = new Set(to.privileges);
  return !isWithin(from.scope, to.scope) || from.privileges.some((privilege) => !kept.has(privilege));
}

function isCovered(item: ScopeItem, items: readonly ScopeItem[]): boolean {
  return items.some(
    (one) =>
      one.databaseId === item.databaseId &&
      (one.schema === null || (one.schema === item.schema && (one.table === null || one.table === item.table))),
  );
}
