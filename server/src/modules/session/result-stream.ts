import type { StatementLine } from '@tidegate/contract';

/** Lines waiting for a slow reader before the database is held back. */
const highWaterLines = 4;

/**
 * Hands lines from a result that is pushed (the engine's sink) to a reader that pulls (the HTTP answer), and holds the
 * pusher back while the reader is behind, so that memory stays bounded whatever the result's size.
 */
export class ResultStream implements AsyncIterable<StatementLine> {
  #lines: StatementLine[] = [];
  #isClosed = false;
  #wakeReader: (() => void) | null = null;
  #releaseWriter: (() => void) | null = null;

  /** Resolves when there is room again. */
  push(line: StatementLine): void | Promise<void> {
    if (this.#isClosed) return;
    this.#lines.push(line);
    this.#wake();
    if (this.#lines.length < highWaterLines) return;
    return new Promise((resolve) => {
      this.#releaseWriter = resolve;
    });
  }

  /** No further line comes; also called when the reader has gone, which lets the pusher run on into nothing. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StatementLine> {
    try {
      while (true) {
        const line = this.#lines.shift();
        if (line !== undefined) {
          if (this.#lines.length < highWaterLines) this.#release();
          yield line;
        } else if (this.#isClosed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
        }
      }
    } finally {
      this.#lines = [];
      this.close();
    }
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = null;
  }

  #release(): void {
    this.#releaseWriter?.();
    this.#releaseWriter = null;
  }
}
