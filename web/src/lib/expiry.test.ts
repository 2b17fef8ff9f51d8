import { describe, expect, it } from 'vitest';
import { expiryProblem, expiryWords, fromLocalField, nextEvening, toLocalField } from './expiry.ts';

const at = (hours: number, minutes = 0) => new Date(2026, 10, 24, hours, minutes).getTime();

describe('an expiration', () => {
  it('until this evening is 18:00 today, or tomorrow when that is less than a quarter of an hour away', () => {
    expect(new Date(nextEvening(at(9))).toString()).toBe(new Date(2026, 10, 24, 18).toString());
    expect(new Date(nextEvening(at(17, 45))).toString()).toBe(new Date(2026, 10, 24, 18).toString());
    expect(new Date(nextEvening(at(17, 46))).toString()).toBe(new Date(2026, 10, 25, 18).toString());
    expect(new Date(nextEvening(at(23))).toString()).toBe(new Date(2026, 10, 25, 18).toString());
  });

  it('is said in words', () => {
    expect(expiryWords({ kind: 'after', minutes: 30 }, at(9))).toBe('for 30 minutes');
    expect(expiryWords({ kind: 'at', at: new Date(at(18)).toISOString() }, at(9))).toBe('until 18:00');
    expect(expiryWords({ kind: 'never' }, at(9))).toBe('without an end');
  });

  it('in the past, in this minute, or more than a year ahead is refused with the reason', () => {
    const until = (instant: number) => expiryProblem({ kind: 'at', at: new Date(instant).toISOString() }, at(9));
    expect(until(at(8))).toContain('has passed');
    expect(until(at(9))).toContain('has passed');
    expect(until(at(9, 1))).toBeNull();
    expect(until(at(9) + 367 * 24 * 60 * 60_000)).toBe('At most a year ahead.');
    expect(expiryProblem(null, at(9))).toContain('Say how long');
  });

  it('survives the date field to the minute', () => {
    expect(fromLocalField(toLocalField(at(18, 30)))).toBe(new Date(at(18, 30)).toISOString());
    expect(fromLocalField('')).toBeNull();
  });
});
