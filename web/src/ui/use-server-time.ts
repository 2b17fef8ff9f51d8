import { useEffect, useReducer } from 'react';
import { onClockCorrected, serverNow } from '../api/server-clock.ts';

const longestTimerMs = 2 ** 31 - 1;

/**
 * The server's time, drawn anew after `nextChangeMs(now)` (null: never again) or when the clock was corrected. Components
 * say themselves when they change next, so that nothing ticks that nobody can see change.
 */
export function useServerTime(nextChangeMs: (now: number) => number | null): number {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const now = serverNow();
  const wait = nextChangeMs(now);
  useEffect(() => onClockCorrected(redraw), []);
  useEffect(() => {
    if (wait === null) return;
    const timer = setTimeout(redraw, Math.min(wait, longestTimerMs));
    return () => clearTimeout(timer);
  });
  return now;
}
