import { sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { ConsideredRule, RiskSource } from './risk.ts';

/** The rules of a source that are on, in their order, each in the version that holds. */
export async function rulesInForce(db: Db, source: RiskSource): Promise<ConsideredRule[]> {
  const { rows } = await sql<ConsideredRule>`${kept}
    select rule.id, said.id as "versionId", said.version, said.name, said.condition, said.level
    from tidegate.risk_rule as rule
    join tidegate.risk_rule_version as said on said.rule_id = rule.id and said.version = rule.version
    where rule.source = ${source} and rule.is_on and rule.deleted_at is null
    order by rule.position, rule.id`.execute(db);
  return rows;
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
