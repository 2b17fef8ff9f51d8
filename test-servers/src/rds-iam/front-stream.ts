import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type SecureContext, TLSSocket } from 'node:tls';

/** The next `length` bytes; whatever follows stays in the socket. Rejects when the other side hangs up before. */
export async function readExactly(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null;
    if (bytes?.length === length) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed) throw new Error('The other side hung up.');
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        for (const name of ['readable', 'end', 'close', 'error']) socket.off(name, settle);
        resolve();
      };
      for (const name of ['readable', 'end', 'close', 'error']) socket.on(name, settle);
    });
  }
}

/** From now on every byte goes through unread, both ways, until one side ends. */
export function relay(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    // What was still to be written, such as the server's last word, gets out before the socket closes.
    from.once('close', () => to.destroySoon());
    from.pipe(to);
  }
}

/** The server's side of TLS; bytes of the client's hello that came early are in the socket and are read first. */
export async function secureAsServer(socket: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  const secure = new TLSSocket(socket, { isServer: true, secureContext });
  secure.on('error', () => socket.destroy());
  await Promise.race([once(secure, 'secure'), onceClosed(socket)]);
  return secure;
}

/** The client's side of TLS towards the real server, whose authority is known. */
export async function secureAsClient(socket: Socket, ca: string): Promise<TLSSocket> {
  const secure = connect({ socket, ca });
  secure.on('error', () => socket.destroy());
  await Promise.race([once(secure, 'secureConnect'), onceClosed(socket)]);
  return secure;
}

async function onceClosed(socket: Socket): Promise<never> {
  await once(socket, 'close');
  throw new Error('The other side hung up.');
}
