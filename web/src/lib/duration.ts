const minutesOf = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 } as const;

/** The longest time an access request may ask for, in minutes. */
export const longestMinutes = 366 * 24 * 60;

/**
 * Reads a length of time as people type it: `30m`, `1h`, `1h 30m`, `1.5h`, `2 days`, `90` (minutes). Null when it is none,
 * shorter than a minute or longer than a year.
 */
export function parseDuration(typed: string): number | null {
  const text = typed.trim().toLowerCase();
  if (/^\d+$/.test(text)) return inRange(Number(text));
  const pattern = /(\d+(?:[.,]\d+)?)\s*(minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![a-z])/g;
  if (text === '' || text.replace(pattern, '').replace(/[\s,]+|and/g, '') !== '') return null;
  let minutes = 0;
  for (const [, amount = '0', unit = 'm'] of text.matchAll(pattern)) {
    minutes += Number(amount.replace(',', '.')) * minutesOf[unit[0] as keyof typeof minutesOf];
  }
  return inRange(Math.round(minutes));
}

function inRange(minutes: number): number | null {
  return minutes >= 1 && minutes <= longestMinutes ? minutes : null;
}

/** `30 minutes`, `4 hours`, `1 day`: a length as it is said in a sentence. */
export function durationWords(minutes: number): string {
  for (const [unit, name] of [
    [24 * 60, 'day'],
    [60, 'hour'],
  ] as const) {
    if (minutes >= unit && minutes % unit === 0) return count(minutes / unit, name);
  }
  if (minutes > 60) return `${count(Math.floor(minutes / 60), 'hour')} ${count(minutes % 60, 'minute')}`;
  return count(minutes, 'minute');
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
