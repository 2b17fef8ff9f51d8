import type { Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readReceipts } from '../grant/grant-receipt.ts';
import { draftLike } from './request-drafts.ts';
import type { Caller } from './request-parts.ts';
import { RequestWorld } from './request-test-kit.ts';

const names = Array.from({ length: 12 }, (_none, index) => `t${String(index).padStart(2, '0')}`);
let world: RequestWorld;
let projectId: string;
let databaseId: string;
let dev: Caller;
let olga: Caller;

beforeAll(async () => {
  world = await RequestWorld.open();
  projectId = await world.grants.project('HR');
  databaseId = await world.database(projectId, names);
  dev = await world.person('dev', projectId, 'project_developer');
  olga = await world.person('Olga', projectId, 'project_owner');
});
afterAll(() => world.close());

const tables = (...all: readonly string[]): Scope => ({
  kind: 'items',
  items: all.map((table) => ({ databaseId, schema: 'public', table })),
});

async function approved(scope: Scope): Promise<{ requestId: string; grantId: string }> {
  const request = await world.ask({ by: dev, projectId, scope, ticket: 'OPS-7', reason: 'the yearly report' });
  await world.decide(olga, request);
  const { grants } = await world.trace(request.id);
  return { requestId: request.id, grantId: grants[0]?.id ?? '' };
}

async function used(grantId: string, table: string, by = dev): Promise<void> {
  const { db } = world;
  const now = sql<Date>`tidegate.now()`;
  const place = { person_id: by.personId, database_id: databaseId };
  const { id } = await db
    .insertInto('session')
    .values({ ...place, server_id: 'test', state: 'open', opened_at: now, last_used_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  const said = { session_id: id, text: 'select 1', state: 'succeeded' as const, tables: [`public.${table}`] };
  await db
    .insertInto('statement')
    .values({ ...place, ...said, grant_ids: [grantId], started_at: now, rows: 3 })
    .execute();
}

const draft = async (requestId: string) => draftLike(world.db, await world.get(requestId));

it('a request is asked again as it was asked', async () => {
  const { requestId } = await approved(tables('t00', 't01'));
  expect(await draft(requestId)).toEqual({
    ...{ projectId, scope: tables('t00', 't01'), privileges: ['read'], reason: 'the yearly report' },
    ...{ ticket: 'OPS-7', minutes: 60, dropped: [], used: null },
  });
});

it('after a cut it asks for what was approved as long', async () => {
  const request = await world.ask({ by: dev, projectId, scope: tables('t00', 't01') });
  await world.decide(olga, request, 'approve', { minutes: 30 });
  expect((await draft(request.id)).minutes).toBe(30);
});

it('two of twelve tables used suggest the two, once each, and nothing of what others or other grants used', async () => {
  const { requestId, grantId } = await approved(tables(...names));
  const other = await approved(tables('t09'));
  for (const table of ['t03', 't05', 't03']) await used(grantId, table);
  await used(other.grantId, 't09');
  await used(grantId, 't08', olga);
  expect((await draft(requestId)).used).toEqual({ scope: tables('t03', 't05'), sentence: 'Used 2 of 12 tables.' });
});

it('use is counted against what was granted, as the receipt does, and not against what was asked', async () => {
  const request = await world.ask({ by: dev, projectId, scope: tables('t00', 't01', 't02') });
  await world.decide(olga, request, 'approve', { scope: tables('t00', 't01') });
  const grantId = (await world.trace(request.id)).grants[0]?.id ?? '';
  await used(grantId, 't00');
  expect((await readReceipts(world.db, [grantId])).get(grantId)).toMatchObject({
    granted: 2,
    used: [{ table: 't00' }],
  });
  expect((await draft(request.id)).used).toEqual({ scope: tables('t00'), sentence: 'Used 1 of 2 tables.' });
});

it('whoever used all of it is offered nothing smaller', async () => {
  const { requestId, grantId } = await approved(tables('t00', 't01'));
  for (const table of ['t00', 't01']) await used(grantId, table);
  expect((await draft(requestId)).used).toBeNull();
});

it('of a whole database the tables that were used are suggested', async () => {
  const { requestId, grantId } = await approved({ kind: 'items', items: [{ databaseId, schema: null, table: null }] });
  await used(grantId, 't04');
  expect((await draft(requestId)).used).toEqual({ scope: tables('t04'), sentence: 'Used 1 table.' });
});

it('what is gone is left out and named, also from what was used', async () => {
  const { requestId, grantId } = await approved(tables('t00', 't10', 't11'));
  for (const table of ['t00', 't11']) await used(grantId, table);
  await world.db.deleteFrom('relation').where('database_id', '=', databaseId).where('name', '=', 't11').execute();
  const again = await draft(requestId);
  expect(again).toMatchObject({ scope: tables('t00', 't10'), dropped: ['public.t11 in hr'] });
  expect(again.used?.scope).toEqual(tables('t00'));

  await world.db.updateTable('database').set({ project_id: null }).where('id', '=', databaseId).execute();
  const away = 'A database that has left the project';
  expect(await draft(requestId)).toMatchObject({ scope: null, dropped: [away, away, away] });
});
