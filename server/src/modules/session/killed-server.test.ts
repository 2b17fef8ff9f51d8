import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, type RunningTidegate, startTidegate, uniqueName, useServer } from '@tidegate/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

const password = 'correct horse battery';
const database = uniqueName('killed');
let dataDir: string;
let running: RunningTidegate;

async function asSuperuser(text: string): Promise<void> {
  const { host, port, superuser } = await useServer('postgres15');
  const client = new pg.Client({ host, port, ...superuser, database: 'postgres' });
  await client.connect();
  await client.query(text);
  await client.end();
}

beforeAll(async () => {
  await asSuperuser(`create database ${database}`);
  dataDir = await mkdtemp(join(tmpdir(), 'tidegate-killed-'));
  await chmod(dataDir, 0o711);
  running = await startTidegate({ dataDir });
});
afterAll(async () => {
  await running.stop();
  await asSuperuser(`drop database if exists ${database} with (force)`);
  await rm(dataDir, { recursive: true, force: true });
});

/** An administrator with a session on the database, which he reads by role. */
async function openSession(admin: ApiClient): Promise<string> {
  await admin.call('POST /register', { body: { name: 'Ada', email: 'ada@example.test', password } });
  const environmentId = (await admin.call('GET /environments', {})).items[0]?.id ?? '';
  const { host, port, superuser } = await useServer('postgres15');
  const connection = { engine: 'postgresql', host, port, ...superuser, tlsMode: 'disable' } as const;
  await admin.call('POST /instances', { body: { ...connection, title: 'Guarded', environmentId } });
  const databaseId = (await admin.call('GET /databases', { query: { search: database } })).items[0]?.id ?? '';
  const { id: projectId } = await admin.call('POST /projects', { body: { name: 'Tide' } });
  await admin.call('POST /projects/:projectId/transfer', {
    params: { projectId },
    body: { databaseIds: [databaseId] },
  });
  return (await admin.call('POST /sessions', { body: { databaseId } })).id;
}

test('a statement that ran when its server was killed is unknown, on a record that is unbroken', async () => {
  const admin = new ApiClient(running.url);
  const sessionId = await openSession(admin);
  let statementId = '';
  const lost = (async () => {
    for await (const line of admin.statement(sessionId, 'select pg_sleep(600)', 10)) {
      if (line.type !== 'started') continue;
      statementId = line.statementId;
      await running.kill();
    }
  })();
  await expect(lost).rejects.toThrow();

  running = await startTidegate({ dataDir });
  const again = new ApiClient(running.url);
  await again.call('POST /sign-in', { body: { email: 'ada@example.test', password } });
  const { items } = await again.call('GET /audit-events', { query: {} });
  const of = items.filter((event) => event.statementId === statementId).map((event) => event.kind);
  expect(of).toEqual(['statement.unknown', 'statement.started']);
  const ended = items.find((event) => event.kind === 'session.ended' && event.sessionId === sessionId);
  expect(ended?.data['reason']).toContain('stopped before it could say how it ended');
  expect(await again.call('POST /audit-events/verify', {})).toMatchObject({ isIntact: true, chains: 2 });
});
