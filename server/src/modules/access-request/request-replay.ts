import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RequestLevel, RequestSource, RouteAnswer, Routes } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { ApprovalRules, ApprovalStore, SourceVerdict } from '../approval/index.ts';
import { type ReplayedRisk, replayEach } from '../risk/index.ts';
import { type ReplayDraft, withDrafts } from './replay-drafts.ts';
import { outcomeUnder, type PastRequest, type ReplayedOutcome } from './replay-outcome.ts';

type Report = RouteAnswer<Routes['POST /approval/replay']>;

interface Past extends PastRequest {
  readonly number: number;
  readonly requester: string;
  readonly project: string;
}

type Levels = ReadonlyMap<string, readonly SourceVerdict[]>;

const shownChanges = 200;
const judgedInOneTurn = 500;
const noRule = 'No risk rule matches.';

/** What the requests of the last days would have met under a draft, beside what they would meet as it is saved now. */
export async function replayApproval(db: Db, approval: ApprovalStore, draft: ReplayDraft): Promise<Report> {
  const since = await daysAgo(db, draft.days);
  const requests = await pastRequests(db, since);
  const { before, after } = await levelsOf(db, draft.rules, since);
  const rulesOf = await rulesByProject(approval, requests);
  const drafts = new Map([...rulesOf].map(([projectId, rules]) => [projectId, withDrafts(rules, draft)]));
  const counts = { before: noCounts(), after: noCounts() };
  const changes: Report['changes'] = [];
  let changed = 0;
  for (const [index, request] of requests.entries()) {
    if (index % judgedInOneTurn === 0) await nextTurn();
    const was = outcomeOf(request, before, rulesOf);
    const would = outcomeOf(request, after, drafts);
    count(counts.before, was);
    count(counts.after, would);
    if (was.outcome === would.outcome && was.words === would.words) continue;
    changed += 1;
    if (changes.length < shownChanges) changes.push(changeOf(request, was, would));
  }
  const sentence = sentenceOf(draft.days, requests.length, counts.after);
  return { requests: requests.length, since: since.toISOString(), sentence, ...counts, changes, changed };
}

function outcomeOf(request: Past, levels: Levels, rules: ReadonlyMap<string, ApprovalRules>): ReplayedOutcome {
  const own = rules.get(request.projectId);
  if (own === undefined) return { outcome: 'refused', words: 'The project is gone.' };
  return outcomeUnder(request, levels.get(request.id) ?? [], own);
}

async function daysAgo(db: Db, days: number): Promise<Date> {
  const { rows } = await sql<{ since: Date }>`
    select tidegate.now() - make_interval(days => ${days}) as since`.execute(db);
  return rows[0]?.since ?? Promise.reject(new Error('The store did not tell the time.'));
}

/** Those that were judged; what came before there were rules has nothing to be replayed from. */
async function pastRequests(db: Db, since: Date): Promise<Past[]> {
  const { rows } = await sql<Past>`
    select request.id, request.number, request.project_id as "projectId", request.created_at as "createdAt",
      request.starts_at as "startsAt", request.expiry, request.ticket, person.name as requester, project.name as project
    from tidegate.access_request request
    join tidegate.person on person.id = request.requester_id
    join tidegate.project on project.id = request.project_id
    where request.created_at >= ${since} and request.kind = 'access' and request.level is not null
    order by request.created_at desc, request.id`.execute(db);
  return rows;
}

/** As the requests were judged when they were sent or last changed. */
async function storedLevels(db: Db, since: Date): Promise<Levels> {
  const { rows } = await sql<{ requestId: string; source: RequestSource; level: RequestLevel }>`
    select risk.request_id as "requestId", risk.source, risk.level from tidegate.request_risk risk
    join tidegate.access_request request on request.id = risk.request_id and request.round = risk.round
    where request.created_at >= ${since}`.execute(db);
  return Map.groupBy(
    rows.map((row) => ({ ...row, reason: noRule })),
    (row) => row.requestId,
  );
}

/** Without changed rules as it was stored; with them as the rules judge now, before and after, from what was stored. */
async function levelsOf(
  db: Db,
  changes: ReplayDraft['rules'],
  since: Date,
): Promise<{ before: Levels; after: Levels }> {
  if (changes.length === 0) {
    const stored = await storedLevels(db, since);
    return { before: stored, after: stored };
  }
  const [before = [], after = []] = await replayEach(db, [[], changes], since);
  return { before: byRequest(before), after: byRequest(after) };
}

function byRequest(replayed: readonly ReplayedRisk[]): Levels {
  return Map.groupBy(
    replayed.map(({ requestId, source, newLevel }) => ({ requestId, source, level: newLevel, reason: noRule })),
    (row) => row.requestId,
  );
}

async function rulesByProject(approval: ApprovalStore, requests: readonly Past[]): Promise<Map<string, ApprovalRules>> {
  const rules = new Map<string, ApprovalRules>();
  for (const projectId of new Set(requests.map((request) => request.projectId))) {
    rules.set(projectId, await approval.rulesOf(projectId));
  }
  return rules;
}

const noCounts = (): Report['after'] => ({ autoApproved: 0, asked: 0, refused: 0 });

function count(counts: Report['after'], { outcome }: ReplayedOutcome): void {
  if (outcome === 'auto_approved') counts.autoApproved += 1;
  else counts[outcome] += 1;
}

function changeOf(request: Past, before: ReplayedOutcome, after: ReplayedOutcome): Report['changes'][number] {
  const { id: requestId, number, requester, project, createdAt } = request;
  return { requestId, number, requester, project, createdAt: createdAt.toISOString(), before, after };
}

/** `Of the last 30 days’ 86 requests this would have auto-approved 61, asked 22, refused 3.` */
function sentenceOf(days: number, requests: number, { autoApproved, asked, refused }: Report['after']): string {
  if (requests === 0) return `There were no requests in the last ${days} days.`;
  const those = `Of the last ${days} days’ ${requests} request${requests === 1 ? '' : 's'}`;
  return `${those} this would have auto-approved ${autoApproved}, asked ${asked}, refused ${refused}.`;
}
