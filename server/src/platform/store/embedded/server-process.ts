import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { StoreLog } from '../store-log.ts';
import type { ServerAccount } from './server-account.ts';

const setpriv = '/usr/bin/setpriv';

/** Where the kernel cannot tie the two together, a shell waits for the end of a pipe that only Tidegate holds open. */
const watchdog = [
  '"$@" </dev/null 3<&- & server=$!',
  'trap "kill -INT $server 2>/dev/null" INT TERM',
  '(cat <&3 >/dev/null; kill -INT $server 2>/dev/null) & watcher=$!',
  'exec 3<&-',
  'wait $server; code=$?',
  'while kill -0 $server 2>/dev/null; do wait $server; code=$?; done',
  'kill $watcher 2>/dev/null',
  'exit $code',
].join('\n');

/** What a server sees of our environment: nothing of the caller's locale, PGHOST and the like. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  // Whose number in a pid file is no reason to refuse, also with a shell in between.
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', PG_GRANDPARENT_PID: String(process.pid) };
}

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly account: ServerAccount | undefined;
  /** `false` takes the way of systems without setpriv. */
  readonly hasParentDeathSignal?: boolean;
}

/** The running server process. It stops cleanly when this process ends, even by SIGKILL. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;

  constructor(command: ServerCommand, log: StoreLog) {
    const { file, args, cwd, account } = command;
    const isTied = command.hasParentDeathSignal ?? existsSync(setpriv);
    this.#child = spawn(
      isTied ? setpriv : '/bin/sh',
      isTied ? ['--pdeathsig=INT', '--', file, ...args] : ['-c', watchdog, 'sh', file, ...args],
      {
        cwd,
        env: serverEnvironment(),
        // A process group of its own: Ctrl-C reaches Tidegate alone, which stops the server last.
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', isTied ? 'ignore' : 'pipe'],
        ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      },
    );
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#lastLines.push(error.message);
        resolve();
      });
      this.#child.once('exit', () => resolve());
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text, log));
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What the server wrote last, for an error message. */
  get output(): string {
    return this.#lastLines.join('\n');
  }

  /** Fast shutdown: sessions are ended, a checkpoint is written. After `withinMs` at once, which costs a recovery. */
  async stop(withinMs: number): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill('SIGINT');
    const impatience = setTimeout(() => this.#child.kill('SIGQUIT'), withinMs);
    await this.exited;
    clearTimeout(impatience);
  }

  #keep(text: string, log: StoreLog): void {
    for (const line of text.split('\n').filter((part) => part !== '')) {
      log.debug({ line }, 'embedded PostgreSQL');
      this.#lastLines.push(line);
      if (this.#lastLines.length > 40) this.#lastLines.shift();
    }
  }
}
