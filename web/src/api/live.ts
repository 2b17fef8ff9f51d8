import type { QueryClient } from '@tanstack/react-query';
import type { ChangeEvent } from '@tidegate/contract';
import { type LiveMessage, shareEventStream } from './event-source.ts';
import { readAgain } from './read-again.ts';
import { readServerTime } from './server-clock.ts';
import { isStaleBy, type Topic } from './topics.ts';

const gatherMs = 60;

export type LiveState = 'connecting' | 'live' | 'interrupted';

/** Takes everything that changed within a blink and reads the screen anew once. */
function changeGatherer(client: QueryClient): { add(topic: Topic): void; stop(): void } {
  const topics = new Set<Topic>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const changed = new Set(topics);
    topics.clear();
    readAgain(client, ({ queryKey }) => isStaleBy(String(queryKey[0]), changed));
  };
  return {
    add(topic) {
      topics.add(topic);
      timer ??= setTimeout(flush, gatherMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Keeps the screen live: `change` events make the answers they touch stale, `clock` events set the server's clock. */
export function connectLive(client: QueryClient, personId: string, onState: (state: LiveState) => void): () => void {
  const gatherer = changeGatherer(client);
  const hear = (message: LiveMessage) => {
    if (message.kind === 'clock') return readServerTime(clockReading(message.data));
    if (message.kind === 'change') return gatherer.add((JSON.parse(message.data) as ChangeEvent).topic);
    onState(message.kind);
  };
  onState('connecting');
  const stop = shareEventStream(personId, hear);
  return () => {
    stop();
    gatherer.stop();
  };
}

function clockReading(data: string): string {
  const parsed: unknown = JSON.parse(data);
  return typeof parsed === 'object' && parsed !== null && 'serverNow' in parsed ? String(parsed.serverNow) : '';
}
