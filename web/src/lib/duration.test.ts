import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationWords, longestMinutes, parseDuration } from './duration.ts';

describe('a length of time as people type it', () => {
  it.each([
    ['30m', 30],
    ['1h', 60],
    ['1h 30m', 90],
    ['1h30m', 90],
    ['1.5h', 90],
    ['1,5 h', 90],
    ['2 days', 2880],
    ['1 week', 10_080],
    ['1 hour and 5 minutes', 65],
    ['90', 90],
    [' 4H ', 240],
  ])('%s is %i minutes', (typed, minutes) => {
    expect(parseDuration(typed)).toBe(minutes);
  });

  it.each(['', 'soon', '0', '0m', '-5m', '10 parsecs', '5 mh', '1h foo', '400 days', '1e3', '∞'])(
    '%s is none',
    (typed) => {
      expect(parseDuration(typed)).toBeNull();
    },
  );

  it('reads back what it says, for every length that may be asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: longestMinutes }), (minutes) => {
        expect(parseDuration(durationWords(minutes))).toBe(minutes);
      }),
    );
  });
});
