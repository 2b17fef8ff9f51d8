import type { Privilege, Scope, ScopeItem } from '@tidegate/contract';
import { type AccessRequest, endOf, type Wanted } from './access-request.ts';

/** What an approver leaves; what is absent stays as it is. */
export interface Narrowing {
  readonly scope?: Scope | undefined;
  readonly privileges?: readonly Privilege[] | undefined;
  readonly minutes?: number | undefined;
}

/** What is left after the cut, or why it is not a cut, in words. `start` is when access would begin. */
export function narrow(wanted: Wanted, cut: Narrowing, start: Date): Wanted | string {
  const scope = cut.scope ?? wanted.scope;
  if (!isScopeWithin(scope, wanted.scope)) return 'This names databases or tables that were not asked for.';
  const privileges = cut.privileges ?? wanted.privileges;
  if (!privileges.every((privilege) => covers(wanted.privileges, privilege))) {
    return 'This gives privileges that were not asked for.';
  }
  const end = endOf(wanted.expiry, start);
  if (cut.minutes !== undefined && end !== null && start.getTime() + cut.minutes * 60_000 > end.getTime()) {
    return 'This lasts longer than was asked for.';
  }
  const expiry = cut.minutes === undefined ? wanted.expiry : ({ kind: 'after', minutes: cut.minutes } as const);
  return { scope, privileges: [...new Set(privileges)], expiry };
}

/**
 * Why this cannot be cut of a request that changes a grant, in words; null when it can. An extension gives the same for
 * longer, an addition more until the same end: only what it gives can be less.
 */
export function amendmentFault(kind: AccessRequest['kind'], cut: Narrowing): string | null {
  if (kind === 'extend' && (cut.scope !== undefined || cut.privileges !== undefined)) {
    return 'An extension gives the same tables for longer: approve less time, or narrow the grant itself.';
  }
  if (kind === 'add' && cut.minutes !== undefined) {
    return 'What is added ends with its grant: approve fewer tables, or narrow the grant itself.';
  }
  return null;
}

/** Whether anything was taken away. */
export function isSame(a: Wanted, b: Wanted): boolean {
  return (
    isScopeWithin(a.scope, b.scope) &&
    isScopeWithin(b.scope, a.scope) &&
    a.privileges.toSorted().join() === b.privileges.toSorted().join() &&
    JSON.stringify(a.expiry) === JSON.stringify(b.expiry)
  );
}

/** `write` gives reading too. */
function covers(asked: readonly Privilege[], privilege: Privilege): boolean {
  return asked.includes(privilege) || (privilege === 'read' && asked.includes('write'));
}

/** Whether all that `inner` names is within what `outer` names; a project holds whatever databases it has. */
export function isScopeWithin(inner: Scope, outer: Scope): boolean {
  if (outer.kind === 'project') return true;
  return inner.kind === 'items' && inner.items.every((item) => outer.items.some((wide) => isWithin(item, wide)));
}

function isWithin(item: ScopeItem, wide: ScopeItem): boolean {
  if (item.databaseId !== wide.databaseId) return false;
  if (wide.schema === null) return true;
  return item.schema === wide.schema && (wide.table === null || item.table === wide.table);
}
