import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface MySqlProxyOptions {
  readonly server: { readonly port: number };
  /** Users whom it was told of; others are refused in ProxySQL's words. Everybody when left out. */
  readonly users?: readonly string[];
  /** Greets with a number of its own for the session, as whatever chooses the server only after the login must. */
  readonly numbersSessions?: boolean;
}

/**
 * What ProxySQL, MaxScale and RDS Proxy have in common, before a real server: the greeting is theirs, and who signs in
 * is checked against a list of theirs. Without TLS. The rest of the conversation is the server's own.
 */
export async function startMySqlProxy({ server, users, numbersSessions = false }: MySqlProxyOptions) {
  const open = new Set<Socket>();
  const listener = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.once('data', (greeting: Buffer) => {
      client.write(numbersSessions ? withOtherNumber(greeting) : greeting);
      upstream.pipe(client);
    });
    client.once('data', (login: Buffer) => {
      const user = textAt(login, 4 + 32);
      if (users !== undefined && !users.includes(user)) return void client.end(refusalOf(user));
      upstream.write(login);
      client.pipe(upstream);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    stop: async (): Promise<void> => {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Protocol version, server version up to a NUL, then the session's number in four bytes. */
function withOtherNumber(greeting: Buffer): Buffer {
  const changed = Buffer.from(greeting);
  const at = changed.indexOf(0, 5) + 1;
  changed.writeUInt32LE((changed.readUInt32LE(at) + 7_000_000) % 2 ** 32, at);
  return changed;
}

function refusalOf(user: string): Buffer {
  const body = Buffer.from(
    `\xff\x15\x04#28000ProxySQL Error: Access denied for user '${user}' (using password: YES)`,
    'latin1',
  );
  const head = Buffer.from([body.length & 0xff, body.length >> 8, 0, 2]);
  return Buffer.concat([head, body]);
}

function textAt(packet: Buffer, start: number): string {
  return packet.toString('utf8', start, packet.indexOf(0, start));
}
