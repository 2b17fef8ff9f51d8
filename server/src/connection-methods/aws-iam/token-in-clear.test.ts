import { lookup } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Engine, InstanceTarget } from '../../engines/engine.ts';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { createAwsIamMethod } from './aws-iam-method.ts';
import { testGround, testKeys } from './aws-iam-test-kit.ts';

/** Everything that was sent to a server that asks for a token in clear text, by hook or by crook. */
const heard: Buffer[] = [];
let closed: Promise<unknown> = Promise.resolve();
let server: Server | undefined;

afterEach(() => {
  server?.close();
  heard.length = 0;
});

async function listen(serve: (socket: Socket, chunk: Buffer | null) => void): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    closed = once(socket, 'close');
    socket.on('data', (chunk) => {
      heard.push(chunk);
      serve(socket, chunk);
    });
    serve(socket, null);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function target(engine: 'postgresql' | 'mysql', port: number, changes: Partial<InstanceTarget> = {}): InstanceTarget {
  const settings = { region: 'eu-central-1', credentials: { kind: 'server' } };
  const connection = {
    ...{ engine, host: '127.0.0.1', port, user: 'tidegate', tlsMode: 'verify-full' as const, tlsCa: null },
    ...{ method: 'aws_iam', settings, secret: () => null },
  };
  const made = createAwsIamMethod(testGround()).target(connection, { title: 'x', connectTimeoutMs: 2_000, lookup });
  return { ...made, ...changes };
}

async function refusalOf(engine: Engine, to: InstanceTarget): Promise<string> {
  const result = await engine.probe(to);
  return result.ok ? 'connected' : result.error.kind;
}

function expectNoToken(): void {
  const all = Buffer.concat(heard).toString('latin1');
  for (const part of ['X-Amz', 'Action=connect', testKeys.accessKeyId, testKeys.sessionToken.slice(0, 40)]) {
    expect(all).not.toContain(part);
  }
}

const packet = (sequence: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, payload]);
};
const askForClearText = (sequence: number) => packet(sequence, Buffer.from('\xfemysql_clear_password\0', 'latin1'));

/** A greeting of protocol 10, with or without the offer of TLS. */
function greeting(hasTls: boolean): Buffer {
  const flags = 0x00_08_a2_01 | (hasTls ? 0x800 : 0);
  const rest = Buffer.alloc(31);
  rest.writeUInt16LE(flags & 0xffff, 13);
  rest[15] = 45;
  rest.writeUInt16LE(2, 16);
  rest.writeUInt16LE(flags >>> 16, 18);
  rest[20] = 21;
  const scramble = Buffer.alloc(13, 0x61);
  scramble[12] = 0;
  return packet(0, Buffer.concat([Buffer.from('\x0a8.0.40\0'), rest, scramble, Buffer.from('mysql_clear_password\0')]));
}

describe('a token is not sent in clear text', () => {
  test('to a PostgreSQL that has no TLS and asks for a password all the same', async () => {
    const port = await listen((socket, chunk) => {
      if (chunk === null) return;
      socket.write(chunk.length === 8 ? 'N' : Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
    expect(await refusalOf(postgresEngine, target('postgresql', port))).toBe('tls_unsupported');
    expectNoToken();
  });

  test('to a PostgreSQL whose question is put into the stream before TLS', async () => {
    const port = await listen((socket, chunk) => {
      if (chunk?.length === 8) socket.write(Buffer.from([0x53, 0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
    expect(await refusalOf(postgresEngine, target('postgresql', port))).toBe('wrong_protocol');
    expectNoToken();
  });

  test('to a MySQL that has no TLS and asks for a clear password all the same', async () => {
    const port = await listen((socket, chunk) => {
      socket.write(chunk === null ? greeting(false) : askForClearText(2));
    });
    expect(await refusalOf(createMySqlEngine(), target('mysql', port))).toBe('tls_unsupported');
    expectNoToken();
  });

  test('to a MySQL whose question is put into the stream before TLS', async () => {
    const port = await listen((socket, chunk) => {
      if (chunk === null) socket.write(Buffer.concat([greeting(true), askForClearText(2)]));
      else socket.write(askForClearText(3));
    });
    expect(await refusalOf(createMySqlEngine(), target('mysql', port))).not.toBe('connected');
    await closed;
    expect(heard.length).toBeGreaterThan(0);
    expectNoToken();
  });

  test.each(['disable', 'prefer', 'require', 'verify-ca'] as const)(
    'when somebody made a target with the mode %s: nothing is dialled',
    async (mode) => {
      const port = await listen(() => undefined);
      const tls = { mode, ca: null };
      expect(await refusalOf(postgresEngine, target('postgresql', port, { tls }))).toBe('tls_required');
      expect(await refusalOf(createMySqlEngine(), target('mysql', port, { tls }))).toBe('tls_required');
      expect(heard).toEqual([]);
    },
  );

  test('over a socket path', async () => {
    const changes = { host: '/tmp' };
    expect(await refusalOf(postgresEngine, target('postgresql', 1, changes))).toBe('tls_required');
    expect(await refusalOf(createMySqlEngine(), target('mysql', 1, changes))).toBe('tls_required');
  });
});
