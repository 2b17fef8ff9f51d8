/**
 * Loaded into the server before anything else (`--import`). Once armed by SIGUSR2 it counts what the process writes to
 * database servers, its store and the guarded ones alike: each such message is a step of whatever it is doing. At the
 * chosen one the process ends itself as `kill -9` would.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

const file = process.env['TEST_FAULT_POINT'];

interface Fault {
  readonly ports: readonly number[];
  /** The message at which it happens, from 1. */
  step: number;
  /** Null: it is never sent. Otherwise it is, and the process lives on for so many milliseconds. */
  readonly delayMs: number | null;
  readonly alsoPids?: readonly number[];
}

let fault: Fault | null = null;
/** Connections to a PostgreSQL over its socket file: they have no port. */
const local = new WeakSet<Socket>();

const die = (): void => {
  for (const pid of fault?.alsoPids ?? []) process.kill(pid, 'SIGKILL');
  process.kill(process.pid, 'SIGKILL');
};

if (file !== undefined) {
  process.on('SIGUSR2', () => {
    fault = JSON.parse(readFileSync(file, 'utf8')) as Fault;
    writeFileSync(`${file}.armed`, '');
  });
  const dial = Socket.prototype.connect;
  Socket.prototype.connect = function connect(this: Socket, ...where: unknown[]): Socket {
    if (typeof where[0] === 'string' && where[0].includes('/.s.PGSQL.')) local.add(this);
    return Reflect.apply(dial, this, where) as Socket;
  };
  const send = Socket.prototype.write;
  Socket.prototype.write = function write(this: Socket, ...message: unknown[]): boolean {
    const isCounted = local.has(this) || (this.remotePort !== undefined && fault?.ports.includes(this.remotePort));
    if (fault !== null && isCounted) {
      fault.step -= 1;
      if (fault.step === 0) {
        if (fault.delayMs === null) die();
        else setTimeout(die, fault.delayMs);
      }
    }
    return Reflect.apply(send, this, message) as boolean;
  };
}
