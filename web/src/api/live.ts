import type { QueryClient } from '@tanstack/react-query';
import type { ChangeEvent } from '@tidegate/contract';
import { readServerTime } from './server-clock.ts';
import { isStaleBy, type Topic } from './topics.ts';

const gatherMs = 60;
const firstRetryMs = 500;
const longestRetryMs = 15_000;

export type LiveState = 'connecting' | 'live' | 'interrupted';

/** Takes everything that changed within a blink and reads the screen anew once. */
function changeGatherer(client: QueryClient): { add(topic: Topic): void; stop(): void } {
  const topics = new Set<Topic>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const changed = new Set(topics);
    topics.clear();
    void client.invalidateQueries({ predicate: (query) => isStaleBy(String(query.queryKey[0]), changed) });
  };
  return {
    add(topic) {
      topics.add(topic);
      timer ??= setTimeout(flush, gatherMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/**
 * Keeps the screen live: `change` events make the answers they touch stale, `clock` events set the server's clock. After
 * an interruption everything on screen is read anew, because events that were missed are not repeated.
 */
export function connectLive(client: QueryClient, onState: (state: LiveState) => void): () => void {
  const gatherer = changeGatherer(client);
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let retryMs = firstRetryMs;
  let wasInterrupted = false;
  let isStopped = false;

  const connect = () => {
    source = new EventSource('/api/v1/events');
    source.addEventListener('open', () => {
      retryMs = firstRetryMs;
      onState('live');
      if (wasInterrupted) void client.invalidateQueries({ refetchType: 'active' });
      wasInterrupted = false;
    });
    source.addEventListener('change', (event) => {
      const change = JSON.parse(event.data) as ChangeEvent;
      gatherer.add(change.topic);
    });
    source.addEventListener('clock', (event) => readServerTime(clockReading(event.data)));
    source.addEventListener('error', () => {
      wasInterrupted = true;
      source?.close();
      if (isStopped) return;
      onState('interrupted');
      retry = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    });
  };

  onState('connecting');
  connect();
  return () => {
    isStopped = true;
    clearTimeout(retry);
    gatherer.stop();
    source?.close();
  };
}

function clockReading(data: string): string {
  const parsed: unknown = JSON.parse(data);
  if (typeof parsed === 'string') return parsed;
  return typeof parsed === 'object' && parsed !== null && 'serverNow' in parsed ? String(parsed.serverNow) : '';
}
