import type { Privilege, Scope } from '@tidegate/contract';
import type { ScopeItem } from '../../lib/scope-items.ts';
import type { RequestDetail } from './RequestPage.tsx';

type Wanted = RequestDetail['wanted'];

/** What an approver leaves of a request. */
export interface RequestLeft {
  /** Null: all databases of the project, as asked. */
  readonly items: readonly ScopeItem[] | null;
  readonly privileges: readonly Privilege[];
  /** Null: as long as asked. */
  readonly minutes: number | null;
}

export function asAsked({ scope, privileges }: Wanted): RequestLeft {
  return { items: scope.kind === 'project' ? null : scope.items, privileges, minutes: null };
}

/** What to send with the approval: only what differs. Null where nothing was cut, or nothing would be left. */
export function cutOf(wanted: Wanted, left: RequestLeft) {
  if (left.privileges.length === 0 || left.items?.length === 0) return null;
  const start = asAsked(wanted);
  const scope: Scope = left.items === null ? { kind: 'project' } : { kind: 'items', items: [...left.items] };
  const cut = {
    ...(keysOf(start.items) === keysOf(left.items) ? {} : { scope }),
    ...(start.privileges.every((one) => left.privileges.includes(one)) ? {} : { privileges: [...left.privileges] }),
    ...(left.minutes === null ? {} : { minutes: left.minutes }),
  };
  return Object.keys(cut).length === 0 ? null : cut;
}

function keysOf(items: readonly ScopeItem[] | null): string {
  const keys = items?.map(({ databaseId, schema, table }) => JSON.stringify([databaseId, schema, table]));
  return JSON.stringify(keys?.toSorted() ?? null);
}

/** The lengths that are shorter than what was asked for; `minutes` null: no end was asked for. */
export function shorterLengths(minutes: number | null): number[] {
  return [15, 30, 60, 240, 480, 1440, 10_080].filter((length) => minutes === null || length < minutes);
}
