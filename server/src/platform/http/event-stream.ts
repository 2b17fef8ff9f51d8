import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { beginStream, writeChunk } from './stream-answer.ts';

export interface EventStream {
  readonly reply: FastifyReply;
  readonly items: AsyncIterable<unknown>;
  /** Aborted when the browser goes away; aborted here when the stream is over, so that the source lets go. */
  readonly life: AbortController;
  readonly check: (item: unknown) => void;
  readonly serverNow: () => Promise<Date>;
  /** False when the person is signed out by now; reads his rights anew. Throws when that cannot be known. */
  readonly isStillSignedIn: () => Promise<boolean>;
  readonly clockIntervalMs: number;
}

/** Changes of `me` alone may have taken the sign-in or rights away. */
const touchesActor = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && (item as { topic?: unknown }).topic === 'me';

/**
 * Server-sent events: `change` for each item, and `clock` at once and at every interval, which keeps proxies from
 * closing an idle stream too. Ends at sign-out, at server stop and, failing closed, when rights cannot be read.
 */
export async function answerEvents(stream: EventStream): Promise<void> {
  const { signal } = stream.life;
  const rest = stream.items[Symbol.asyncIterator]();
  const now = await stream.serverNow();
  const response = beginStream(stream.reply, 'text/event-stream; charset=utf-8');
  const send = (event: string, data: unknown) =>
    writeChunk(response, `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`, signal);
  const clock = (at: Date) => send('clock', { serverNow: at.toISOString() });

  const tick = async (): Promise<void> => {
    while (!signal.aborted) {
      await delay(stream.clockIntervalMs, undefined, { signal });
      if (!(await stream.isStillSignedIn())) return;
      await clock(await stream.serverNow());
    }
  };
  const relay = async (): Promise<void> => {
    for (let next = await rest.next(); !next.done && !signal.aborted; next = await rest.next()) {
      if (touchesActor(next.value) && !(await stream.isStillSignedIn())) return;
      stream.check(next.value);
      await send('change', next.value);
    }
  };

  try {
    await clock(now);
    await Promise.race([tick(), relay()]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stream.life.abort();
    response.end();
    await rest.return?.();
  }
}
