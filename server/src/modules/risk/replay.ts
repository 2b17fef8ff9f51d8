import { setImmediate as nextTurn } from 'node:timers/promises';
import { riskSources } from '@tidegate/contract/risk-attributes';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { type RuleChange, withChanges } from './changed-rules.ts';
import { ReplayJudge, ReplayMemory } from './replay-judge.ts';
import type { ConsideredRule, RiskInputs, RiskLevel, RiskSource } from './risk.ts';
import { ruleOrder, rulesInForce } from './rules-in-force.ts';

/** One source of one past request: what was said of it, and what would be said now. */
export interface ReplayedRisk {
  readonly requestId: string;
  readonly source: RiskSource;
  readonly oldLevel: RiskLevel | null;
  readonly newLevel: RiskLevel | null;
  readonly oldRuleName: string | null;
  readonly newRuleName: string | null;
}

interface Row {
  readonly requestId: string;
  readonly source: RiskSource;
  readonly level: RiskLevel | null;
  readonly ruleName: string | null;
  readonly inputs: RiskInputs;
}

const rowsAtOnce = 500;
const judgedInOneTurn = 50;

/**
 * What the rules, with these changes, would say of the requests since an instant, from what was stored with each: the last
 * evaluation of each of its sources, newest first. Several sets of changes in one reading of the past; their answers are
 * alike in order. An empty set: what the rules that are saved now would say. Lets other work go on in between.
 */
export async function replayEach(
  db: Db,
  sets: readonly (readonly RuleChange[])[],
  since: Date,
  only?: RiskSource,
): Promise<ReplayedRisk[][]> {
  const judges = await openJudges(db, sets);
  const replayed: ReplayedRisk[][] = sets.map(() => []);
  const ids = await evaluationIds(db, since, only);
  for (let from = 0; from < ids.length; from += rowsAtOnce) {
    for (const [index, row] of (await readRows(db, ids.slice(from, from + rowsAtOnce))).entries()) {
      if (index % judgedInOneTurn === 0) await nextTurn();
      for (const [set, judgeOf] of judges.entries()) replayed[set]?.push(replayOne(row, judgeOf[row.source]));
    }
  }
  return replayed;
}

function replayOne(row: Row, judge: ReplayJudge): ReplayedRisk {
  const { requestId, source, level: oldLevel, ruleName: oldRuleName } = row;
  const { level: newLevel, ruleName: newRuleName } = judge.levelOf(row.inputs);
  return { requestId, source, oldLevel, newLevel, oldRuleName, newRuleName };
}

async function openJudges(
  db: Db,
  sets: readonly (readonly RuleChange[])[],
): Promise<Readonly<Record<RiskSource, ReplayJudge>>[]> {
  const rules: { source: RiskSource; inForce: readonly ConsideredRule[]; order: string[] }[] = [];
  for (const source of riskSources) {
    rules.push({ source, inForce: await rulesInForce(db, source), order: await ruleOrder(db, source) });
  }
  const memory = new ReplayMemory();
  return sets.map((changes) => {
    const judges = rules.map(({ source, inForce, order }) => [
      source,
      new ReplayJudge(withChanges(inForce, changes, source, order), memory),
    ]);
    return Object.fromEntries(judges) as Record<RiskSource, ReplayJudge>;
  });
}

/** The last round of each request that was made since then, newest first. */
async function evaluationIds(db: Db, since: Date, only: RiskSource | undefined): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select said.id from tidegate.risk_evaluation as said
    join tidegate.access_request as request on request.id = said.request_id
    where request.created_at >= ${since} and said.source = coalesce(${only ?? null}, said.source) and not exists (
      select from tidegate.risk_evaluation as later
      where later.request_id = said.request_id and later.round > said.round)
    order by request.created_at desc, request.id, said.source`.execute(db);
  return rows.map((row) => row.id);
}

async function readRows(db: Db, ids: readonly string[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select said.request_id as "requestId", said.source, said.level, version.name as "ruleName", said.inputs
    from unnest(${ids}::uuid[]) with ordinality as wanted (id, place)
    join tidegate.risk_evaluation as said on said.id = wanted.id
    left join tidegate.risk_rule_version as version on version.id = said.rule_version_id
    order by wanted.place`.execute(db);
  return rows;
}
