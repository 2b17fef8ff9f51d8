import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Connection } from 'pg';
import { BackendFrames } from './backend-frames.ts';

/** The part of the driver's connection that its type declarations leave out and that we build on. */
interface DriverConnection {
  attachListeners(this: Connection, stream: EventEmitter): void;
}

const driverConnection = Connection.prototype as unknown as DriverConnection;

/**
 * The driver's connection over a socket that is open already (and inside TLS, if any), with our own cutting of
 * messages in front of its parser. So failures to dial are ours to name, and no bytes of a stranger reach a parser
 * that throws where nobody catches.
 */
export class WireConnection extends Connection {
  readonly frames: BackendFrames;
  readonly #socket: Socket;
  readonly #toDriver = new EventEmitter();

  constructor(socket: Socket) {
    super({ stream: () => socket });
    this.#socket = socket;
    this.frames = new BackendFrames(this.#toDriver);
  }

  /** Called by the driver, which believes that it dials. */
  connect(): void {
    // The driver looks at this before it says goodbye.
    Object.assign(this, { _connecting: true });
    driverConnection.attachListeners.call(this, this.#toDriver);
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.emit('end'));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.resume();
    // The driver listens for this only after its call of `connect`.
    queueMicrotask(() => this.emit('connect'));
  }

  #receive(chunk: Buffer): void {
    try {
      this.frames.push(chunk);
    } catch (error) {
      this.#socket.destroy();
      this.emit('error', error);
    }
  }

  #fail(error: Error & { code?: string }): void {
    // After our own goodbye it does not matter how the other side hangs up.
    const isEnding = '_ending' in this && this._ending === true;
    if (!isEnding) this.emit('error', error);
  }
}
