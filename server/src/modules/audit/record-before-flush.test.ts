import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { startPostgres, type TestServer } from '@tidegate/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../platform/log/log.ts';
import { openStore, type Store } from '../../platform/store/index.ts';
import type { AuditLog } from './audit-event.ts';
import { startAuditLog } from './audit-log-sql.ts';
import { verifyChains } from './audit-verify.ts';

/** Commits wait for a standby that never comes where their connection asks for it. */
let server: TestServer;
let store: Store;
let audit: AuditLog;

beforeAll(async () => {
  server = await startPostgres({
    major: 15,
    settings: { synchronous_standby_names: 'nobody', synchronous_commit: 'local' },
  });
  store = await openStore({ dataFolder: tmpdir(), pgUrl: url() }, createLog({ level: 'silent' }));
  audit = await startAuditLog(store.db);
});
afterAll(async () => {
  await store.close();
  await server.stop();
});

function url(): string {
  const { user, password } = server.superuser;
  return `postgres://${user}:${password}@${server.host}:${server.port}/postgres`;
}

async function recordElsewhere(name: string) {
  const client = new pg.Client({ connectionString: url() });
  await client.connect();
  client.on('error', () => undefined); // The server goes before it.
  await client.query('set synchronous_commit = on');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const events = JSON.stringify([audit.encode({ kind: 'table.looked_at', actorId: randomUUID(), data: { name } })]);
  let isDone = false;
  const done = client.query('call tidegate.record_audit_events($1, $2)', [audit.writer, events]).then(() => {
    isDone = true;
  });
  return { pid: rows[0]?.pid ?? 0, done, isDone: () => isDone };
}

/** What it waits for, once that is either of the two. */
async function waitOf({ pid, isDone }: { pid: number; isDone: () => boolean }): Promise<string> {
  for (;;) {
    const { rows } = await store.pool.query('select wait_event from pg_stat_activity where pid = $1', [pid]);
    const event: unknown = rows[0]?.wait_event;
    if (event === 'SyncRep' || event === 'transactionid' || event === 'tuple') return event;
    if (isDone()) return 'nothing';
  }
}

test('nobody waits for the chain while what another has added waits to be kept, and nobody is told before it is', async () => {
  const first = await recordElsewhere('salary');
  expect(await waitOf(first)).toBe('SyncRep');
  const second = await recordElsewhere('title');
  expect(await waitOf(second)).toBe('SyncRep');
  await audit.record({ kind: 'table.looked_at', actorId: randomUUID(), data: { name: 'bonus' } });
  expect([first.isDone(), second.isDone()]).toEqual([false, false]);
  // It is content with less, and is answered.
  for (const { pid } of [first, second]) await store.pool.query('select pg_cancel_backend($1)', [pid]);
  await Promise.all([first.done, second.done]);
  expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 4 });
});
