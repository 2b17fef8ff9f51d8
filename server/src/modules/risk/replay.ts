import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { type RuleChange, withChanges } from './changed-rules.ts';
import { ReplayJudge } from './replay-judge.ts';
import type { RiskInputs, RiskLevel, RiskSource } from './risk.ts';
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
 * evaluation of each of its sources, newest first. Without changes: what the rules that are saved now would say. Lets other
 * work go on in between.
 */
export async function replayRules(db: Db, changes: readonly RuleChange[], since: Date): Promise<ReplayedRisk[]> {
  const judges = new Map<RiskSource, ReplayJudge>();
  const judgeOf = async (source: RiskSource): Promise<ReplayJudge> => {
    const known = judges.get(source);
    if (known !== undefined) return known;
    const order = await ruleOrder(db, source);
    const judge = new ReplayJudge(withChanges(await rulesInForce(db, source), changes, source, order));
    judges.set(source, judge);
    return judge;
  };
  const replayed: ReplayedRisk[] = [];
  const ids = await evaluationIds(db, since);
  for (let from = 0; from < ids.length; from += rowsAtOnce) {
    for (const [index, row] of (await readRows(db, ids.slice(from, from + rowsAtOnce))).entries()) {
      if (index % judgedInOneTurn === 0) await nextTurn();
      const { requestId, source, level: oldLevel, ruleName: oldRuleName } = row;
      const { level: newLevel, ruleName: newRuleName } = (await judgeOf(source)).levelOf(row.inputs);
      replayed.push({ requestId, source, oldLevel, newLevel, oldRuleName, newRuleName });
    }
  }
  return replayed;
}

/** The last round of each request that was made since then, newest first. */
async function evaluationIds(db: Db, since: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select said.id from tidegate.risk_evaluation as said
    join tidegate.access_request as request on request.id = said.request_id
    where request.created_at >= ${since} and not exists (
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
