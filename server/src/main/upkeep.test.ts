import { expect, it } from 'vitest';
import { hourly } from './upkeep.ts';

it('does at most once an hour what need not be done more often, and again at once what failed', async () => {
  let now = 5;
  let runs = 0;
  let fails = true;
  const task = hourly(
    async () => {
      runs += 1;
      if (fails) throw new Error('the store is away');
    },
    () => now,
  );
  await expect(task()).rejects.toThrow('away');
  fails = false;
  await task();
  now += 3_599_999;
  await task();
  expect(runs).toBe(2);
  now += 1;
  await task();
  expect(runs).toBe(3);
});
