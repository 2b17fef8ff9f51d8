import { sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { ConsideredRule, RiskSource } from './risk.ts';

interface Known {
  readonly token: string;
  readonly rules: readonly ConsideredRule[];
}

/** What was read last. A token belongs to one state of one store, whoever read it: it is never used again. */
const known = new Map<RiskSource, Known>();

/** The rules of a source that are on, in their order, each in the version that holds. Read again only when one changed. */
export async function rulesInForce(db: Db, source: RiskSource): Promise<readonly ConsideredRule[]> {
  const found = await sql<{ token: string }>`${kept} select token from tidegate.risk_revision`.execute(db);
  const held = known.get(source);
  if (held !== undefined && held.token === found.rows[0]?.token) return held.rules;
  const read = await readRules(db, source);
  known.set(source, read);
  return read.rules;
}

/** One statement, so that the token is of what was read. */
async function readRules(db: Db, source: RiskSource): Promise<Known> {
  const { rows } = await sql<{ token: string } & { [P in keyof ConsideredRule]: ConsideredRule[P] | null }>`${kept}
    select revision.token, rule.id, said.id as "versionId", said.version, said.name, said.condition, said.level
    from tidegate.risk_revision as revision
    left join (tidegate.risk_rule as rule
      join tidegate.risk_rule_version as said on said.rule_id = rule.id and said.version = rule.version)
      on rule.source = ${source} and rule.is_on and rule.deleted_at is null
    order by rule.position, rule.id`.execute(db);
  return {
    token: rows[0]?.token ?? '',
    rules: rows.flatMap(({ token: _, ...rule }) => (rule.id === null ? [] : [rule as ConsideredRule])),
  };
}

/** All rules of a source in their order, also those that are off. */
export async function ruleOrder(db: Db, source: RiskSource): Promise<string[]> {
  const rows = await db
    .selectFrom('risk_rule')
    .where('source', '=', source)
    .where('deleted_at', 'is', null)
    .orderBy('position')
    .orderBy('id')
    .select('id')
    .execute();
  return rows.map((row) => row.id);
}
