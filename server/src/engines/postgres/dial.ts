import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { EngineError, type InstanceTarget } from '../engine.ts';
import { helloName } from '../sign-in.ts';
import { fromHandshake, tlsOptions } from './tls.ts';

export interface Dialled {
  readonly socket: Socket;
  readonly isTls: boolean;
}

/** One moment by which everything up to the login must have happened. */
export class Deadline {
  readonly #timeoutMs: number;
  readonly #at: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#at = performance.now() + timeoutMs;
  }

  /** Rejects with `timeout` and calls `giveUp` when the moment comes first. */
  async race<T>(work: Promise<T>, giveUp: () => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => {
          reject(new EngineError('timeout', `The server did not answer within ${this.#timeoutMs} ms.`));
          giveUp();
        },
        Math.max(0, this.#at - performance.now()),
      );
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      clearTimeout(timer);
      // Whoever lost the race may still fail later, with nobody to hear it.
      work.catch(() => undefined);
    }
  }
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Opens a connection up to the point where the startup message may be sent, TLS included. As libpq: TLS modes do not
 * apply to Unix sockets, and `prefer` goes without when the server has no TLS or the handshake fails.
 */
export async function dial(target: InstanceTarget, deadline: Deadline): Promise<Dialled> {
  const socket = await openSocket(target, deadline);
  if (target.tls.mode === 'disable' || target.host.startsWith('/')) return { socket, isTls: false };
  const answer = await deadline.race(askForTls(socket), () => socket.destroy());
  if (answer === 'no') {
    if (target.tls.mode === 'prefer') return { socket, isTls: false };
    socket.destroy();
    throw new EngineError('tls_unsupported', 'The server does not offer TLS.', {
      hint: 'Turn TLS on at the server, or choose the mode prefer or disable.',
    });
  }
  try {
    return { socket: await deadline.race(handshake(socket, target), () => socket.destroy()), isTls: true };
  } catch (error) {
    socket.destroy();
    if (target.tls.mode !== 'prefer' || (error instanceof EngineError && error.kind === 'timeout')) throw error;
    return { socket: await openSocket(target, deadline), isTls: false };
  }
}

async function openSocket(target: InstanceTarget, deadline: Deadline): Promise<Socket> {
  const socket = target.host.startsWith('/')
    ? connectSocket({ path: `${target.host}/.s.PGSQL.${target.port}` })
    : connectSocket({
        host: target.host,
        port: target.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 30_000,
        ...(target.lookup && { lookup: target.lookup }),
      });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(fromSocket(error, target)));
  });
  await deadline.race(opened, () => socket.destroy());
  return socket;
}

function fromSocket(error: Error & { code?: string }, target: InstanceTarget): EngineError {
  // Said by the target's own lookup.
  if (error instanceof EngineError) return error;
  const place = target.host.startsWith('/') ? `the socket in ${target.host}` : `${target.host}:${target.port}`;
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return new EngineError('host_unknown', `The host name ${target.host} cannot be resolved.`, { cause: error });
    case 'ETIMEDOUT':
      return new EngineError('timeout', `${place} did not answer.`, { cause: error });
    case 'ENOENT':
      return new EngineError('refused', `There is no server at ${place}.`, { cause: error });
    case 'EACCES':
      return new EngineError('refused', `Tidegate may not use ${place}.`, { cause: error });
    case 'ECONNREFUSED':
      return new EngineError('refused', `${place} refused the connection: nothing listens there.`, { cause: error });
    default:
      return new EngineError('refused', `${place} cannot be reached (${error.code ?? error.message}).`, {
        cause: error,
      });
  }
}

/** Sends SSLRequest and reads the one byte of the answer (chapter 54.2.10). */
function askForTls(socket: Socket): Promise<'yes' | 'no'> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string): void => {
      socket.destroy();
      reject(new EngineError('wrong_protocol', message, { hint: 'Check host and port: is it PostgreSQL?' }));
    };
    const onClose = (): void => refuse('The server hung up when asked for TLS.');
    socket.once('close', onClose);
    socket.on('error', () => undefined);
    socket.once('data', (answer) => {
      socket.off('close', onClose);
      socket.pause();
      // Bytes behind the answer came in clear text before TLS began: somebody in the middle may have put them there.
      if (answer.length === 1 && answer[0] === 0x53) resolve('yes');
      else if (answer.length === 1 && answer[0] === 0x4e) resolve('no');
      else refuse('The other side does not speak the PostgreSQL protocol.');
    });
    socket.write(sslRequest);
  });
}

function handshake(socket: Socket, target: InstanceTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const servername = helloName(target);
    const secure = connectTls({ ...tlsOptions(target), socket, ...(servername === null ? {} : { servername }) });
    secure.once('error', (error) => reject(fromHandshake(error)));
    secure.once('close', () =>
      reject(new EngineError('connection_lost', 'The server hung up during the TLS handshake.')),
    );
    secure.once('secureConnect', () => resolve(secure));
  });
}
