import type { Cell, ResultSink } from '../engine.ts';
import { readRow } from './cells.ts';
import type { DriverPacket } from './driver.ts';
import { type CellReading, readColumnType } from './result-columns.ts';
import type { QueryEnd, QueryListener, WireColumn } from './text-query.ts';

const batchRows = 500;
const batchBytes = 65_536;

export interface StreamLimits {
  readonly maxRows: number;
  readonly maxCellLength: number;
}

/** What the stream needs of its connection. */
export interface Tap {
  pause(): void;
  resume(): void;
  /** The rest of the result is not wanted: the server should stop. Called once. */
  stop(): void;
}

/**
 * Carries one result to its sink in batches. While the sink works on one batch the next is gathered; when that is
 * full too, the connection is paused, and with it the server.
 */
export class ResultStream implements QueryListener {
  readonly #sink: ResultSink;
  readonly #limits: StreamLimits;
  readonly #tap: Tap;
  readonly #finished = Promise.withResolvers<QueryEnd>();
  #readings: readonly CellReading[] = [];
  #batch: Cell[][] = [];
  #batchSize = 0;
  #delivery: Promise<void> | null = null;
  #heldSince: number | null = null;
  #isStopped = false;
  rowCount = 0;
  isCut = false;
  heldMs = 0;
  sinkError: { readonly reason: unknown } | null = null;

  constructor(sink: ResultSink, limits: StreamLimits, tap: Tap) {
    this.#sink = sink;
    this.#limits = limits;
    this.#tap = tap;
  }

  /** Settles when the server is done and the sink has taken all; rejects with the server's or driver's error. */
  get finished(): Promise<QueryEnd> {
    return this.#finished.promise;
  }

  columns(wire: readonly WireColumn[]): void {
    const columns = wire.map(readColumnType);
    this.#readings = columns.map(({ reading }) => reading);
    this.#deliver(() => this.#sink.columns(columns.map(({ column }) => column)));
  }

  row(packet: DriverPacket): void {
    if (this.#isStopped) return;
    if (this.rowCount === this.#limits.maxRows) {
      this.isCut = true;
      this.#stop();
      return;
    }
    this.#batchSize += packet.end - packet.offset;
    this.#batch.push(readRow(packet, this.#readings, this.#limits.maxCellLength));
    this.rowCount += 1;
    if (this.#batch.length >= batchRows || this.#batchSize >= batchBytes) this.#flush();
  }

  done(end: QueryEnd): void {
    void this.#drain().then(() => this.#finished.resolve(end));
  }

  failed(error: Error): void {
    // Rows that arrived before the error are still delivered: the person sees how far it came.
    void this.#drain().then(() => this.#finished.reject(error));
  }

  #flush(): void {
    if (this.#delivery !== null) {
      this.#hold();
      return;
    }
    const rows = this.#batch;
    this.#batch = [];
    this.#batchSize = 0;
    if (rows.length > 0) this.#deliver(() => this.#sink.rows(rows));
  }

  #deliver(call: () => void | Promise<void>): void {
    try {
      const delivery = call();
      if (delivery === undefined) return;
      this.#delivery = delivery.then(
        () => this.#delivered(),
        (reason: unknown) => {
          this.#sinkFailed(reason);
          this.#delivered();
        },
      );
    } catch (error) {
      this.#sinkFailed(error);
    }
  }

  #delivered(): void {
    this.#delivery = null;
    if (this.#heldSince === null) return;
    this.heldMs += performance.now() - this.#heldSince;
    this.#heldSince = null;
    if (!this.#isStopped) this.#flush();
    this.#tap.resume();
  }

  #hold(): void {
    if (this.#heldSince !== null) return;
    this.#heldSince = performance.now();
    this.#tap.pause();
  }

  #sinkFailed(reason: unknown): void {
    this.sinkError ??= { reason };
    this.#batch = [];
    this.#stop();
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#tap.stop();
  }

  async #drain(): Promise<void> {
    const since = performance.now();
    while (this.#delivery !== null || (this.#batch.length > 0 && this.sinkError === null)) {
      if (this.#delivery === null) this.#flush();
      else await this.#delivery;
    }
    this.heldMs += performance.now() - since;
  }
}
