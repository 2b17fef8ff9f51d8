import type { RouteAnswer, Routes } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { RuleChange } from './changed-rules.ts';
import { replayEach } from './replay.ts';

type Report = RouteAnswer<Routes['POST /risk-rules/replay']>;

const mostShown = 200;

/**
 * What one changed rule would have done to the requests of the last days: compared with what the saved rules would say of
 * them, so that only this change shows, not what was changed since they were sent.
 */
export async function reportReplay(db: Db, change: RuleChange, days: number): Promise<Report> {
  const since = await readDaysAgo(db, days);
  const [now = [], then = []] = await replayEach(db, [[], [change]], since, change.source);
  const pairs = then.map((after, index) => ({ after, before: now[index] }));
  const changed = pairs.flatMap(({ after, before }) =>
    before !== undefined && before.requestId === after.requestId && before.newLevel !== after.newLevel
      ? [
          {
            requestId: after.requestId,
            ...{ before: before.newLevel, after: after.newLevel },
            ...{ ruleBefore: before.newRuleName, ruleAfter: after.newRuleName },
          },
        ]
      : [],
  );
  const counts = Map.groupBy(changed, ({ before, after }) => `${before} ${after}`);
  return {
    since: since.toISOString(),
    requests: then.length,
    changed: changed.length,
    sentence: sentenceOf(then.length, changed.length, days),
    counts: [...counts.values()].flatMap((some) =>
      some[0] === undefined ? [] : [{ before: some[0].before, after: some[0].after, requests: some.length }],
    ),
    changes: await named(db, changed.slice(0, mostShown)),
  };
}

function sentenceOf(requests: number, changed: number, days: number): string {
  const time = days === 1 ? 'the last day' : `the last ${days} days`;
  if (requests === 0) return `There were no such requests in ${time}.`;
  const all =
    requests === 1 ? `the one request of ${time}` : `the ${requests.toLocaleString('en')} requests of ${time}`;
  if (changed === 0) return `Of ${all} none would get another level.`;
  return `Of ${all} ${changed.toLocaleString('en')} would get another level.`;
}

type Changed = Pick<Report['changes'][number], 'requestId' | 'before' | 'after' | 'ruleBefore' | 'ruleAfter'>;

async function named(db: Db, changes: readonly Changed[]): Promise<Report['changes']> {
  if (changes.length === 0) return [];
  const rows = await db
    .selectFrom('access_request as request')
    .innerJoin('person', 'person.id', 'request.requester_id')
    .innerJoin('project', 'project.id', 'request.project_id')
    .where(
      'request.id',
      'in',
      changes.map((change) => change.requestId),
    )
    .select([
      'request.id',
      'request.number',
      'request.created_at',
      'person.name as requester',
      'project.name as project',
    ])
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return changes.flatMap((change) => {
    const row = byId.get(change.requestId);
    if (row === undefined) return [];
    const { number, requester, project, created_at } = row;
    return [{ ...change, number, requester, project, createdAt: created_at.toISOString() }];
  });
}

async function readDaysAgo(db: Db, days: number): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select tidegate.now() - make_interval(days => ${days}) as at`.execute(db);
  if (rows[0] === undefined) throw new Error('The store did not tell the time.');
  return rows[0].at;
}
