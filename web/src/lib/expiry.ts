import type { Expiry } from '@tidegate/contract';
import { durationWords, longestMinutes } from './duration.ts';
import { instantWords } from './time-words.ts';

const quarterHourMs = 15 * 60_000;
const eveningHour = 18;

/** The next 18:00 of this time zone that is at least a quarter of an hour away. */
export function nextEvening(now: number): number {
  const evening = new Date(now);
  evening.setHours(eveningHour, 0, 0, 0);
  if (evening.getTime() - now < quarterHourMs) evening.setDate(evening.getDate() + 1);
  return evening.getTime();
}

/** An end in words, before the decision: `for 30 minutes`, `until 24 Nov 18:00`, `without an end`. */
export function expiryWords(expiry: Expiry, now: number): string {
  if (expiry.kind === 'after') return `for ${durationWords(expiry.minutes)}`;
  if (expiry.kind === 'at') return `until ${instantWords(Date.parse(expiry.at), now)}`;
  return 'without an end';
}

/** Why an end cannot be asked for; null when it can. The server has the last word. */
export function expiryProblem(expiry: Expiry | null, now: number): string | null {
  if (expiry === null) return 'Say how long: for example 90m, 4h or 2 days.';
  if (expiry.kind !== 'at') return null;
  const at = Date.parse(expiry.at);
  if (Number.isNaN(at)) return 'Choose a date and a time.';
  if (at - now < 60_000) return 'This time has passed. Choose one that is at least a minute away.';
  if (at - now > longestMinutes * 60_000) return 'At most a year ahead.';
  return null;
}

/** What a `datetime-local` field shows for an instant: local time to the minute. */
export function toLocalField(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** The instant that a `datetime-local` field means; null while it is incomplete. */
export function fromLocalField(text: string): string | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
