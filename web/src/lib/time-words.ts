const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSecondsFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const yearDayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const exactFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

const isSameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString();

/** An instant in full, for hovering: `Tue, 24 Nov 2026, 18:00:00 CET`. */
export function exactWords(at: number): string {
  return exactFormat.format(at);
}

/** `18:00` today, `24 Nov 18:00` this year, `24 Nov 2027 18:00` otherwise; seconds where the end is less than two minutes away. */
export function instantWords(at: number, now: number): string {
  const isClose = Math.abs(at - now) < 2 * minuteMs;
  const clock = (isClose ? clockSecondsFormat : clockFormat).format(at);
  if (isSameDay(at, now) || isClose) return clock;
  const isSameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return `${(isSameYear ? dayFormat : yearDayFormat).format(at)} ${clock}`;
}

/** The time of day to the second: `18:00:03`. */
export function clockWords(at: number): string {
  return clockSecondsFormat.format(at);
}

/** `Today`, `Yesterday`, else the date; the year where it is another. */
export function dayWords(at: number, now: number): string {
  if (isSameDay(at, now)) return 'Today';
  if (isSameDay(at, now - dayMs)) return 'Yesterday';
  const isSameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isSameYear ? dayFormat : yearDayFormat).format(at);
}

/** A length of time in at most two parts, rounded down: `42 min`, `1 h 5 min`, `3 days 4 h`, `50 s` under two minutes. */
export function lengthWords(ms: number): string {
  if (ms < 2 * minuteMs) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < dayMs) return twoParts(Math.floor(ms / hourMs), 'h', Math.floor((ms % hourMs) / minuteMs), 'min');
  const days = Math.floor(ms / dayMs);
  return twoParts(days, days === 1 ? 'day' : 'days', Math.floor((ms % dayMs) / hourMs), 'h');
}

function twoParts(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}

/** How long ago or ahead, in one part: `just now`, `5 min ago`, `in 2 h`, `3 days ago`, then the date. */
export function relativeWords(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 45_000) return at > now + 5000 ? 'in a moment' : 'just now';
  const words = onePart(distance);
  if (words === null) return instantWords(at, now);
  return at > now ? `in ${words}` : `${words} ago`;
}

function onePart(ms: number): string | null {
  if (ms < hourMs) return `${Math.max(1, Math.round(ms / minuteMs))} min`;
  if (ms < dayMs) return `${Math.round(ms / hourMs)} h`;
  if (ms >= 14 * dayMs) return null;
  const days = Math.round(ms / dayMs);
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}
