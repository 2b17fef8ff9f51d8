import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TidegateOptions } from './tidegate.ts';

export interface Fault {
  /** Of the database servers, the store's among them, whose messages are counted; over a socket file always. */
  readonly ports: readonly number[];
  /** The message at which the process ends itself with SIGKILL, from 1. */
  readonly step: number;
  /** Null: the message is never sent. Otherwise it is, and the process lives on for so many milliseconds. */
  readonly delayMs: number | null;
  /** Processes that are killed with it, just before. */
  readonly alsoPids?: readonly number[];
}

const armedWithinMs = 10_000;

/** Ends a running Tidegate at a step of its work with the database servers, without a line of test code in it. */
export class FaultPoint {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async prepare(): Promise<FaultPoint> {
    return new FaultPoint(await mkdtemp(join(tmpdir(), 'tidegate-fault-')));
  }

  /** What the server is to be started with. */
  get options(): Pick<TidegateOptions, 'nodeArgs' | 'env'> {
    return {
      nodeArgs: ['--import', join(import.meta.dirname, 'fault-point-preload.ts')],
      env: {
        TEST_FAULT_POINT: this.#file,
        // Starting so often takes its time: Node keeps what it has compiled, once a process could end by itself.
        NODE_COMPILE_CACHE: join(this.#folder, 'compiled'),
      },
    };
  }

  get #file(): string {
    return join(this.#folder, 'fault.json');
  }

  /** Resolves when the process counts. */
  async arm(pid: number, fault: Fault): Promise<void> {
    await rm(`${this.#file}.armed`, { force: true });
    await writeFile(this.#file, JSON.stringify(fault));
    process.kill(pid, 'SIGUSR2');
    const until = performance.now() + armedWithinMs;
    while (!existsSync(`${this.#file}.armed`)) {
      if (performance.now() > until) throw new Error('the server did not hear of its fault');
      await pause(1);
    }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
