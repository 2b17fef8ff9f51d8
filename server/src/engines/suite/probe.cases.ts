import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import type { EngineErrorKind, InstanceTarget } from '../engine.ts';
import { refusal, type Stage } from './stage.ts';

/** Listens for the length of `use` and lets `greet` treat whoever connects. */
async function withListener(greet: (socket: Socket) => void, use: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** What is wrong with a connection, said in words. */
export function probeCases(stage: Stage): void {
  const probe = async (changes: Partial<InstanceTarget>): Promise<EngineErrorKind | 'ok'> => {
    const result = await stage.fixture.engine.probe({ ...stage.fixture.target, ...changes });
    if (result.ok) return 'ok';
    expect(result.error.message.length).toBeGreaterThan(10);
    return result.error.kind;
  };

  it('tells version, identity and engine of a server that answers', async () => {
    const result = await stage.fixture.engine.probe(stage.fixture.target);
    if (!result.ok) throw result.error;
    expect(result.facts).toMatchObject({ engine: stage.dialect.kind, isReadOnly: false });
    expect(result.facts.version).toMatch(/^\d+\.\d+/);
    expect(result.facts.identity.length).toBeGreaterThan(8);
    expect(await stage.admin.facts()).toEqual(result.facts);
  });

  it('tells a host that refuses', async () => {
    let closed = 0;
    await withListener(
      () => undefined,
      (port) => {
        closed = port;
        return Promise.resolve();
      },
    );
    expect(await probe({ port: closed })).toBe('refused');
  });

  it('tells a host that does not exist', async () => {
    expect(await probe({ host: 'no-such-host.invalid' })).toBe('host_unknown');
  });

  it('tells a socket that does not exist', async () => {
    expect(await probe({ host: '/tmp/no-such-folder-of-a-server' })).toBe('refused');
  });

  it.each(['disable', 'prefer', 'verify-full'] as const)(
    'gives up on a host that hangs (TLS mode %s)',
    async (mode) => {
      await withListener(
        () => undefined,
        async (port) => {
          expect(await probe({ port, connectTimeoutMs: 300, tls: { mode, ca: null } })).toBe('timeout');
        },
      );
    },
  );

  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['a mail server', '220 mail.example.test ESMTP ready\r\n'],
    ['noise', '\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007'],
    ['a length of 2 GB', 'R\u007f\u007f\u007f\u007f\u0000\u0000'],
  ])('tells that the other side is %s', async (_who, greeting) => {
    const greet = (socket: Socket): void => {
      socket.once('data', () => undefined);
      socket.write(Buffer.from(greeting, 'latin1'));
    };
    for (const mode of ['disable', 'prefer'] as const) {
      await withListener(greet, async (port) => {
        expect(await probe({ port, connectTimeoutMs: 2_000, tls: { mode, ca: null } })).toBe('wrong_protocol');
      });
    }
  });

  it('tells that the other side hung up', async () => {
    await withListener(
      (socket) => socket.destroy(),
      async (port) => {
        expect(await probe({ port })).toMatch(/connection_lost|wrong_protocol/);
      },
    );
  });

  it('tells a wrong password', async () => {
    expect(await probe({ password: () => Promise.resolve('wrong') })).toBe('auth_failed');
  });

  it('tells that the password could not be had', async () => {
    expect(await probe({ password: () => Promise.reject(new Error('the vault is sealed')) })).toBe('auth_failed');
  });

  it('tells that TLS is demanded but absent', async () => {
    expect(await probe({ tls: { mode: 'require', ca: null } })).toBe('tls_unsupported');
  });

  it('prefers TLS but goes without', async () => {
    const result = await stage.fixture.engine.probe({ ...stage.fixture.target, tls: { mode: 'prefer', ca: null } });
    expect(result).toMatchObject({ ok: true, facts: { isTls: false } });
  });

  it('tells a database that is missing', async () => {
    const database = await stage.createDatabase('suite_probe', ['salary']);
    const account = await stage.makeAccount({ database, tables: { salary: 'read' } });
    const error = await refusal(stage.open(account, stage.dialect.missingDatabase));
    // MySQL does not tell a database that is missing from one that is not granted.
    expect(error.kind).toMatch(
      stage.dialect.kind === 'postgresql' ? /^database_missing$/ : /database_missing|access_refused/,
    );
  });

  it('never shows the password', async () => {
    const result = await stage.fixture.engine.probe({
      ...stage.fixture.target,
      password: () => Promise.resolve('hunter2-hunter2'),
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
}
