import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from '@tidegate/test-servers';
import { type CrowdStage, forEachOf } from './crowd.ts';
import { type Figure, percentile } from './report.ts';

const secondsAhead = 5;

export interface OpenSession {
  readonly id: string;
  readonly client: ApiClient;
}

/** Many grants of three tables, one session each, of which one in ten writes all the time, and one end for all. */
export async function closeMany(crowd: CrowdStage, count: number): Promise<Figure[]> {
  const sessions = await openSessions(crowd, count);
  const writing = sessions.filter((_, index) => index % 10 === 0).map(writeOn);
  const endsAt = await moveEnds(crowd, secondsAhead);
  await pause(secondsAhead * 1000);
  const took = await untilClosed(crowd, endsAt, count);
  const written = await Promise.all(writing);
  const { rows } = await crowd.place.bare.query<{ last: Date | null; count: string }>(
    'select max(pg_xact_commit_timestamp(xmin)) as last, count(*) from a',
  );
  const what = `${count} grants that end together`;
  return [
    { what: `${what}: p50`, value: percentile(took, 0.5), unit: 'ms' },
    { what: `${what}: p99`, value: percentile(took, 0.99), unit: 'ms', bar: { most: 10_000 } },
    { what: `${what}: statements that wrote`, value: written.reduce((sum, one) => sum + one, 0), unit: '' },
    {
      what: 'the last commit after the end',
      value: (rows[0]?.last?.getTime() ?? Number.NaN) - endsAt.getTime(),
      unit: 'ms',
      bar: { most: 1000 },
    },
  ];
}

/** Grants that ended while the server was dead: from its first ready answer until all of them are closed. */
export async function closeOverdue(crowd: CrowdStage, count: number, restart: () => Promise<void>): Promise<Figure[]> {
  await openSessions(crowd, count);
  await crowd.place.tidegate.kill();
  const endsAt = await moveEnds(crowd, 0);
  await restart();
  const readyAt = performance.now();
  await untilClosed(crowd, endsAt, count);
  const what = `${count} overdue grants, closed after readiness`;
  return [{ what, value: performance.now() - readyAt, unit: 'ms', bar: { most: 10_000 } }];
}

/** `grantsEach` of the same tables, as several requests of one person would be. */
export async function openSessions(crowd: CrowdStage, count: number, grantsEach = 1): Promise<OpenSession[]> {
  const people = await crowd.addPeople(count);
  const opened: OpenSession[] = [];
  for (let each = 0; each < grantsEach; each++) await crowd.grantTables(people, new Date(Date.now() + 3_600_000));
  const startedAt = performance.now();
  await forEachOf(people, 8, async ({ client }) => {
    const { id } = await client.call('POST /sessions', { body: { databaseId: crowd.place.databaseId } });
    opened.push({ id, client });
  });
  console.log(`  ${count} sessions opened in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return opened;
}

/** One second's end for all that is open: set in the store, so that a minute of opening sessions need not be guessed. */
async function moveEnds({ store, place }: CrowdStage, seconds: number): Promise<Date> {
  const { rows } = await store.query<{ at: Date }>(
    `with at as (select date_trunc('milliseconds', tidegate.now() + make_interval(secs => $1)) as at),
     members as (update tidegate.project_member set expires_at = (select at from at) where expires_at is not null and person_id <> $2),
     grants as (update tidegate.access_grant set expires_at = (select at from at) where closing_at is null and person_id <> $2)
     select at, pg_notify('tidegate_expiry', '') from at`,
    [seconds, place.developerId],
  );
  return rows[0]?.at ?? new Date(Number.NaN);
}

/** How long each of them took from its end to the passed check, by the store's clock. */
async function untilClosed({ store }: CrowdStage, endsAt: Date, count: number): Promise<number[]> {
  const until = performance.now() + 120_000;
  while (performance.now() < until) {
    const { rows } = await store.query<{ ms: number }>(
      `select (extract(epoch from ended_at - expires_at) * 1000)::float8 as ms
       from tidegate.access_grant where expires_at = $1 and ended_at is not null`,
      [endsAt],
    );
    if (rows.length === count) return rows.map((row) => row.ms);
    await pause(100);
  }
  throw new Error(`${count} grants did not close within two minutes.`);
}

/** Writes until the session ends; answers how many rows. */
async function writeOn({ id, client }: OpenSession): Promise<number> {
  let written = 0;
  try {
    for (;;) {
      for await (const line of client.statement(id, 'insert into a select 1 from pg_sleep(random() * 3)')) {
        if (line.type === 'failed') return written;
      }
      written += 1;
    }
  } catch {
    // The session has ended: so it should.
    return written;
  }
}
