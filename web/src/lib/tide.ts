import { instantWords, lengthWords } from './time-words.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const amberMs = 10 * minuteMs;
const amberFraction = 0.1;
/** A bar is at most this wide on screen: redrawing more often than each pixel would not be seen. */
const widthPx = 240;

/** What of a grant the tide line needs. Instants in milliseconds of the server's clock. */
export interface TideSource {
  readonly startsAt: number;
  /** Null for a grant without an end. */
  readonly expiresAt: number | null;
  readonly state: 'scheduled' | 'active' | 'closing' | 'closed';
  readonly endedAt?: number | null;
}

export interface Tide {
  /** What is left, from 1 (just begun) to 0 (ended). */
  readonly fraction: number;
  readonly tone: 'scheduled' | 'running' | 'soon' | 'closing' | 'closed';
  readonly words: string;
  /** When the picture or the words change next; null when they never do. */
  readonly nextChangeMs: number | null;
}

/** The tide line at an instant. */
export function tideAt(source: TideSource, now: number): Tide {
  if (source.state === 'closed') {
    const words = source.endedAt ? `closed ${instantWords(source.endedAt, now)}` : 'closed';
    return { fraction: 0, tone: 'closed', words, nextChangeMs: null };
  }
  if (source.state === 'closing') return { fraction: 0, tone: 'closing', words: 'closing', nextChangeMs: null };
  if (now < source.startsAt) {
    const words = `starts ${instantWords(source.startsAt, now)}, in ${lengthWords(source.startsAt - now)}`;
    return { fraction: 1, tone: 'scheduled', words, nextChangeMs: nextWordsChange(source.startsAt - now) };
  }
  if (source.expiresAt === null) return { fraction: 1, tone: 'running', words: 'no end', nextChangeMs: null };
  return running(source.startsAt, source.expiresAt, now);
}

function running(startsAt: number, expiresAt: number, now: number): Tide {
  const left = expiresAt - now;
  // The end has passed and the server has not said yet that it closes: it will within a second.
  if (left <= 0) return { fraction: 0, tone: 'closing', words: 'ending', nextChangeMs: null };
  const total = Math.max(1, expiresAt - startsAt);
  const fraction = Math.min(1, left / total);
  return {
    fraction,
    tone: left <= amberMs || fraction <= amberFraction ? 'soon' : 'running',
    words: `${lengthWords(left)} left, until ${instantWords(expiresAt, now)}`,
    nextChangeMs: Math.max(50, Math.min(nextWordsChange(left), Math.max(1000, total / widthPx))),
  };
}

/** How long `lengthWords` of a shrinking length stays the same. */
function nextWordsChange(left: number): number {
  const unit = left < 2 * minuteMs + 1000 ? 1000 : left < 24 * hourMs ? minuteMs : hourMs;
  return (left % unit) + 1;
}
