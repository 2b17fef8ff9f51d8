import { randomUUID } from 'node:crypto';
import { auditRoutes, type RouteAnswer, type Routes } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { actorWith, asAda, kernelServer } from '../../platform/http/http-test-kit.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { auditHandlers } from './audit-routes.ts';
import { describeEvent } from './audit-sentence.ts';
import { openAuditParts } from './audit-test-kit.ts';

let store: TestStore;
let app: FastifyInstance;
const grantId = randomUUID();
const projectId = randomUUID();
let adaId: string;
let devId: string;

type Page = RouteAnswer<Routes['GET /audit-events']>;

beforeAll(async () => {
  store = await createTestStore();
  const addPerson = (name: string) =>
    store.db
      .insertInto('person')
      .values({ name, email: `${name}@example.test`.toLowerCase() })
      .returning('id');
  adaId = (await addPerson('Ada').executeTakeFirstOrThrow()).id;
  devId = (await addPerson('dev').executeTakeFirstOrThrow()).id;
  const parts = await openAuditParts(store.db);
  const { audit } = parts;
  await audit.record({ kind: 'grant.revoked', actorId: adaId, grantId, projectId, data: { database: 'hr_prod' } });
  await audit.record({ kind: 'grant.closed', actorId: null, grantId, data: { sentence: 'All sessions had ended.' } });
  await audit.record({ kind: 'session.opened', actorId: devId, onBehalfOfId: adaId, data: { database: 'hr_100%' } });
  const handlers = auditHandlers({
    ...parts,
    sentences: { 'grant.revoked': ({ who, data }) => `${who} revoked access to ${data['database']}.` },
  });
  app = await kernelServer(
    { table: auditRoutes, handlers: handlers as unknown as Readonly<Record<string, ErasedHandler>> },
    actorWith(['self.manage', 'audit.list'], { personId: adaId }),
  );
});
afterAll(async () => {
  await app.close();
  await store.close();
});

const list = async (query: Record<string, string> = {}): Promise<Page> => {
  const answer = await app.inject({ url: '/api/v1/audit-events', query, ...asAda });
  expect(answer.statusCode).toBe(200);
  return answer.json();
};
const kindsOf = (page: Page): string[] => page.items.map((item) => item.kind);

describe('the page of the record', () => {
  test('says each event in words, newest first', async () => {
    const page = await list();
    expect(page.items.map((item) => item.sentence)).toEqual([
      'Ada (as dev): session opened (hr_100%).',
      'All sessions had ended.',
      'Ada revoked access to hr_prod.',
      'Tidegate started and began the first chain of this record.',
    ]);
    expect(page.items.map((item) => item.sequence)).toEqual([4, 3, 2, 1]);
    expect(page.kinds).toEqual(['audit.chain_started', 'grant.closed', 'grant.revoked', 'session.opened']);
  });

  test('is filtered', async () => {
    expect(kindsOf(await list({ kind: 'grant.closed' }))).toEqual(['grant.closed']);
    expect(kindsOf(await list({ grantId }))).toEqual(['grant.closed', 'grant.revoked']);
    expect(kindsOf(await list({ projectId }))).toEqual(['grant.revoked']);
    expect(kindsOf(await list({ personId: devId }))).toEqual(['session.opened']);
    expect(kindsOf(await list({ personId: adaId }))).toEqual(['session.opened', 'grant.revoked']);
    expect(kindsOf(await list({ databaseId: randomUUID() }))).toEqual([]);
  });

  test('is searched by names and words, in which nothing is a pattern', async () => {
    expect(kindsOf(await list({ search: 'HR_PROD' }))).toEqual(['grant.revoked']);
    expect(kindsOf(await list({ search: '0%' }))).toEqual(['session.opened']);
    expect(kindsOf(await list({ search: 'dev' }))).toEqual(['session.opened']);
  });

  test('takes a half-open range of time', async () => {
    const [newest] = (await list()).items;
    // The answer has milliseconds, the store microseconds: the range is laid around the event.
    const at = Date.parse(newest?.at ?? '');
    const from = new Date(at).toISOString();
    const to = new Date(at + 1).toISOString();
    expect(kindsOf(await list({ from, to }))).toContain('session.opened');
    expect(kindsOf(await list({ from: to }))).not.toContain('session.opened');
  });

  test('is paged by where it was left', async () => {
    const first = await list({ pageSize: '3' });
    const second = await list({ pageSize: '3', cursor: first.next ?? '' });
    expect([kindsOf(first).length, kindsOf(second), second.next]).toEqual([3, ['audit.chain_started'], null]);
    expect(await list({ cursor: "0'; drop" })).toMatchObject({ items: { length: 4 } });
  });
});

test('verification answers, and is itself recorded', async () => {
  const answer = await app.inject({ method: 'POST', url: '/api/v1/audit-events/verify', ...asAda });
  expect(answer.json()).toMatchObject({ isIntact: true, events: 4, chains: 1, checkpoint: null, eventsAfter: 4 });
  expect((await list()).items[0]?.sentence).toBe('Ada verified the record: 4 events, unbroken.');
});

test('a kind without words is spelled out with the names it carries, without ids or long text', () => {
  const data = { person: { id: randomUUID(), name: 'dev' }, id: randomUUID(), text: 'x'.repeat(200), count: 3 };
  expect(describeEvent('account.was_dropped', { who: 'Tidegate', data })).toBe('Tidegate: account was dropped (dev).');
  expect(describeEvent('constructor', { who: 'Ada', data: {} })).toBe('Ada: constructor.');
});
