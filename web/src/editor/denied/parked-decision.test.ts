import { describe, expect, test } from 'vitest';
import { isReading } from './denial.ts';
import { type ParkedSituation, parkedStep } from './parked-decision.ts';

const approved: ParkedSituation = {
  request: { state: 'approved', grantState: 'active' },
  isRead: true,
  isInView: true,
  isTextUnchanged: true,
  isBusy: false,
};

describe('a parked statement', () => {
  test('runs by itself when it reads, is in view and stands unchanged', () => {
    expect(parkedStep(approved)).toBe('run');
  });

  test.each([
    ['it may write', { isRead: false }],
    ['its tab is not in view', { isInView: false }],
    ['its text was changed', { isTextUnchanged: false }],
    ['another statement runs', { isBusy: true }],
  ] as const)('waits for one key when %s', (_, difference) => {
    expect(parkedStep({ ...approved, ...difference })).toBe('offer');
  });

  test.each([
    ['pending', null, 'wait'],
    ['changes_wanted', null, 'wait'],
    ['approved', null, 'wait'],
    ['approved', 'scheduled', 'wait'],
    ['approved', 'closing', 'over'],
    ['approved', 'closed', 'over'],
    ['rejected', null, 'refused'],
    ['withdrawn', null, 'over'],
    ['expired', null, 'over'],
  ] as const)('with a request that is %s and a grant that is %s: %s', (state, grantState, step) => {
    expect(parkedStep({ ...approved, request: { state, grantState } })).toBe(step);
  });
});

test('only what surely reads counts as reading', () => {
  expect(isReading({ isSure: true, kind: 'read' })).toBe(true);
  expect(isReading({ isSure: false, kind: 'read' })).toBe(false);
  expect(isReading({ isSure: true, kind: 'write' })).toBe(false);
  expect(isReading({ isSure: true, kind: 'routine' })).toBe(false);
  expect(isReading({ isSure: true, kind: null })).toBe(false);
  expect(isReading(null)).toBe(false);
});
