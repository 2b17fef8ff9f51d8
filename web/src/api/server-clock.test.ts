import { describe, expect, it } from 'vitest';
import { readServerTime, serverNow } from './server-clock.ts';

const isoAt = (ms: number) => new Date(ms).toISOString();

describe('the server’s clock', () => {
  it('is followed, however wrong the clock here is', () => {
    const here = Date.now();
    readServerTime(isoAt(here + 3_600_000), here);
    expect(Math.abs(serverNow() - Date.now() - 3_600_000)).toBeLessThan(5);
  });

  it('is not set back by a reading that travelled longer', () => {
    const here = Date.now();
    readServerTime(isoAt(here + 3_600_000), here);
    readServerTime(isoAt(here + 3_600_000 - 400), here);
    expect(Math.abs(serverNow() - Date.now() - 3_600_000)).toBeLessThan(5);
  });

  it('is set back when it really changed', () => {
    const here = Date.now();
    readServerTime(isoAt(here - 7_200_000), here);
    expect(Math.abs(serverNow() - Date.now() + 7_200_000)).toBeLessThan(5);
  });
});
