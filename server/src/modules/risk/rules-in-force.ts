import type { Db } from '../../platform/store/tx.ts';
import type { ConsideredRule, RiskSource } from './risk.ts';

/** The rules of a source that are on, in their order, each in the version that holds. */
export async function rulesInForce(db: Db, source: RiskSource): Promise<ConsideredRule[]> {
  return await db
    .selectFrom('risk_rule as rule')
    .innerJoin('risk_rule_version as said', (join) =>
      join.onRef('said.rule_id', '=', 'rule.id').onRef('said.version', '=', 'rule.version'),
    )
    .where('rule.source', '=', source)
    .where('rule.is_on', '=', true)
    .where('rule.deleted_at', 'is', null)
    .orderBy('rule.position')
    .orderBy('rule.id')
    .select(['rule.id', 'said.id as versionId', 'said.version', 'said.name', 'said.condition', 'said.level'])
    .execute();
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
