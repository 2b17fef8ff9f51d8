import type { Grant, Privilege, Scope } from '@tidegate/contract';
import type { Reply } from '../../api/client.ts';
import type { ScopeItem } from '../../lib/scope-items.ts';

type GrantDetail = Reply<'GET /grants/:grantId'>;

/** The parts of a grant's scope as they can be dropped one by one. */
export function itemsOf(scope: Grant['scope']): ScopeItem[] {
  return scope.databases.flatMap(({ databaseId, isWhole, schemas, tables }): ScopeItem[] =>
    isWhole
      ? [{ databaseId, schema: null, table: null }]
      : [
          ...schemas.map((schema) => ({ databaseId, schema, table: null })),
          ...tables.map(({ schema, table }) => ({ databaseId, schema, table })),
        ],
  );
}

/** What was used of it, as far as it is known. */
export function usedItems({ receipt }: Pick<GrantDetail, 'receipt'>): ScopeItem[] {
  return receipt.used.map(({ databaseId, schema, table }) => ({ databaseId, schema, table }));
}

/** `1 statement` beside a table that was used; `not used` beside one that was not. */
export function tableUse(grant: Pick<GrantDetail, 'receipt'>, item: ScopeItem): string {
  const found = grant.receipt.used.find(
    ({ databaseId, schema, table }) =>
      databaseId === item.databaseId && schema === (item.schema ?? '') && table === item.table,
  );
  if (found === undefined) return 'not used';
  return found.statements === 1 ? '1 statement' : `${found.statements} statements`;
}

export interface NarrowDraft {
  /** Null: all databases of the project stay. */
  readonly items: readonly ScopeItem[] | null;
  readonly privileges: readonly Privilege[];
  /** Minutes from now; null: the end stays. */
  readonly minutes: number | null;
}

export function startOf(grant: Pick<Grant, 'scope' | 'privileges'>): NarrowDraft {
  return { items: grant.scope.isProject ? null : itemsOf(grant.scope), privileges: grant.privileges, minutes: null };
}

/** What to send: only what differs. Null where nothing would be taken away, or nothing would be left. */
export function narrowingOf(grant: Pick<Grant, 'scope' | 'privileges'>, draft: NarrowDraft) {
  const start = startOf(grant);
  const isScopeSame = JSON.stringify(sorted(start.items)) === JSON.stringify(sorted(draft.items));
  const isPrivilegesSame = start.privileges.every((privilege) => draft.privileges.includes(privilege));
  const isEmpty = draft.privileges.length === 0 || draft.items?.length === 0;
  if (isEmpty || (isScopeSame && isPrivilegesSame && draft.minutes === null)) return null;
  const scope: Scope = draft.items === null ? { kind: 'project' } : { kind: 'items', items: [...draft.items] };
  return {
    ...(isScopeSame ? {} : { scope }),
    ...(isPrivilegesSame ? {} : { privileges: [...draft.privileges] }),
  };
}

function sorted(items: readonly ScopeItem[] | null): string[] | null {
  return items?.map(({ databaseId, schema, table }) => JSON.stringify([databaseId, schema, table])).toSorted() ?? null;
}
