import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { ConsideredRule, RiskEvaluation, RiskInputs, RiskLevel } from './risk.ts';

interface Row {
  readonly requestId: string;
  readonly level: RiskLevel | null;
  readonly ruleVersionId: string | null;
  readonly considered: string[];
  readonly isFaulty: boolean;
  readonly reason: string;
  readonly inputs: RiskInputs;
  readonly at: Date;
}

/**
 * What the rules said of each request when it was last looked at, as it was stored: one evaluation for each of its
 * sources. Requests from before there were rules have none.
 */
export async function evaluationsOf(db: Db, requestIds: readonly string[]): Promise<Map<string, RiskEvaluation[]>> {
  if (requestIds.length === 0) return new Map();
  const { rows } = await sql<Row>`
    select request_id as "requestId", level, rule_version_id as "ruleVersionId", considered,
      is_faulty as "isFaulty", reason, inputs, at
    from tidegate.risk_evaluation as said where request_id = any(${requestIds}::uuid[])
      and round = (select max(round) from tidegate.risk_evaluation where request_id = said.request_id)
    order by request_id, source`.execute(db);
  const versions = await readVersions(db, [...new Set(rows.flatMap((row) => row.considered))]);
  const byRequest = Map.groupBy(rows, (row) => row.requestId);
  return new Map([...byRequest].map(([id, own]) => [id, own.map((row) => toEvaluation(row, versions))]));
}

async function readVersions(db: Db, ids: readonly string[]): Promise<Map<string, ConsideredRule>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('risk_rule_version')
    .where('id', 'in', ids)
    .select(['id as versionId', 'rule_id as id', 'version', 'name', 'condition', 'level'])
    .execute();
  return new Map(rows.map((row) => [row.versionId, row]));
}

function toEvaluation(row: Row, versions: ReadonlyMap<string, ConsideredRule>): RiskEvaluation {
  const rules = row.considered.map((versionId) => {
    const version = versions.get(versionId);
    if (version === undefined) throw new Error(`The rule version ${versionId} is not in the store.`);
    return version;
  });
  const fired = rules.find(({ versionId }) => versionId === row.ruleVersionId);
  return {
    level: row.level,
    ruleId: fired?.id ?? null,
    ruleName: fired?.name ?? null,
    ruleVersion: fired?.version ?? null,
    reason: row.reason,
    isFaulty: row.isFaulty,
    inputs: row.inputs,
    rules,
    at: row.at.toISOString(),
  };
}
