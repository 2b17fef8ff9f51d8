import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import type { AuditLog } from './audit-event.ts';
import { openAuditParts } from './audit-test-kit.ts';
import { verifyChains } from './audit-verify.ts';

let store: TestStore;
let audit: AuditLog;
let parts: Awaited<ReturnType<typeof openAuditParts>>;

beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await tamper(
    'truncate audit_event, audit_chain, audit_checkpoint, audit_anchor, audit_mention, audit_search, audit_searchable',
  );
  parts = await openAuditParts(store.db);
  audit = parts.audit;
});

/** As a superuser who switches the append-only triggers off. */
async function tamper(statement: string): Promise<void> {
  const client = await store.pool.connect();
  try {
    await client.query(`set session_replication_role = replica; ${statement}; reset session_replication_role`);
  } finally {
    client.release();
  }
}

const lookedAt = (name: string) => ({ kind: 'table.looked_at', actorId: randomUUID(), data: { name } });

describe('the record', () => {
  test('keeps each event with its place in the chain', async () => {
    const event = { ...lookedAt('salary'), grantId: randomUUID() };
    await audit.record(event);
    const row = await store.db.selectFrom('audit_event').selectAll().where('kind', '=', event.kind).executeTakeFirst();
    expect(row).toMatchObject({ actor_id: event.actorId, grant_id: event.grantId, data: event.data, sequence: '2' });
    expect(row?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('stands or falls with the change it tells of', async () => {
    const failed = store.db.transaction().execute(async (tx) => {
      await audit.append(tx, lookedAt('salary'));
      throw new Error('the change failed');
    });
    await expect(failed).rejects.toThrow('the change failed');
    await audit.record(lookedAt('title'));
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 2, firstBroken: null });
  });

  test('is not held up by a long change, whose event takes its place when it is committed', async () => {
    const appended = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    onTestFinished(() => over.resolve());
    const change = store.db.transaction().execute(async (tx) => {
      await audit.append(tx, lookedAt('salary'));
      appended.resolve();
      await over.promise;
    });
    await appended.promise;
    await audit.record(lookedAt('title'));
    over.resolve();
    await change;
    const rows = await store.db.selectFrom('audit_event').select('data').orderBy('sequence').execute();
    expect(rows.slice(1).map(({ data }) => data)).toEqual([{ name: 'title' }, { name: 'salary' }]);
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 3 });
    expect((await store.pool.query('select from tidegate.audit_waiting')).rowCount).toBe(0);
  });

  test('undoes the change whose event cannot be stored', async () => {
    const change = store.db.transaction().execute(async (tx) => {
      await sql`insert into tidegate.setting (key, value) values ('audit-log-test', '1')`.execute(tx);
      await audit.append(tx, { ...lookedAt('salary'), grantId: 'no id' });
    });
    await expect(change).rejects.toMatchObject({ code: '22P02' });
    expect((await store.pool.query(`select from tidegate.setting where key = 'audit-log-test'`)).rowCount).toBe(0);
    await audit.record(lookedAt('title'));
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 2 });
  });

  test.each([
    ['quotes and backslashes', `'"\\"; drop table audit_event; --`],
    ['a NUL and half a surrogate pair', 'a\u0000b\uD800'],
    ['emoji and right-to-left marks', '🌊\u202Etide\u200F'],
    ['a percent sign for format', '%s %I %L %%'],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('holds %s and still verifies', async (_name, name) => {
    await audit.record({ ...lookedAt(name), data: { name, [name.slice(0, 50)]: [1e21, 0.1, -0, 1e-7, null, true] } });
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 2 });
  });

  test('stays one unbroken chain under many writers at once', async () => {
    const changes = Array.from({ length: 60 }, (_unused, index) =>
      index % 3 === 0
        ? audit.record(lookedAt(`table ${index}`))
        : store.db.transaction().execute(async (tx) => {
            await sql`select pg_sleep(0)`.execute(tx);
            await audit.appendMany(tx, [lookedAt(`a ${index}`), lookedAt(`b ${index}`)]);
          }),
    );
    await Promise.all(changes);
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 101, firstBroken: null });
  });
});

describe('the store refuses', () => {
  test.each([
    ['to change an event', `update audit_event set kind = 'x'`],
    ['to delete an event', 'delete from audit_event'],
    ['to empty the record', 'truncate audit_event cascade'],
  ])('%s, with restrict_violation', async (_name, statement) => {
    await expect(store.pool.query(statement)).rejects.toMatchObject({
      code: '23001',
      message: 'audit_event is append-only',
    });
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 1 });
  });
});

describe('verification finds', () => {
  const written = async (): Promise<string> => {
    for (const name of ['employee', 'salary', 'title', 'department']) await audit.record(lookedAt(name));
    const chain = await store.db.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow();
    return chain.writer;
  };

  const exchange = [
    'update audit_event set sequence = -4 where sequence = 4',
    'update audit_event set sequence = 4 where sequence = 5',
    'update audit_event set sequence = 5 where sequence = -4',
  ].join(';');

  test.each([
    ['a changed fact', `update audit_event set data = '{"name":"nothing"}' where sequence = 3`, 3, 'content'],
    ['another actor', 'update audit_event set actor_id = gen_random_uuid() where sequence = 4', 4, 'content'],
    ['another time', `update audit_event set at = at - interval '1 microsecond' where sequence = 2`, 2, 'content'],
    ['a forged hash', `update audit_event set hash = repeat('a', 64) where sequence = 3`, 3, 'content'],
    ['an event taken out', 'delete from audit_event where sequence = 3', 3, 'missing'],
    ['two events exchanged', exchange, 4, 'link'],
    ['the end cut off', 'delete from audit_event where sequence >= 4', 4, 'missing'],
    ['an end that the store does not know', 'update audit_chain set last_sequence = 4', 5, 'goes on'],
  ])('%s and names the first broken link', async (_name, statement, sequence, reason) => {
    const writer = await written();
    await tamper(statement);
    const found = await verifyChains(store.db);
    expect(found.firstBroken).toEqual({ part: 'event', writer, sequence, reason: expect.stringContaining(reason) });
    expect(found.isIntact).toBe(false);
  });

  test('a chain taken away whole, because a later one vouches for it', async () => {
    const writer = await written();
    await openAuditParts(store.db);
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 6 });
    await tamper(
      `delete from audit_event where writer = '${writer}'; delete from audit_chain where writer = '${writer}'`,
    );
    expect((await verifyChains(store.db)).firstBroken).toMatchObject({ writer, sequence: 1 });
  });

  test('a chain cut short together with its noted end', async () => {
    const writer = await written();
    await openAuditParts(store.db);
    await tamper(`delete from audit_event where writer = '${writer}' and sequence = 5;
      update audit_chain c set last_sequence = 4, last_hash = e.hash from audit_event e
        where c.writer = '${writer}' and e.writer = c.writer and e.sequence = 4`);
    expect((await verifyChains(store.db)).firstBroken).toMatchObject({ writer, sequence: 5 });
  });
});
