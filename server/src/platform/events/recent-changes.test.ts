import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Change, ChangeFeed } from './change-feed.ts';
import { RecentChanges } from './recent-changes.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function begin() {
  let tell: (change: Change) => void = () => {};
  let gap = () => {};
  const feed: ChangeFeed = {
    publish: async () => {},
    subscribe: (listener, onGap = () => {}) => {
      [tell, gap] = [listener, onGap];
      return () => {};
    },
  };
  const recent = new RecentChanges(feed);
  const heard = (id: string) =>
    tell({ event: { topic: 'grant', id, projectId: null }, audience: { personIds: [], projectId: null } });
  const idsOfLast = (ms: number) => recent.ofLast(ms)?.map(({ event }) => event.id) ?? null;
  return { heard, gap: () => gap(), idsOfLast };
}

const pass = (ms: number) => void vi.advanceTimersByTime(ms);

it('keeps a minute, and knows how far back it reaches', () => {
  const { heard, idsOfLast } = begin();
  expect(idsOfLast(0)).toBeNull();
  pass(10_000);
  heard('first');
  pass(30_000);
  heard('second');
  expect(idsOfLast(0)).toEqual(['second']);
  expect(idsOfLast(35_000)).toEqual(['first', 'second']);
  expect(idsOfLast(35_001)).toBeNull();
  pass(40_000);
  heard('third');
  expect(idsOfLast(64_000)).toEqual(['second', 'third']);
  expect(idsOfLast(65_000)).toBeNull();
});

it('knows nothing of before a gap', () => {
  const { heard, gap, idsOfLast } = begin();
  pass(20_000);
  heard('before');
  gap();
  pass(6_000);
  heard('after');
  expect(idsOfLast(1_000)).toEqual(['after']);
  expect(idsOfLast(1_001)).toBeNull();
});

it('keeps no more than it can hold, and says so', () => {
  const { heard, idsOfLast } = begin();
  pass(20_000);
  for (let index = 0; index < 500; index += 1) heard(`${index}`);
  expect(idsOfLast(0)).toHaveLength(500);
  heard('one more');
  expect(idsOfLast(0)).toBeNull();
  pass(5_001);
  expect(idsOfLast(0)).toEqual([]);
});
