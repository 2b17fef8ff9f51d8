import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Takes the answer out of the framework's hands; the headers that hooks have set go along. */
export function beginStream(reply: FastifyReply, contentType: string): ServerResponse {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  // Proxies must not hold lines back.
  reply.raw.writeHead(200, { 'content-type': contentType, 'x-accel-buffering': 'no' });
  reply.raw.flushHeaders();
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
  const response = beginStream(reply, 'application/x-ndjson; charset=utf-8');
  try {
    for (let next = first; !next.done && !signal.aborted; next = await rest.next()) {
      if (next !== first) check(next.value);
      await writeChunk(response, `${JSON.stringify(next.value)}\n`, signal);
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    await rest.return?.();
  }
}
