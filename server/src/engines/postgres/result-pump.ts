import type { Cell, ResultColumn, ResultSink } from '../engine.ts';

const rowsPerBatch = 500;
const batchBytes = 64 * 1024;
/** A statement that trickles rows shows them this soon. */
const batchAgeMs = 20;

/** What can be told to stop and go on sending: a socket. */
export interface Valve {
  pause(): unknown;
  resume(): unknown;
}

/**
 * Hands rows to the sink in batches and in order, one call at a time, and stops the server while the sink works on
 * one. What has been read but not delivered stays under one chunk of the socket.
 */
export class ResultPump {
  readonly #sink: ResultSink;
  readonly #valve: Valve;
  readonly #onFailure: () => void;
  #batch: (readonly Cell[])[] = [];
  #batchBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #queue: (() => void | Promise<void>)[] = [];
  #isDelivering = false;
  #heldSince = 0;
  #heldMs = 0;
  #idle: (() => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(sink: ResultSink, valve: Valve, onFailure: () => void) {
    this.#sink = sink;
    this.#valve = valve;
    this.#onFailure = onFailure;
  }

  /** How long the sink held the server back. */
  get heldMs(): number {
    return this.#heldMs;
  }

  /** What the sink failed with; nothing is delivered after that. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  columns(columns: readonly ResultColumn[]): void {
    this.#deliver(() => this.#sink.columns(columns));
  }

  row(cells: readonly Cell[], bytes: number): void {
    this.#batch.push(cells);
    this.#batchBytes += bytes;
    if (this.#batch.length >= rowsPerBatch || this.#batchBytes >= batchBytes) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), batchAgeMs);
  }

  /** Delivers what is left; resolves when the sink has taken it. Never rejects: see `failure`. */
  async drain(): Promise<void> {
    this.#flush();
    if (!this.#isDelivering) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#deliver(() => this.#sink.rows(batch));
  }

  #deliver(call: () => void | Promise<void>): void {
    if (this.#failure !== null) return;
    if (this.#isDelivering) {
      this.#queue.push(call);
      return;
    }
    try {
      const taken = call();
      if (taken instanceof Promise) void this.#hold(taken);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #hold(first: Promise<void>): Promise<void> {
    this.#isDelivering = true;
    this.#heldSince = performance.now();
    this.#valve.pause();
    try {
      await first;
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await next();
    } catch (error) {
      this.#fail(error);
    }
    this.#heldMs += performance.now() - this.#heldSince;
    this.#isDelivering = false;
    this.#valve.resume();
    this.#idle?.();
  }

  #fail(error: unknown): void {
    this.#queue.length = 0;
    this.#failure ??= { error };
    this.#onFailure();
  }
}
