import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import type { TestServer } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineErrorKind, InstanceTarget, TlsMode } from '../engine.ts';
import { createMySqlEngine } from './engine-mysql.ts';
import { askAs, connectingUser, startServer, targetOf } from './mysql-fixture.ts';

const engine = createMySqlEngine();

async function probed(target: InstanceTarget): Promise<EngineErrorKind | 'plain' | 'encrypted'> {
  const result = await engine.probe(target);
  if (!result.ok) return result.error.kind;
  return result.facts.isTls ? 'encrypted' : 'plain';
}

/** Listens on another address of this machine, for which no certificate was made. */
async function withListener(host: string, greet: (socket: Socket) => void, use: (port: number) => Promise<void>) {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    greet(socket);
  });
  listener.listen(0, host);
  await once(listener, 'listening');
  try {
    await use((listener.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}

describe.each(['mariadb', 'mysql'] as const)('connecting to %s', (kind) => {
  let server: TestServer;
  let ca: string;
  const target = (mode: TlsMode, own: string | null = ca): InstanceTarget => ({
    ...targetOf(server),
    tls: { mode, ca: own },
  });

  beforeAll(async () => {
    server = await startServer(kind, true);
    ca = readFileSync(server.caFile ?? '', 'utf8');
    for (const statement of connectingUser(kind, 'equipped')) await askAs(server, server.superuser, '', statement);
    await askAs(server, server.superuser, '', 'CREATE DATABASE hr');
    await askAs(server, server.superuser, '', 'CREATE TABLE hr.salary (id int)');
    await askAs(server, server.superuser, '', 'GRANT SELECT ON hr.* TO connecting WITH GRANT OPTION');
  }, 120_000);

  afterAll(() => server.stop());

  it.each([
    ['disable', 'plain'],
    ['prefer', 'encrypted'],
    ['require', 'encrypted'],
    ['verify-ca', 'encrypted'],
    ['verify-full', 'encrypted'],
  ] as const)('%s is %s', async (mode, expected) => {
    expect(await probed(target(mode))).toBe(expected);
  });

  it.each(['verify-ca', 'verify-full'] as const)('%s refuses a certificate that nobody known signed', async (mode) => {
    expect(await probed(target(mode, null))).toBe('tls_untrusted');
  });

  it('checks the name of the host only when asked to', async () => {
    const relay = (socket: Socket): void => {
      const upstream = connectSocket(server.port, server.host).on('error', () => undefined);
      socket.pipe(upstream).pipe(socket);
    };
    await withListener('127.0.0.2', relay, async (port) => {
      expect(await probed({ ...target('verify-ca'), host: '127.0.0.2', port })).toBe('encrypted');
      expect(await probed({ ...target('verify-full'), host: '127.0.0.2', port })).toBe('tls_host_mismatch');
    });
    expect(await probed({ ...target('verify-full'), host: 'localhost' })).toBe('encrypted');
  });

  it('uses a socket file, without TLS', async () => {
    expect(await probed({ ...target('prefer'), host: server.socketPath })).toBe('plain');
  });

  it('gives up on a server that greets and then hangs, in the handshake and in TLS', async () => {
    const greeting = await greetingOf(server);
    const greet = (socket: Socket): void => void socket.write(greeting);
    for (const mode of ['disable', 'require'] as const) {
      await withListener('127.0.0.1', greet, async (port) => {
        expect(await probed({ ...target(mode), port, connectTimeoutMs: 300 })).toBe('timeout');
      });
    }
  });

  it('survives a server that answers the login with noise', async () => {
    const greeting = await greetingOf(server);
    const greet = (socket: Socket): void => {
      socket.write(greeting);
      socket.once('data', () => socket.write(Buffer.concat([Buffer.from([7, 0, 0, 2]), Buffer.alloc(7, 0x33)])));
    };
    await withListener('127.0.0.1', greet, async (port) => {
      expect(await probed({ ...target('disable'), port, connectTimeoutMs: 1_000 })).toBe('wrong_protocol');
    });
  });

  it('is told by the server which of the two it is, whatever it was registered as', async () => {
    const result = await engine.probe({ ...target('disable'), engine: kind === 'mysql' ? 'mariadb' : 'mysql' });
    expect(result).toMatchObject({ ok: true, facts: { engine: kind } });
  });

  it('demands TLS of accounts that were made over TLS, and no longer when it is gone', async () => {
    const name = 'tg_ab12_cd34_tls';
    const password = randomBytes(12).toString('hex');
    const access = [
      {
        database: 'hr',
        whole: null,
        schemas: [],
        tables: [{ schema: '', table: 'salary', privilege: 'read' as const }],
      },
    ];
    const spec = { name, prefix: 'tg_ab12_cd34_', personLabel: 'dev', access, connectionLimit: 2 };
    const login = { account: name, password, database: 'hr', applicationName: '', isReadOnly: true, remainingMs: null };
    const encrypted = engine.admin(target('verify-full'));
    const plain = engine.admin(target('disable'));
    try {
      await encrypted.applyAccount(spec);
      await encrypted.enableLogin(name, password);
      await expect(engine.openSession(target('disable'), login)).rejects.toMatchObject({ kind: 'auth_failed' });
      await (await engine.openSession(target('verify-full'), login)).close();
      expect((await plain.applyAccount(spec)).actions).toEqual(['stopped demanding TLS']);
      await (await engine.openSession(target('disable'), login)).close();
      await plain.dropAccount(name);
    } finally {
      await Promise.all([encrypted.close(), plain.close()]);
    }
  });
});

/** The first packet of a real server. */
async function greetingOf(server: TestServer): Promise<Buffer> {
  const socket = connectSocket(server.port, server.host);
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return greeting;
}
