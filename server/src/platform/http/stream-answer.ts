import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** A small answer leaves whole, in one packet; of a slower or larger one the beginning leaves after this. */
const heldMs = 4;
const heldLength = 16_384;

/** Takes the answer out of the framework's hands; the headers that hooks have set go along. */
export function beginStream(reply: FastifyReply, contentType: string): ServerResponse {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  // Proxies must not hold lines back.
  reply.raw.writeHead(200, { 'content-type': contentType, 'x-accel-buffering': 'no' });
  return reply.raw;
}

/** Resolves when the reader can take more, or is gone (then `signal` is aborted). A slow reader holds the source back. */
export async function writeChunk(response: ServerResponse, chunk: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || response.write(chunk)) return;
  try {
    await once(response, 'drain', { signal });
  } catch (error) {
    // The reader went away while we waited for it: the caller sees it in the signal.
    if (!signal.aborted) throw error;
  }
}

/** Writes to the reader, but holds the beginning back for a moment: the fewer packets, the sooner a small answer is read. */
class HeldBeginning {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  #held: string | null = '';

  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
    this.#timer = setTimeout(() => void this.letGo(), heldMs);
  }

  async write(text: string): Promise<void> {
    if (this.#held === null) return await writeChunk(this.#response, text, this.#signal);
    this.#held += text;
    if (this.#held.length > heldLength) await this.letGo();
  }

  async letGo(): Promise<void> {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = null;
    if (held) await writeChunk(this.#response, held, this.#signal);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#response.end(this.#held ?? '');
  }

  /** Breaks the connection; what was written before still reaches the reader. */
  drop(): void {
    clearTimeout(this.#timer);
    if (this.#held) this.#response.write(this.#held, () => this.#response.destroy());
    else this.#response.destroy();
  }
}

export interface LineStream {
  readonly reply: FastifyReply;
  readonly items: AsyncIterable<unknown>;
  readonly signal: AbortSignal;
  /** Checks one item against the contract where that is switched on. */
  readonly check: (item: unknown) => void;
}

/**
 * One JSON document a line. The first item is asked for before anything is answered, so that what is thrown until then
 * becomes a problem document. What fails after the first line breaks the connection, so that no reader takes it
 * for whole.
 */
export async function answerLines({ reply, items, signal, check }: LineStream): Promise<void> {
  const rest = items[Symbol.asyncIterator]();
  const first = await rest.next();
  if (!first.done) check(first.value);
  const reader = new HeldBeginning(beginStream(reply, 'application/x-ndjson; charset=utf-8'), signal);
  try {
    for (let next = first; !next.done && !signal.aborted; next = await rest.next()) {
      if (next !== first) check(next.value);
      await reader.write(`${JSON.stringify(next.value)}\n`);
    }
    reader.end();
  } catch (error) {
    reader.drop();
    throw error;
  } finally {
    await rest.return?.();
  }
}
