import type { Verdict } from '@tidegate/contract';
import type { Analysis, RelationUse } from '@tidegate/sql-analysis';

/** A relation of a statement, found in the catalog of what Tidegate has synchronised. */
export interface RelationTarget {
  readonly databaseId: string;
  readonly databaseName: string;
  /** Null for a database without a project: nobody may ask for it. */
  readonly projectId: string | null;
  /** The project hides the names of what is not granted. */
  readonly hidesNames: boolean;
  /** As the server spells it. */
  readonly schema: string;
  readonly table: string;
}

export interface ResolvedUse {
  readonly use: RelationUse;
  /** Null when the catalog does not know it: a temporary table, a mistake, or newer than the last sync. */
  readonly target: RelationTarget | null;
}

/** What a verdict asks of a person's access; `EffectiveAccess` of the ledger fits. */
export interface AccessQuestion {
  can(databaseId: string, privilege: 'read' | 'write', schema: string, table: string): boolean;
  canRequest(projectId: string | null): boolean;
}

/**
 * What the ledger says about one statement. It refuses only when it is sure that something is missing: an unsure
 * analysis or an unknown relation leaves the decision to the database server, whose account is the wall.
 */
export function judge(analysis: Analysis, resolved: readonly ResolvedUse[], access: AccessQuestion): Verdict {
  const relations = resolved.map(({ use, target }) => ({
    schema: target?.schema ?? use.schema ?? '',
    name: target?.table ?? use.name,
    privilege: use.privilege,
    status: statusOf(use, target, access),
    positions: use.positions.map(({ start, end }) => ({ start, end })),
  }));
  const missing = resolved.flatMap(({ use, target }) =>
    target !== null && !access.can(target.databaseId, use.privilege, target.schema, target.table)
      ? [
          {
            databaseId: target.databaseId,
            databaseName: target.databaseName,
            schema: target.schema,
            table: target.table,
            privilege: use.privilege,
            isRequestable: access.canRequest(target.projectId),
          },
        ]
      : [],
  );
  return {
    isSure: analysis.sure,
    isAllowed: !(analysis.sure && missing.length > 0),
    kind: analysis.kind,
    reason: analysis.sure ? null : analysis.reason,
    relations,
    missing: withoutRepeats(missing),
  };
}

function statusOf(use: RelationUse, target: RelationTarget | null, access: AccessQuestion) {
  if (target === null) return 'unknown' as const;
  if (access.can(target.databaseId, use.privilege, target.schema, target.table)) return 'granted' as const;
  return access.canRequest(target.projectId) ? ('requestable' as const) : ('out_of_reach' as const);
}

function withoutRepeats<T extends { databaseId: string; schema: string; table: string; privilege: string }>(
  missing: readonly T[],
): T[] {
  const byKey = new Map(
    missing.map((item) => [JSON.stringify([item.databaseId, item.schema, item.table, item.privilege]), item]),
  );
  return [...byKey.values()];
}

/** The one sentence of a refusal: `You have no access to salary and title in hr_prod. You can request read on them.` */
export function refusalSentence(missing: Verdict['missing']): string {
  const byDatabase = Map.groupBy(missing, (item) => item.databaseName);
  const parts = [...byDatabase].map(([database, items]) => {
    const names = [
      ...new Set(
        items.map((item) =>
          item.schema === '' || item.schema === 'public' ? item.table : `${item.schema}.${item.table}`,
        ),
      ),
    ];
    const verb = items.some((item) => item.privilege === 'write') ? 'change' : 'read';
    return `${verb} ${listWords(names)} in ${database}`;
  });
  const offer = missing.every((item) => item.isRequestable)
    ? 'You can request it.'
    : 'Ask a Project Owner or an administrator.';
  return `You may not ${parts.join(' or ')}. ${offer}`;
}

function listWords(names: readonly string[]): string {
  const shown = names.slice(0, 12);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more tables`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
