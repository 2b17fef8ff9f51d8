import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { serverAccount } from './server-account.ts';

const run = promisify(execFile);
const setpriv = '/usr/bin/setpriv';

/** Runs a program to its end as the servers' account; its output is in the error when it fails. */
export async function runProgram(file: string, args: readonly string[], cwd: string): Promise<void> {
  await run(file, [...args], { cwd, env: plainEnvironment(), maxBuffer: 1 << 26, ...serverAccount() });
}

/** One server process: what it wrote last, and how it ends. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #output = '';

  constructor(file: string, args: readonly string[], cwd: string) {
    // A test run that is killed must not leave servers: the kernel ends them together with this process.
    const tied = existsSync(setpriv);
    this.#child = spawn(tied ? setpriv : file, tied ? ['--pdeathsig=KILL', '--', file, ...args] : [...args], {
      cwd,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...serverAccount(),
    });
    this.#exited = once(this.#child, 'close').then(
      () => undefined,
      () => undefined,
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-8_000);
      });
    }
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get output(): string {
    return this.#output;
  }

  /** Sends the signal and waits until the process is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.#exited;
  }
}

/** The caller's PGHOST, MYSQL_HOME and the like must not reach a server that a test describes completely. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC', HOME: '/nonexistent' };
}
