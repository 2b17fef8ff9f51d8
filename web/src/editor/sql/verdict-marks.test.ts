import type { Verdict } from '@tidegate/contract';
import { expect, it } from 'vitest';
import { reasonWords } from './verdict-marks.ts';

const verdict: Verdict = {
  ...{ isSure: false, isAllowed: true, kind: 'other', reason: 'It is not understood.', relations: [], missing: [] },
};

it('says who decides, or that nothing is sent', () => {
  expect(reasonWords(verdict)).toContain('The database decides');
  expect(reasonWords({ ...verdict, isAllowed: false })).toBe('This will not be sent');
});
