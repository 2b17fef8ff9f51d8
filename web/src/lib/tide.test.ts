import { describe, expect, it } from 'vitest';
import { type TideSource, tideAt } from './tide.ts';

const minute = 60_000;
const hour = 60 * minute;
const noon = new Date(2026, 10, 24, 12, 0).getTime();
const active = (lengthMs: number): TideSource => ({ startsAt: noon, expiresAt: noon + lengthMs, state: 'active' });

describe('the tide line', () => {
  it('is full when a grant begins and says how much is left and until when', () => {
    expect(tideAt(active(hour), noon)).toMatchObject({ fraction: 1, tone: 'running', words: '1 h left, until 13:00' });
  });

  it('has drained to what is left', () => {
    const tide = tideAt(active(hour), noon + 18 * minute);
    expect(tide.fraction).toBeCloseTo(0.7);
    expect(tide.words).toBe('42 min left, until 13:00');
  });

  it('turns amber for the last ten minutes', () => {
    expect(tideAt(active(hour), noon + 50 * minute - 1).tone).toBe('running');
    expect(tideAt(active(hour), noon + 50 * minute).tone).toBe('soon');
  });

  it('turns amber under a tenth of a long grant', () => {
    expect(tideAt(active(10 * hour), noon + 9 * hour - 1).tone).toBe('running');
    expect(tideAt(active(10 * hour), noon + 9 * hour).tone).toBe('soon');
  });

  it('counts seconds in the last two minutes', () => {
    expect(tideAt(active(minute), noon + 15_500).words).toBe('44 s left, until 12:01:00');
  });

  it('is ending at the very instant of its end, because the end is excluded', () => {
    expect(tideAt(active(hour), noon + hour)).toMatchObject({ fraction: 0, tone: 'closing', words: 'ending' });
  });

  it('is dashed while the server closes it and grey when that is proven', () => {
    expect(tideAt({ ...active(hour), state: 'closing' }, noon).tone).toBe('closing');
    const closed = tideAt({ ...active(hour), state: 'closed', endedAt: noon + 5 * minute }, noon + 30 * minute);
    expect(closed).toEqual({ fraction: 0, tone: 'closed', words: 'closed 12:05', nextChangeMs: null });
  });

  it('never changes when there is no end', () => {
    const tide = tideAt({ startsAt: noon, expiresAt: null, state: 'active' }, noon);
    expect(tide).toEqual({ fraction: 1, tone: 'running', words: 'no end', nextChangeMs: null });
  });

  it('says when it starts while it is scheduled', () => {
    expect(tideAt(active(hour), noon - 3 * hour).words).toBe('starts 12:00, in 3 h');
  });

  it('is drawn anew exactly when its words change, not before', () => {
    for (const left of [90 * minute + 1, 42 * minute + 500, 2 * minute + 30_000, 30_250, 10_000]) {
      const now = noon + 2 * hour - left;
      const source = active(2 * hour);
      const { words, nextChangeMs } = tideAt(source, now);
      if (nextChangeMs === null) throw new Error('a running grant always changes');
      const isSoonerForTheBar = nextChangeMs < 2 * hour;
      expect(isSoonerForTheBar).toBe(true);
      expect(tideAt(source, now + Math.min(nextChangeMs, 999) - 1).words === words || nextChangeMs <= 1000).toBe(true);
    }
  });

  it('waits no longer than until a second changes when seconds are shown', () => {
    const { nextChangeMs } = tideAt(active(minute), noon + 10_250);
    expect(nextChangeMs).toBeGreaterThan(0);
    expect(nextChangeMs).toBeLessThanOrEqual(1000);
  });
});
