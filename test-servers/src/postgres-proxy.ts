import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface PostgresProxyOptions {
  readonly server: { readonly port: number };
  /** Users whom it was told of; others are refused in RDS Proxy's words. */
  readonly users: readonly string[];
}

/**
 * RDS Proxy under a name of one's own, as far as a login goes, before a real server: who is not on its list is refused
 * before a password is asked for. Without TLS. The rest of the conversation is the server's own, numbers included.
 */
export async function startPostgresProxy({ server, users }: PostgresProxyOptions) {
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('error', () => undefined).on('close', () => open.delete(socket));
  };
  const listener = createServer((client) => {
    keep(client);
    const onData = (message: Buffer): void => {
      // SSLRequest is the only message of eight bytes.
      if (message.length === 8) return void client.write('N');
      client.off('data', onData);
      const user = userIn(message);
      // A request to cancel names nobody.
      if (user !== null && !users.includes(user)) return void client.end(refusalOf(user));
      const upstream = keep(connect(server.port, '127.0.0.1'));
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      upstream.write(message);
      client.pipe(upstream).pipe(client);
    };
    client.on('data', onData);
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

/** Length and version, then names and values, each with its end. */
function userIn(startup: Buffer): string | null {
  const parts = startup.toString('utf8', 8).split('\0');
  const at = parts.findIndex((part, index) => index % 2 === 0 && part === 'user');
  return at < 0 ? null : (parts[at + 1] ?? null);
}

function refusalOf(user: string): Buffer {
  const words = `This RDS proxy has no credentials for the role ${user}. Check the credentials for this role and try again.`;
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${words}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
