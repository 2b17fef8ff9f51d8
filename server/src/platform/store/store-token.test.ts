import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RdsFront, type RdsServer, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openStore, type Store } from './open-store.ts';
import { StoreFault } from './store-fault.ts';

const keys = { accessKeyId: 'AKIATIDEGATESTORE001', secretAccessKey: 'the-secret-of-the-store' };
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let rds: RdsServer<RdsFront>;
let folder: string;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey);
  // The token service is asked when a token was refused; it must not be the real one.
  vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1');
  folder = await mkdtemp(join(tmpdir(), 'tidegate-store-token-'));
  rds = await startRdsPostgres({ credentials: [keys] });
  await rds.makeIamUser('tide');
  await rds.run('create database meta owner tide');
  await writeFile(join(folder, 'ca.pem'), rds.front.ca);
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await rds?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  Object.assign(rds.front.behaviour, { tls: 'own', isAllowed: () => true });
  rds.front.seenTokens.length = 0;
});

function open(changes = ''): Promise<Store> {
  const { endpoint, port } = rds.front;
  const place = `auth=aws_iam&region=${endpoint.region}&token_host=${endpoint.host}&token_port=${endpoint.port}`;
  const pgUrl = `postgresql://tide@127.0.0.1:${port}/meta?${place}&sslrootcert=${join(folder, 'ca.pem')}${changes}`;
  return openStore({ dataFolder: folder, pgUrl, poolSize: 5 }, silent);
}

async function faultOf(opening: Promise<Store>): Promise<string> {
  const error = await opening.then(
    (store) => store.close(),
    (cause: unknown) => cause,
  );
  if (error instanceof StoreFault) return error.message;
  throw error ?? new Error('the store was opened');
}

test('the store is kept without a password: every connection has a token of its own', async () => {
  const store = await open();
  try {
    const clients = await Promise.all([1, 2, 3].map(() => store.pool.connect()));
    for (const client of clients) client.release();
    const { seenTokens } = rds.front;
    expect(seenTokens.length).toBeGreaterThanOrEqual(5);
    expect(seenTokens.every(({ isEncrypted, verdict }) => isEncrypted && verdict.isAccepted)).toBe(true);
    expect(await store.pool.query('select count(*)::int as n from tidegate.environment')).toMatchObject({
      rows: [{ n: 2 }],
    });
  } finally {
    await store.close();
  }
});

test('a lost store comes back with fresh tokens', async () => {
  const store = await open();
  try {
    let heard = 0;
    const listening = Promise.withResolvers<void>();
    store.listen(
      'test',
      () => {
        heard += 1;
      },
      listening.resolve,
    );
    await listening.promise;
    const before = rds.front.seenTokens.length;
    await rds.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tide'");
    await expect.poll(() => store.isUp() && rds.front.seenTokens.length > before, { timeout: 10_000 }).toBe(true);
    await expect
      .poll(async () => {
        await store.pool.query("select pg_notify('test', '')").catch(() => undefined);
        return heard;
      })
      .toBeGreaterThan(0);
  } finally {
    await store.close();
  }
});

test('nothing is sent to a server of another authority, of another name, or without TLS', async () => {
  rds.front.behaviour.tls = 'other_authority';
  expect(await faultOf(open())).toMatch(/not signed by an authority that is trusted here/);
  rds.front.behaviour.tls = 'other_name';
  expect(await faultOf(open())).toMatch(/certificate of the server is not for/);
  rds.front.behaviour.tls = 'none';
  expect(await faultOf(open())).toMatch(/has no TLS/);
  expect(rds.front.seenTokens).toEqual([]);
});

test('a refused token is explained', async () => {
  rds.front.behaviour.isAllowed = () => false;
  const fault = await faultOf(open());
  expect(fault).toContain('GRANT rds_iam TO "tide"');
  expect(fault).toContain('rds-db:connect');
  expect(fault).not.toContain('X-Amz');
});
