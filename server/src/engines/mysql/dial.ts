import { connect as connectSocket, type Socket } from 'node:net';
import { EngineError, type InstanceTarget } from '../engine.ts';
import { toEngineError } from './errors.ts';

/**
 * Opens the socket and waits for the server's greeting, which is left unread. What greets otherwise is told apart
 * here: the driver would wait for the rest of a packet that never comes.
 */
export function dialServer(target: InstanceTarget, deadline: Deadline): Promise<Socket> {
  const isPath = target.host.startsWith('/');
  const socket = isPath
    ? connectSocket(target.host)
    : connectSocket({ port: target.port, host: target.host, ...(target.lookup && { lookup: target.lookup }) });
  socket.setNoDelay(true);
  if (!isPath) socket.setKeepAlive(true, 60_000);
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      socket.off('error', onError).off('close', onClose).off('data', onData);
      if (error === null) {
        resolve(socket);
        return;
      }
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const onError = (error: Error): void => settle(toEngineError(error));
    const onClose = (): void =>
      settle(new EngineError('connection_lost', 'The server hung up before it said anything.'));
    let heard = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      heard = Buffer.concat([heard, chunk]);
      const isGreeting = looksLikeGreeting(heard);
      if (isGreeting === null) return;
      socket.pause();
      socket.unshift(heard);
      settle(isGreeting ? null : new EngineError('wrong_protocol', 'What listens there does not speak MySQL.'));
    };
    const timer = setTimeout(() => settle(deadline.error()), deadline.leftMs());
    socket.on('error', onError).on('close', onClose).on('data', onData);
  });
}

/** A first packet has number 0 and is protocol version 10 or an error; null while that cannot be told. */
function looksLikeGreeting(heard: Buffer): boolean | null {
  if (heard.length < 5) return null;
  const length = heard.readUIntLE(0, 3);
  return heard[3] === 0 && (heard[4] === 10 || heard[4] === 0xff) && length > 4 && length < 4_096;
}

/** The time left for one attempt to connect, all its steps together. */
export class Deadline {
  readonly #endsAt: number;
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
    this.#endsAt = performance.now() + ms;
  }

  leftMs(): number {
    return Math.max(1, this.#endsAt - performance.now());
  }

  error(): EngineError {
    return new EngineError('timeout', `The server gave no usable connection within ${this.#ms} ms.`);
  }

  /** Rejects when the time is over before the promise is settled; `onLate` then cleans up. */
  async bound<T>(promise: Promise<T>, onLate: () => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        onLate();
        reject(this.error());
      }, this.leftMs());
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
