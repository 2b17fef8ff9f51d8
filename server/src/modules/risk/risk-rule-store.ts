import { type SqlBool, sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { RiskLevel, RiskSource } from './risk.ts';
import { ruleOrder } from './rules-in-force.ts';

/** A rule as it stands. */
export interface RiskRule {
  readonly id: string;
  readonly source: RiskSource;
  readonly position: number;
  readonly isOn: boolean;
  readonly version: number;
  readonly name: string;
  readonly condition: string;
  readonly level: RiskLevel;
  readonly fault: string | null;
  readonly faultedAt: Date | null;
  readonly changedBy: { readonly id: string; readonly name: string } | null;
  readonly changedAt: Date;
}

/** What a version says. */
export type RuleText = Pick<RiskRule, 'name' | 'condition' | 'level'>;

interface Filter {
  readonly source: RiskSource;
  readonly search?: string | undefined;
  readonly isFaulty?: boolean | undefined;
  readonly page: number;
  readonly pageSize: number;
}

export class RiskRuleStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async list(filter: Filter): Promise<{ items: RiskRule[]; total: number }> {
    let matching = rulesIn(this.#db).where('rule.source', '=', filter.source);
    if (filter.search !== undefined && filter.search !== '') {
      const text = filter.search.toLowerCase();
      matching = matching.where(
        sql<SqlBool>`(strpos(lower(said.name), ${text}) > 0 or strpos(lower(said.condition), ${text}) > 0)`,
      );
    }
    if (filter.isFaulty === true) matching = matching.where('rule.fault', 'is not', null);
    const { total } = await matching
      .clearSelect()
      .select(sql<number>`count(*)::int`.as('total'))
      .executeTakeFirstOrThrow();
    const rows = await matching
      .orderBy('rule.position')
      .orderBy('rule.id')
      .limit(filter.pageSize)
      .offset((filter.page - 1) * filter.pageSize)
      .execute();
    return { items: rows.map(toRule), total };
  }

  async find(id: string, db: Db = this.#db): Promise<RiskRule | null> {
    const row = await rulesIn(db).where('rule.id', '=', id).executeTakeFirst();
    return row === undefined ? null : toRule(row);
  }

  /** Those of every source, with how many could not be evaluated. */
  async counts(): Promise<{ source: RiskSource; rules: number; faulty: number }[]> {
    return await this.#db
      .selectFrom('risk_rule')
      .where('deleted_at', 'is', null)
      .groupBy('source')
      .select(['source', sql<number>`count(*)::int`.as('rules'), sql<number>`count(fault)::int`.as('faulty')])
      .execute();
  }

  /** Rules that are on and could not be evaluated, for those who have to mend them. */
  async faulty(): Promise<{ id: string; name: string }[]> {
    return await rulesIn(this.#db)
      .where('rule.is_on', '=', true)
      .where('rule.fault', 'is not', null)
      .clearSelect()
      .select(['rule.id', 'said.name'])
      .orderBy('rule.faulted_at')
      .limit(20)
      .execute();
  }

  /**
   * The ids of a source's rules in their order, locked, so that two people who order them follow each other. Locked first
   * and read then: a query that waits for a lock answers in the order of before.
   */
  async orderForChange(tx: Tx, source: RiskSource): Promise<string[]> {
    await tx.selectFrom('risk_rule').where('source', '=', source).orderBy('id').select('id').forUpdate().execute();
    return await ruleOrder(tx, source);
  }

  /** Numbers rules from 1 in this order. */
  async reorder(tx: Tx, ids: readonly string[]): Promise<void> {
    await sql`
      update tidegate.risk_rule set position = wanted.place
      from unnest(${ids}::uuid[]) with ordinality as wanted (id, place)
      where risk_rule.id = wanted.id and position <> wanted.place`.execute(tx);
  }

  async insert(tx: Tx, rule: RuleText & { source: RiskSource; isOn: boolean }, personId: string): Promise<string> {
    const { id } = await tx
      .insertInto('risk_rule')
      .values({ source: rule.source, is_on: rule.isOn, position: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    await this.#say(tx, id, 1, rule, personId);
    return id;
  }

  /** Another version, which holds from now on; what was wrong with the one before is forgotten. */
  async revise(tx: Tx, id: string, version: number, text: RuleText, personId: string): Promise<void> {
    await this.#say(tx, id, version, text, personId);
    await tx.updateTable('risk_rule').set({ version, fault: null, faulted_at: null }).where('id', '=', id).execute();
  }

  /** Switching it also forgets what was wrong: the next request shows whether it still is. */
  async setOn(tx: Tx, id: string, isOn: boolean): Promise<void> {
    await tx
      .updateTable('risk_rule')
      .set({ is_on: isOn, fault: null, faulted_at: null })
      .where('id', '=', id)
      .execute();
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.updateTable('risk_rule').set({ deleted_at: sql<Date>`tidegate.now()` }).where('id', '=', id).execute();
  }

  async #say(tx: Tx, ruleId: string, version: number, text: RuleText, personId: string): Promise<void> {
    const { name, condition, level } = text;
    await tx
      .insertInto('risk_rule_version')
      .values({ rule_id: ruleId, version, name, condition, level, created_by: personId })
      .execute();
  }
}

/** Rules that are not deleted, each in the version that holds. */
function rulesIn(db: Db) {
  return db
    .selectFrom('risk_rule as rule')
    .innerJoin('risk_rule_version as said', (join) =>
      join.onRef('said.rule_id', '=', 'rule.id').onRef('said.version', '=', 'rule.version'),
    )
    .leftJoin('person', 'person.id', 'said.created_by')
    .where('rule.deleted_at', 'is', null)
    .select([
      ...(['rule.id', 'rule.source', 'rule.position', 'rule.is_on', 'rule.version', 'rule.fault'] as const),
      ...(['rule.faulted_at', 'said.name', 'said.condition', 'said.level', 'said.created_at'] as const),
      ...(['person.id as person_id', 'person.name as person_name'] as const),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof rulesIn>['execute']>>[number];

function toRule(row: Row): RiskRule {
  const { id, source, position, version, name, condition, level, fault } = row;
  return {
    ...{ id, source, position, version, name, condition, level, fault },
    isOn: row.is_on,
    faultedAt: row.faulted_at,
    changedBy: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? '' },
    changedAt: row.created_at,
  };
}
