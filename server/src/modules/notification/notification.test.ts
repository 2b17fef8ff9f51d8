import { inboxRoutes } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { kernelServer } from '../../platform/http/http-test-kit.ts';
import { createLog } from '../../platform/log/log.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { createActorLoader } from '../identity/index.ts';
import { type NewNotice, notify, openNotifications } from './index.ts';
import { type NoticeReader, type OutboxNotice, OutboxReader } from './outbox-reader.ts';

const log = createLog({ level: 'silent' });
let store: TestStore;
let server: FastifyInstance;
let notifications: ReturnType<typeof openNotifications>;
let heard: string[] = [];

beforeAll(async () => {
  store = await createTestStore();
  const listen = (channel: string, handler: () => void, onGap: () => void) => store.listen(channel, handler, onGap);
  const feed = createStoreChangeFeed(
    { listen: (channel, handler, onGap) => store.listen(channel, handler, onGap) },
    log,
  );
  feed.subscribe((change) => void (change.event.topic === 'notice' && heard.push(...change.audience.personIds)));
  notifications = openNotifications({ db: store.db, feed, log, listen });
  notifications.start();
  const loader = createActorLoader(store.db);
  server = await kernelServer({
    table: inboxRoutes,
    handlers: notifications.handlers as unknown as Readonly<Record<string, ErasedHandler>>,
    loadActor: async (personId) => {
      const actor = await loader.byPersonId(personId);
      return actor === null ? null : { actor };
    },
  });
});
beforeEach(() => {
  heard = [];
});
afterAll(async () => {
  await notifications.stop();
  await server.close();
  await store.close();
});

async function person(name: string, state: 'active' | 'deactivated' = 'active'): Promise<string> {
  const email = `${name.toLowerCase()}.${Math.random().toString(36).slice(2)}@example.test`;
  const values = { name, email, state };
  return (await store.db.insertInto('person').values(values).returning('id').executeTakeFirstOrThrow()).id;
}

const tell = (notice: Partial<NewNotice> & Pick<NewNotice, 'to'>) =>
  store.db
    .transaction()
    .execute((tx) => notify(tx, { about: 'grant.given', sentence: 'Your access was given.', ...notice }));

