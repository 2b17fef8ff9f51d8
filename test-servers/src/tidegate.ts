import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';

const mainFile = resolve(import.meta.dirname, '../../server/src/main/main.ts');
const startTimeoutMs = 60_000;
/** As `npm start` gives them. */
const nodeFlags = ['--max-semi-space-size=16'];

export interface TidegateOptions {
  /** Kept between starts when given; otherwise a new folder that `stop` removes. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A module loaded before the server, e.g. to count something in it. */
  readonly nodeArgs?: readonly string[];
}

/** A whole Tidegate: the server process as `npm start` runs it, on a port and a data folder of its own. */
export interface RunningTidegate {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number;
  /** From spawning to the first answer of `/readyz`, milliseconds. */
  readonly startMs: number;
  output(): string;
  /** Stops cleanly; removes the data folder unless it was given. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

export async function startTidegate(options: TidegateOptions = {}): Promise<RunningTidegate> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tidegate-data-')));
  // As root the store runs as another user, who must be able to enter.
  if (options.dataDir === undefined) await chmod(dataDir, 0o711);
  const port = options.port ?? (await freePort());
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, ...(options.nodeArgs ?? []), mainFile], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LANG: 'C.UTF-8',
      PORT: String(port),
      HOST: '127.0.0.1',
      TIDEGATE_DATA: dataDir,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-200_000);
    });
  }
  const exited = once(child, 'close');
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child, () => output);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    url,
    port,
    dataDir,
    pid: child.pid ?? 0,
    startMs: performance.now() - startedAt,
    output: () => output,
    stop: async () => {
      await end('SIGTERM');
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    ended: exited.then(() => undefined),
  };
}

/** Asks until the server answers that it is ready; a process that ends before is an error with what it wrote. */
async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const until = performance.now() + startTimeoutMs;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`Tidegate ended before it was ready:\n${output()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`Tidegate was not ready within ${startTimeoutMs / 1000} s:\n${output()}`);
}
