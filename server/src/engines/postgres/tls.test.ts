import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { startPostgres, type TestServer } from '@tidegate/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineErrorKind, InstanceTarget, TlsMode } from '../engine.ts';
import { refusal, run } from '../suite/stage.ts';
import { postgresEngine } from './engine-postgres.ts';

describe('TLS to PostgreSQL', () => {
  let server: TestServer | undefined;
  let ca = '';

  beforeAll(async () => {
    server = await startPostgres({ major: 15, tls: true });
    ca = await readFile(server.caFile ?? '', 'utf8');
    await asSuperuser(`create role plain login password 'plain'`);
  }, 60_000);

  afterAll(() => server?.stop());

  function target(mode: TlsMode, changes: Partial<InstanceTarget> = {}): InstanceTarget {
    if (server === undefined) throw new Error('the server has not started');
    return {
      engine: 'postgresql',
      host: server.host,
      port: server.port,
      user: server.superuser.user,
      password: () => Promise.resolve(server?.superuser.password ?? ''),
      tls: { mode, ca: null },
      maintenanceDatabase: null,
      connectTimeoutMs: 10_000,
      ...changes,
    };
  }

  async function asSuperuser(sql: string): Promise<void> {
    const client = new Client({ host: server?.host, port: server?.port, database: 'postgres', ...server?.superuser });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  async function probe(to: InstanceTarget): Promise<EngineErrorKind | 'with TLS' | 'without TLS'> {
    const result = await postgresEngine.probe(to);
    if (!result.ok) return result.error.kind;
    return result.facts.isTls ? 'with TLS' : 'without TLS';
  }

  it.each([
    ['disable', 'without TLS'],
    ['prefer', 'with TLS'],
    ['require', 'with TLS'],
    ['verify-ca', 'tls_untrusted'],
    ['verify-full', 'tls_untrusted'],
  ] as const)('with the mode %s and no own authority: %s', async (mode, outcome) => {
    expect(await probe(target(mode))).toBe(outcome);
  });

  it.each(['verify-ca', 'verify-full'] as const)(
    'is trusted with the mode %s and the right authority',
    async (mode) => {
      expect(await probe(target(mode, { tls: { mode, ca } }))).toBe('with TLS');
    },
  );

  it('is for another host when the address is not in the certificate', async () => {
    const front = createServer((client) => {
      const upstream = connect({ host: server?.host ?? '', port: server?.port ?? 0 });
      client.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => client.destroy()).pipe(client);
    });
    front.listen(0, '127.0.0.2');
    await once(front, 'listening');
    const elsewhere = { host: '127.0.0.2', port: (front.address() as AddressInfo).port };
    try {
      expect(await probe(target('verify-full', { ...elsewhere, tls: { mode: 'verify-full', ca } }))).toBe(
        'tls_host_mismatch',
      );
      expect(await probe(target('verify-ca', { ...elsewhere, tls: { mode: 'verify-ca', ca } }))).toBe('with TLS');
    } finally {
      front.close();
    }
  });

  it('is not used for a Unix socket', async () => {
    expect(await probe(target('require', { host: server?.socketPath ?? '' }))).toBe('without TLS');
  });

  it('runs and cancels statements', async () => {
    const session = await postgresEngine.openSession(target('require'), {
      account: 'plain',
      password: 'plain',
      database: 'postgres',
      applicationName: 'Tidegate',
      isReadOnly: false,
      remainingMs: null,
    });
    expect((await run(session, `select repeat('x', 300000)`)).rows[0]?.[0]).toMatchObject({ length: 300_000 });
    const failure = refusal(run(session, 'select pg_sleep(60)'));
    await session.cancel();
    expect((await failure).kind).toBe('cancelled');
    await session.close();
  });

  it('is said to be required when the server admits nobody without it', async () => {
    const hba = `copy (select 'hostssl all all 127.0.0.1/32 scram-sha-256') to program 'cat > pg_hba.conf'`;
    await asSuperuser(hba);
    await asSuperuser('select pg_reload_conf()');
    // The postmaster reads the file when its signal arrives.
    await expect.poll(() => probe(target('disable')), { interval: 20 }).toBe('tls_required');
    expect(await probe(target('prefer'))).toBe('with TLS');
  });

  it('is left by prefer when the server admits nobody with it', async () => {
    const client = new Client({
      ...server?.superuser,
      host: server?.host,
      port: server?.port,
      database: 'postgres',
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    await client.query(`copy (select 'hostnossl all all 127.0.0.1/32 scram-sha-256') to program 'cat > pg_hba.conf'`);
    await client.query('select pg_reload_conf()');
    await client.end();
    await expect.poll(() => probe(target('prefer')), { interval: 20 }).toBe('without TLS');
    expect(await probe(target('require'))).toBe('auth_failed');
  });
});
