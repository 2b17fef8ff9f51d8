import { exactWords, relativeWords } from '../lib/time-words.ts';
import { useServerTime } from './use-server-time.ts';

/** `5 min ago`, with the exact instant on hover. */
export function RelativeTime({ at, none = 'never' }: { at: string | null; none?: string }) {
  const now = useServerTime(() => (at === null ? null : 30_000));
  if (at === null) return <span>{none}</span>;
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={exactWords(instant)}>
      {relativeWords(instant, now)}
    </time>
  );
}
