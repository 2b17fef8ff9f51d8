import { Worker } from 'node:worker_threads';
import type { Analysis } from './analysis.ts';
import { unsure } from './analysis.ts';
import type { WorkerAnswer, WorkerJob } from './analysis-worker.ts';

export interface Outcome {
  readonly analysis: Analysis;
  /** Another try would find the same. False when time ran out or the thread was lost. */
  readonly isLasting: boolean;
}

interface Waiting {
  readonly job: WorkerJob;
  readonly resolve: (outcome: Outcome) => void;
}

/** A thread and whether it has loaded its parsers. */
interface Thread {
  readonly worker: Worker;
  isReady: boolean;
}

/**
 * Runs analyses in one worker thread, one after the other. A statement that takes longer than the limit, or
 * breaks an engine, ends the thread and is "not sure"; the next one gets a new thread. Never rejects.
 */
export class IsolatedAnalysis {
  private readonly limitMs: number;
  private readonly queue: Waiting[] = [];
  private thread: Thread | null = null;
  private current: Waiting | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  analyse(job: WorkerJob): Promise<Outcome> {
    return new Promise((resolve) => {
      this.queue.push({ job, resolve });
      this.next();
    });
  }

  /** Starts the thread ahead of the first statement. */
  start(): void {
    this.thread ??= this.startThread();
  }

  /** Ends the thread. What is under way or waiting becomes "not sure". */
  async close(): Promise<void> {
    const { thread } = this;
    const waiting = this.queue.splice(0);
    this.drop('The analysis was closed.');
    for (const { resolve } of waiting) resolve({ analysis: unsure('The analysis was closed.'), isLasting: false });
    await thread?.worker.terminate();
  }

  private next(): void {
    if (this.current !== null) return;
    const waiting = this.queue[0];
    if (waiting === undefined) return;
    this.thread ??= this.startThread();
    // An idle thread must not keep the process alive, a busy one must.
    this.thread.worker.ref();
    if (!this.thread.isReady) return;
    this.queue.shift();
    this.current = waiting;
    this.timer = setTimeout(() => this.drop(`Its analysis took longer than ${this.limitMs / 1000} s.`), this.limitMs);
    this.thread.worker.postMessage(waiting.job);
  }

  private startThread(): Thread {
    const worker = new Worker(new URL('./analysis-worker.ts', import.meta.url));
    const thread: Thread = { worker, isReady: false };
    worker.unref();
    worker.on('message', (answer: WorkerAnswer) => {
      if (this.thread === thread) this.receive(thread, answer);
    });
    const onEnd = () => {
      if (this.thread === thread) this.drop('The analysis broke off.');
    };
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
    return thread;
  }

  private receive(thread: Thread, answer: WorkerAnswer): void {
    if (answer.ready) {
      thread.isReady = true;
      if (this.queue.length === 0) thread.worker.unref();
    } else if (answer.analysis === null) {
      this.drop('It is too complex to be analysed.', true);
      return;
    } else {
      this.settle({ analysis: answer.analysis, isLasting: true });
      if (this.queue.length === 0) thread.worker.unref();
    }
    this.next();
  }

  private settle(outcome: Outcome): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const done = this.current;
    this.current = null;
    done?.resolve(outcome);
  }

  /** Gives up the thread and the statement it was at (or, when it never got ready, the first that waits). */
  private drop(reason: string, isLasting = false): void {
    const { thread } = this;
    this.thread = null;
    if (this.current === null) this.current = this.queue.shift() ?? null;
    this.settle({ analysis: unsure(reason), isLasting });
    // terminate() reports nothing that the 'exit' handler would not; a thread that is gone already is fine.
    void thread?.worker.terminate();
    this.next();
  }
}
