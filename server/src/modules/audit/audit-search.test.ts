import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniqueName, useServer } from '@tidegate/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../platform/store/open-store.ts';
import type { Db } from '../../platform/store/tx.ts';
import { listAuditEvents } from './audit-read-model.ts';
import { keepSearchable, makeSearchable } from './audit-search.ts';
import { verifyChains } from './audit-verify.ts';
import { EvidenceWorld } from './evidence-test-kit.ts';

let world: EvidenceWorld;
beforeAll(async () => {
  world = await EvidenceWorld.open();
});
beforeEach(() => world.reset());
afterAll(() => world.store.close());

const databaseId = randomUUID();
const statementOn = (table: string, actorId: string | null = null) => ({
  ...{ kind: 'statement.started', actorId, databaseId, statementId: randomUUID() },
  data: { tables: [`public.${table}`] },
});
const onTable = { databaseId, table: 'public.item' };

async function found(db: Db, filters: Record<string, string> = {}): Promise<number[]> {
  const { items } = await listAuditEvents(db, { ...filters, pageSize: 1_000 });
  return items.map((item) => item.sequence);
}
async function searchRows(): Promise<[number, number]> {
  const rows = await world.store.pool.query<{ n: [number, number] }>(
    'select array[(select count(*) from tidegate.audit_search), (select count(*) from tidegate.audit_mention)]::int[] as n',
  );
  return rows.rows[0]?.n ?? [0, 0];
}

test('what was recorded a moment ago is found, by its columns and by its tables', async () => {
  const actorId = randomUUID();
  await world.parts.audit.record(statementOn('item', actorId));
  await world.parts.audit.record(statementOn('price', actorId));
  expect(await searchRows()).toEqual([0, 0]);
  expect(await found(world.store.db, { personId: actorId })).toEqual([3, 2]);
  expect(await found(world.store.db, onTable)).toEqual([2]);
  expect(await found(world.store.db)).toEqual([3, 2, 1]);
});

test('many who search at once, while more is recorded, add each event once', async () => {
  const { audit } = world.parts;
  const record = async () => {
    for (let index = 0; index < 100; index++) await audit.record(statementOn('item'));
  };
  const search = async () => {
    for (let round = 0; round < 20; round++) await found(world.store.db, onTable);
  };
  await Promise.all([record(), record(), ...Array.from({ length: 6 }, search)]);
  const all = Array.from({ length: 200 }, (_, index) => 201 - index);
  expect(await found(world.store.db, onTable)).toEqual(all);
  expect(await searchRows()).toEqual([201, 200]);
});

test('more than one transaction takes is made searchable in several', async () => {
  await Promise.all(Array.from({ length: 4_500 }, () => world.parts.audit.record(statementOn('item'))));
  await makeSearchable(world.store.db);
  expect(await searchRows()).toEqual([4_501, 4_500]);
});

test('the chains of servers that are gone are made searchable too', async () => {
  await world.parts.audit.record(statementOn('item'));
  await world.store.pool.query(`select tidegate.append_audit_events('gone',
    '[{"kind": "statement.started", "data": {}, "contentHash": "c", "mentions": ["table:${databaseId}:public.item"]}]')`);
  expect((await found(world.store.db, onTable)).toSorted()).toEqual([1, 2]);
});

test('an export by table has what no search has asked for yet, and what was recorded before events had mentions', async () => {
  await world.parts.audit.record(statementOn('item'));
  await world.parts.audit.record(statementOn('price'));
  await makeSearchable(world.store.db);
  await world.tamper('update audit_event set mentions = null');
  await world.parts.audit.record(statementOn('item'));
  const lines = await world.exported(onTable);
  expect(lines.flatMap((line) => (line.type === 'event' ? [line.sequence] : []))).toEqual([2, 4]);
});

test('what retention removes is not found any more', async () => {
  await world.parts.audit.record(statementOn('item'));
  await world.parts.checkpoints.makeFull();
  await world.parts.audit.record(statementOn('item'));
  await world.move('40 days');
  await world.parts.retention.set({ actorId: randomUUID(), onBehalfOfId: null }, { days: 30 });
  expect(await world.parts.retention.apply()).toMatchObject({ events: 2 });
  expect(await found(world.store.db, onTable)).toEqual([3]);
  expect(await searchRows()).toEqual([3, 1]);
});

