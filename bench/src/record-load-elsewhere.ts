import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadAnswer, LoadRequest } from './record-load-worker.ts';

/** A `RecordLoad` that runs in a thread of its own. */
export class RecordLoadElsewhere {
  readonly #worker: Worker;
  waits: readonly number[] = [];
  /** Events a second, over all times between start and stop. */
  rate = 0;

  constructor(url: string, writer: string | null, processor: number | null) {
    const workerData = { url, writer, processor };
    this.#worker = new Worker(new URL('./record-load-worker.ts', import.meta.url), { workerData });
  }

  start(eventsPerSecond: number): Promise<void> {
    return this.#ask({ what: 'start', eventsPerSecond });
  }

  /** Resolves when all that is waiting is written. */
  stop(): Promise<void> {
    return this.#ask({ what: 'stop' });
  }

  async close(): Promise<void> {
    await this.#ask({ what: 'close' });
    await this.#worker.terminate();
  }

  async #ask(request: LoadRequest): Promise<void> {
    this.#worker.postMessage(request);
    const [answer] = (await once(this.#worker, 'message')) as [LoadAnswer];
    this.rate = answer.rate;
    if (answer.waits.length > 0) this.waits = answer.waits;
  }
}
