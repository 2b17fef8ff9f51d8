import { describe, expect, test } from 'vitest';
import { asAsked, cutOf, shorterLengths } from './narrow-request.ts';

const employee = { databaseId: 'hr', schema: 'public', table: 'employee' };
const salary = { databaseId: 'hr', schema: 'public', table: 'salary' };
const wanted = {
  scope: { kind: 'items' as const, items: [employee, salary] },
  privileges: ['read' as const, 'export' as const],
  minutes: 60,
};

describe('approving less', () => {
  test('sends nothing while nothing is cut, in whatever order it is written', () => {
    expect(cutOf(wanted, asAsked(wanted))).toBeNull();
    expect(cutOf(wanted, { ...asAsked(wanted), items: [salary, employee] })).toBeNull();
  });

  test('sends only what differs', () => {
    const left = asAsked(wanted);
    expect(cutOf(wanted, { ...left, items: [employee] })).toEqual({ scope: { kind: 'items', items: [employee] } });
    expect(cutOf(wanted, { ...left, privileges: ['read'] })).toEqual({ privileges: ['read'] });
    expect(cutOf(wanted, { ...left, minutes: 15 })).toEqual({ minutes: 15 });
  });

  test('is no approval of nothing', () => {
    expect(cutOf(wanted, { ...asAsked(wanted), items: [] })).toBeNull();
    expect(cutOf(wanted, { ...asAsked(wanted), privileges: [] })).toBeNull();
  });

  test('offers only lengths below what was asked', () => {
    expect(shorterLengths(60)).toEqual([15, 30]);
    expect(shorterLengths(15)).toEqual([]);
    expect(shorterLengths(null).at(-1)).toBe(10_080);
  });
});
