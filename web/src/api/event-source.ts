import type { ChangeEvent } from '@tidegate/contract';

const firstRetryMs = 500;
const longestRetryMs = 15_000;
/** The server repeats five seconds more than it is asked for; asking may not take longer. */
const longestOpeningMs = 2_500;

/** What comes over the event stream, and whether it flows. */
export type LiveMessage =
  | { readonly kind: 'change' | 'clock'; readonly data: string }
  | { readonly kind: 'live' | 'interrupted' };

/** Since before its first reading. By the clock that says more: one may stand still in sleep, the other be set back. */
const ageOfPageMs = (): number => Math.ceil(Math.max(performance.now(), Date.now() - performance.timeOrigin));

const everything: LiveMessage = {
  kind: 'change',
  data: JSON.stringify({ topic: 'all', id: null, projectId: null } satisfies ChangeEvent),
};

/**
 * Reads the server's event stream until it is stopped; connects again, ever more patiently, when it breaks. Each time the
 * server begins with all that has changed since the page began, or says that it cannot know.
 */
export function readEventStream(onMessage: (message: LiveMessage) => void): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let retryMs = firstRetryMs;

  const connect = () => {
    const agoMs = ageOfPageMs();
    source = new EventSource(`/api/v1/events?agoMs=${agoMs}`);
    source.addEventListener('open', () => {
      retryMs = firstRetryMs;
      onMessage({ kind: 'live' });
      // It took so long to arrive that the server may not have looked back far enough.
      if (ageOfPageMs() - agoMs > longestOpeningMs) onMessage(everything);
    });
    source.addEventListener('change', ({ data }) => onMessage({ kind: 'change', data: String(data) }));
    source.addEventListener('clock', ({ data }) => onMessage({ kind: 'clock', data: String(data) }));
    source.addEventListener('error', () => {
      source?.close();
      onMessage({ kind: 'interrupted' });
      retry = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    });
  };

  connect();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}

/**
 * One event stream for all tabs of a person: browsers allow six connections to a server, and a seventh tab would wait for
 * ever. The tab that holds the lock reads the stream and passes on what it hears; when it closes, the next one takes over.
 * Without locks (plain http beyond localhost) each tab reads its own.
 */
export function shareEventStream(personId: string, onMessage: (message: LiveMessage) => void): () => void {
  if (!('locks' in navigator)) return readEventStream(onMessage);
  const name = `tidegate.live.${personId}`;
  const channel = new BroadcastChannel(name);
  const stop = new AbortController();
  let isReader = false;
  let latest: LiveMessage = { kind: 'interrupted' };

  channel.onmessage = ({ data }: MessageEvent<LiveMessage | 'hello'>) => {
    if (data === 'hello') {
      if (isReader) channel.postMessage(latest);
    } else if (!isReader) onMessage(data);
  };
  channel.postMessage('hello');

  const readForAll = () =>
    new Promise<void>((resolve) => {
      // The lock may come in the same instant as the stop; then nobody would hear the stop any more.
      if (stop.signal.aborted) return resolve();
      isReader = true;
      const end = readEventStream((message) => {
        if (message.kind === 'live' || message.kind === 'interrupted') latest = message;
        channel.postMessage(message);
        onMessage(message);
      });
      stop.signal.addEventListener('abort', () => {
        end();
        resolve();
      });
    });
  navigator.locks.request(name, { signal: stop.signal }, readForAll).catch(() => {
    // Stopped while another tab was reading: there is nothing to end here.
  });
  return () => {
    stop.abort();
    channel.close();
  };
}
