import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { removeOldNotices } from './index.ts';

let store: TestStore;
let dev: string;

beforeAll(async () => {
  store = await createTestStore();
  const values = { name: 'dev', email: `${randomUUID()}@example.test` };
  dev = (await store.db.insertInto('person').values(values).returning('id').executeTakeFirstOrThrow()).id;
});
beforeEach(async () => {
  await sql`truncate tidegate.notice, tidegate.notice_delivery, tidegate.notice_outbox`.execute(store.db);
});
afterAll(() => store.close());

interface Told {
  readonly toldDays: number;
  /** Days since it was read; null: unread; absent: it lies in no inbox. */
  readonly readDays?: number | null;
  readonly waits?: boolean;
}

async function told(sentence: string, { toldDays, readDays, waits = false }: Told): Promise<void> {
  const daysAgo = (days: number) => sql<Date>`tidegate.now() - make_interval(hours => ${Math.round(days * 24)})`;
  const { id } = await store.db
    .insertInto('notice_outbox')
    .values({ kind: 'grant.given', person_ids: [dev], sentence, at: daysAgo(toldDays) })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (waits) await store.db.insertInto('notice_delivery').values({ outbox_id: id, reader: 'inbox' }).execute();
  if (readDays === undefined) return;
  const read_at = readDays === null ? null : daysAgo(readDays);
  await store.db
    .insertInto('notice')
    .values({ outbox_id: id, person_id: dev, at: daysAgo(toldDays), read_at })
    .execute();
}

async function left() {
  const outbox = await store.db.selectFrom('notice_outbox').select('sentence').orderBy('sentence').execute();
  const notices = await store.db
    .selectFrom('notice')
    .innerJoin('notice_outbox', 'notice_outbox.id', 'notice.outbox_id')
    .select('sentence')
    .orderBy('sentence')
    .execute();
  return { outbox: outbox.map((row) => row.sentence), notices: notices.map((row) => row.sentence) };
}

it('removes what was read more than ninety days ago, and never what is unread', async () => {
  await told('read long ago', { toldDays: 200, readDays: 90.5 });
  await told('read lately', { toldDays: 200, readDays: 89.5 });
  await told('unread', { toldDays: 900, readDays: null });
  expect(await removeOldNotices(store.db)).toBe(2);
  const both = ['read lately', 'unread'];
  expect(await left()).toEqual({ outbox: both, notices: both });
  expect(await removeOldNotices(store.db)).toBe(0);
});

it('removes what was passed on after thirty days, and never what still waits for a reader', async () => {
  await told('passed on', { toldDays: 30.5 });
  await told('passed on lately', { toldDays: 29.5 });
  await told('waits', { toldDays: 400, waits: true });
  expect(await removeOldNotices(store.db)).toBe(1);
  expect((await left()).outbox).toEqual(['passed on lately', 'waits']);
});

it('goes in small batches, and goes on where it stopped', async () => {
  await sql`
    insert into tidegate.notice_outbox (kind, person_ids, sentence, at)
    select 'grant.given', '{}', n::text, tidegate.now() - interval '1 year' from generate_series(1, 2500) n`.execute(
    store.db,
  );
  expect(await removeOldNotices(store.db, 1)).toBe(1000);
  expect(await removeOldNotices(store.db)).toBe(1500);
  expect((await left()).outbox).toEqual([]);
});