test('it is made anew from the record after its tables were emptied', async () => {
  await world.parts.audit.record(statementOn('item'));
  expect(await found(world.store.db, onTable)).toEqual([2]);
  await world.store.pool.query('truncate tidegate.audit_mention, tidegate.audit_search, tidegate.audit_searchable');
  expect(await found(world.store.db, onTable)).toEqual([2]);
});

test.each([
  ['taken out of the search', 'delete from audit_search where sequence = 3', 3],
  ['said to be searchable before it was', 'update audit_searchable set sequence = 5', 5],
  ['shown as of another kind', `update audit_search set kind = 'x' where sequence = 2`, 2],
  ['shown as of nobody', 'update audit_search set actor_id = null where sequence = 4', 4],
  ['not found by its table', 'delete from audit_mention where sequence = 4', 4],
])('an event that was %s is told when the record is verified', async (_how, change, sequence) => {
  for (let index = 0; index < 3; index++) await world.parts.audit.record(statementOn('item', randomUUID()));
  await makeSearchable(world.store.db);
  await world.parts.audit.record(statementOn('item'));
  expect(await verifyChains(world.store.db)).toMatchObject({ isIntact: true, events: 5 });
  await world.tamper(change);
  const { isIntact, firstBroken } = await verifyChains(world.store.db);
  expect({ isIntact, firstBroken }).toMatchObject({
    isIntact: false,
    firstBroken: { part: 'event', sequence, reason: expect.stringContaining('searches do not show it') },
  });
});

test('a server makes what it records searchable by itself, and what comes while it stops is left to others', async () => {
  const failures: unknown[] = [];
  const log = { warn: (what: unknown) => failures.push(what) } as unknown as Parameters<typeof keepSearchable>[1];
  const keeping = keepSearchable(world.store.db, log);
  await world.parts.audit.record(statementOn('item'));
  keeping.noticed();
  keeping.noticed();
  await expect.poll(searchRows).toEqual([2, 1]);
  await keeping.stop();
  await world.parts.audit.record(statementOn('item'));
  keeping.noticed();
  expect(await found(world.store.db, onTable)).toEqual([3, 2]);
  expect(failures).toEqual([]);
});

test('a record from before is searchable after the upgrade', async () => {
  const server = await useServer('postgres18');
  const database = uniqueName('store');
  const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...server.superuser });
  await client.connect();
  await client.query(`create database ${database}`);
  await client.end();
  const { user, password } = server.superuser;
  const pgUrl = `postgresql://${user}:${password}@127.0.0.1:${server.port}/${database}`;
  const all = join(import.meta.dirname, '../../../migrations');
  const before = await mkdtemp(join(tmpdir(), 'tidegate-before-'));
  const open = (migrationFolder: string) => {
    const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    return openStore({ dataFolder: '/nonexistent', pgUrl, migrationFolder, poolSize: 2 }, quiet);
  };
  try {
    for (const name of await readdir(all)) if (name < '0039') await cp(join(all, name), join(before, name));
    const old = await open(before);
    const event = { kind: 'statement.started', databaseId, data: {}, contentHash: 'c' };
    const events = [{ ...event, mentions: [`table:${databaseId}:public.item`] }, event];
    await old.pool.query(`select tidegate.append_audit_events('old', $1)`, [JSON.stringify(events)]);
    await old.close();
    const upgraded = await open(all);
    expect(await found(upgraded.db, onTable)).toEqual([1]);
    expect(await found(upgraded.db, { databaseId })).toEqual([2, 1]);
    await upgraded.pool.query(`select tidegate.append_audit_events('old', $1)`, [JSON.stringify(events)]);
    expect(await found(upgraded.db, onTable)).toEqual([3, 1]);
    await upgraded.close();
  } finally {
    await rm(before, { recursive: true, force: true });
  }
});