async function call(personId: string, method: 'GET' | 'POST', path: string, body?: object) {
  const answer = await server.inject({
    ...{ method, url: `/api/v1${path}`, cookies: { tidegate_sign_in: personId } },
    headers: { 'sec-fetch-site': 'same-origin' },
    ...(body !== undefined && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const inbox = async (personId: string, query = '') => (await call(personId, 'GET', `/inbox${query}`)).body;
const sentences = async (personId: string, query = ''): Promise<string[]> =>
  (await inbox(personId, query)).items.map((one: { sentence: string }) => one.sentence);
const arrived = (personId: string, count: number) => expect.poll(async () => (await inbox(personId)).total).toBe(count);

describe('a notice', () => {
  it('reaches those who are told, once each and live, and not who did it', async () => {
    const [dev, other, ada] = [await person('dev'), await person('other'), await person('Ada')];
    await tell({ to: [dev, other, dev, ada], by: ada, detail: ' for the audit ' });
    await arrived(dev, 1);
    await arrived(other, 1);
    expect((await inbox(ada)).total).toBe(0);
    expect((await inbox(dev)).items).toMatchObject([
      { kind: 'grant.given', sentence: 'Your access was given.', detail: 'for the audit', readAt: null },
    ]);
    await expect.poll(() => heard.toSorted()).toEqual([dev, other].toSorted());
  });

  it('is told when the change that it speaks of is committed, and never when it is not', async () => {
    const dev = await person('dev');
    const failing = store.db.transaction().execute(async (tx) => {
      await notify(tx, { about: 'grant.given', to: [dev], sentence: 'Never happened.' });
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    await tell({ to: [dev], sentence: 'Happened.' });
    await arrived(dev, 1);
    expect(await sentences(dev)).toEqual(['Happened.']);
  });

  it('is kept from whoever was deactivated', async () => {
    const [dev, gone] = [await person('dev'), await person('gone', 'deactivated')];
    await tell({ to: [dev, gone] });
    await arrived(dev, 1);
    expect(await store.db.selectFrom('notice').where('person_id', '=', gone).select('id').execute()).toEqual([]);
  });
});

describe('the inbox', () => {
  it('is read, unread again, paged, searched, and counted', async () => {
    const dev = await person('dev');
    for (const sentence of ['One 100% sure.', 'Two.', 'Three.']) await tell({ to: [dev], sentence });
    await arrived(dev, 3);
    const { items, unread } = await inbox(dev, '?pageSize=2');
    expect([items.length, unread, items[0].sentence]).toEqual([2, 3, 'Three.']);
    expect(await sentences(dev, '?pageSize=2&page=2')).toEqual(['One 100% sure.']);
    expect(await sentences(dev, '?search=0%25')).toEqual(['One 100% sure.']);
    heard = [];
    const read = await call(dev, 'POST', `/inbox/${items[0].id}/read`, { isRead: true });
    expect(read.body.readAt).not.toBeNull();
    await expect.poll(() => heard).toEqual([dev]);
    expect((await inbox(dev)).unread).toBe(2);
    expect(await sentences(dev, '?unread=true')).toEqual(['Two.', 'One 100% sure.']);
    expect((await call(dev, 'POST', `/inbox/${items[0].id}/read`, { isRead: false })).body.readAt).toBeNull();
    expect((await inbox(dev)).unread).toBe(3);
  });

  it('is read at once up to what was seen: what came later stays unread', async () => {
    const dev = await person('dev');
    await tell({ to: [dev], sentence: 'Seen.' });
    await arrived(dev, 1);
    const until = (await inbox(dev)).items[0].at;
    await tell({ to: [dev], sentence: 'Later.' });
    await arrived(dev, 2);
    await store.db
      .updateTable('notice')
      .set({ at: sql<Date>`at + interval '1 second'` })
      .where('person_id', '=', dev)
      .where('outbox_id', 'in', (eb) => eb.selectFrom('notice_outbox').where('sentence', '=', 'Later.').select('id'))
      .execute();
    await call(dev, 'POST', '/inbox/read-all', { until });
    expect(await sentences(dev, '?unread=true')).toEqual(['Later.']);
  });

  it('is nobody else’s', async () => {
    const [dev, other] = [await person('dev'), await person('other')];
    await tell({ to: [dev] });
    await arrived(dev, 1);
    const { items } = await inbox(dev);
    expect((await inbox(other)).items).toEqual([]);
    const reading = await call(other, 'POST', `/inbox/${items[0].id}/read`, { isRead: true });
    expect([reading.status, reading.body.code]).toEqual([404, 'object.not_found']);
    await call(other, 'POST', '/inbox/read-all', { until: new Date(Date.now() + 60_000).toISOString() });
    expect((await inbox(dev)).unread).toBe(1);
  });
});

describe('readers of the outbox', () => {
  const collect = (name: string, deliver: (notices: readonly OutboxNotice[]) => void) =>
    new OutboxReader({
      ...{ db: store.db, log },
      reader: { name, deliver: async (_tx, notices) => deliver(notices) } satisfies NoticeReader,
    });

  it('get every notice from when they are there, also after failing, and several share the work', async () => {
    await store.db.insertInto('notice_reader').values({ name: 'mail' }).execute();
    const dev = await person('dev');
    const wanted = Array.from({ length: 30 }, (_, index) => `Notice ${index}.`);
    for (const sentence of wanted) await tell({ to: [dev], sentence });
    const failing = collect('mail', () => {
      throw new Error('the server of mails is away');
    });
    await expect(failing.drain()).rejects.toThrow('away');
    const waiting = await store.db.selectFrom('notice_delivery').where('reader', '=', 'mail').selectAll().execute();
    expect(waiting.map((row) => [row.attempts, row.last_error])).toEqual(
      wanted.map(() => [1, 'the server of mails is away']),
    );
    const got: string[] = [];
    const take = (notices: readonly OutboxNotice[]) => void got.push(...notices.map((notice) => notice.sentence));
    // Not before the next attempt is due.
    await collect('mail', take).drain();
    expect(got).toEqual([]);
    await sql`update tidegate.notice_delivery set next_attempt_at = clock_timestamp()`.execute(store.db);
    await Promise.all([collect('mail', take).drain(), collect('mail', take).drain()]);
    expect(got.toSorted()).toEqual(wanted.toSorted());
    // The inbox has its own deliveries, which mail did not touch.
    await arrived(dev, 30);
    await store.db.deleteFrom('notice_reader').where('name', '=', 'mail').execute();
  });

  it('try again as soon as the next attempt is due', async () => {
    await store.db.insertInto('notice_reader').values({ name: 'chat' }).execute();
    await tell({ to: [await person('dev')], sentence: 'After a hiccup.' });
    const delivered = Promise.withResolvers<void>();
    let attempts = 0;
    const reader = collect('chat', () => {
      attempts += 1;
      if (attempts < 2) throw new Error('a hiccup');
      delivered.resolve();
    });
    onTestFinished(() => reader.stop());
    reader.wake();
    const before = performance.now();
    await delivered.promise;
    expect(performance.now() - before).toBeLessThan(10_000);
    await store.db.deleteFrom('notice_reader').where('name', '=', 'chat').execute();
  }, 30_000);
});
