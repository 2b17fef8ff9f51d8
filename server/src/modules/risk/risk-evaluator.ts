import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { type RuleChange, withChanges } from './changed-rules.ts';
import { judge } from './judge.ts';
import type { RiskEvaluation, RiskSubject, RuleFault } from './risk.ts';
import { readInputs } from './risk-inputs-sql.ts';
import { ruleOrder, rulesInForce } from './rules-in-force.ts';

export interface RiskEvaluator {
  /**
   * What the rules say of what is asked for, now. Without a rule that matches its level is null: refuse. A rule that
   * cannot be evaluated is marked, for those who manage rules. Rejects when the store is away: refuse then too.
   */
  evaluate(tx: Db, subject: RiskSubject): Promise<RiskEvaluation>;
}

export const riskEvaluator: RiskEvaluator = {
  evaluate: async (tx, subject) => {
    const inputs = await readInputs(tx, subject);
    const rules = await rulesInForce(tx, subject.source);
    const { evaluation, faults } = judge(inputs, rules, await readNow(tx));
    await markFaults(tx, faults);
    return evaluation;
  },
};

/**
 * What the rules, with changes that are not saved, would say of a request that nobody makes. Marks nothing.
 * `startsAt` null: now.
 */
export async function tryRules(
  db: Db,
  subject: Omit<RiskSubject, 'startsAt'> & { readonly startsAt: Date | null },
  changes: readonly RuleChange[],
): Promise<RiskEvaluation> {
  const now = await readNow(db);
  const inputs = await readInputs(db, { ...subject, startsAt: subject.startsAt ?? new Date(now) });
  const saved = await rulesInForce(db, subject.source);
  if (changes.length === 0) return judge(inputs, saved, now).evaluation;
  const order = await ruleOrder(db, subject.source);
  return judge(inputs, withChanges(saved, changes, subject.source, order), now).evaluation;
}

async function readNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: Date }>`select tidegate.now() as now`.execute(db);
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('The store did not tell the time.');
  return now.toISOString();
}

/**
 * Marks the rules that could not be evaluated once more, by what the evaluations kept: what refuses a request takes the
 * first mark back with everything else. A rule that was changed since is another one.
 */
export async function flagFaults(db: Db, evaluations: readonly RiskEvaluation[]): Promise<void> {
  for (const { inputs, rules, at } of evaluations) {
    const held = await rulesInForce(db, inputs.source);
    const same = new Set(held.map(({ versionId }) => versionId));
    const unchanged = new Set(rules.filter(({ versionId }) => same.has(versionId)).map(({ id }) => id));
    const { faults } = judge(inputs, rules, at);
    await markFaults(
      db,
      faults.filter(({ ruleId }) => unchanged.has(ruleId)),
    );
  }
}

/** Only what changed is written, so that requests do not wait for each other over a rule that stays broken. */
async function markFaults(db: Db, faults: readonly RuleFault[]): Promise<void> {
  for (const { ruleId, message } of faults) {
    await sql`
      update tidegate.risk_rule set fault = ${message}, faulted_at = tidegate.now()
      where id = ${ruleId} and fault is distinct from ${message}`.execute(db);
  }
}

/**
 * Keeps the evaluations of a request with it, for good: one for each of its sources. A changed request gets another
 * round; the last one counts.
 */
export async function recordEvaluations(
  tx: Tx,
  requestId: string,
  evaluations: readonly RiskEvaluation[],
): Promise<void> {
  if (evaluations.length === 0) return;
  const round = sql<number>`(select coalesce(max(round), 0) + 1 from tidegate.risk_evaluation where request_id = ${requestId})`;
  await tx
    .insertInto('risk_evaluation')
    .values(evaluations.map((evaluation) => ({ request_id: requestId, round, ...rowOf(evaluation) })))
    .execute();
}

function rowOf(evaluation: RiskEvaluation) {
  const { rules, inputs } = evaluation;
  const fired = rules.find(({ id, version }) => id === evaluation.ruleId && version === evaluation.ruleVersion);
  return {
    source: inputs.source,
    level: evaluation.level,
    rule_version_id: fired?.versionId ?? null,
    considered: rules.map(({ versionId }) => versionId),
    is_faulty: evaluation.isFaulty,
    reason: evaluation.reason,
    inputs: JSON.stringify(inputs),
    at: evaluation.at,
  };
}
