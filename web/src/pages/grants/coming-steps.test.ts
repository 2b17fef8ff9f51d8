import { describe, expect, it } from 'vitest';
import { comingSteps } from './coming-steps.ts';

const at = (personName: string) => ({ personName, instanceTitle: 'Production' });
const done = (step: 'block' | 'end' | 'revoke' | 'drop' | 'check', person = 'dev') => ({
  ...at(person),
  step,
  ok: true,
});
const names = (steps: Parameters<typeof comingSteps>[0]) => comingSteps(steps).map(({ name }) => name);

describe('the steps of a closure that are still to come', () => {
  it('are all of them before the first is seen, which is the next', () => {
    expect(names([])).toEqual(['Block', 'End sessions', 'Take privileges away', 'Check at the server']);
    expect(comingSteps([]).filter(({ isNext }) => isNext)).toMatchObject([{ name: 'Block' }]);
  });

  it('are those after the last that was done, whether the account goes or only privileges', () => {
    expect(names([done('block'), done('end')])).toEqual(['Take privileges away', 'Check at the server']);
    expect(names([done('block'), done('end'), done('revoke')])).toEqual(['Check at the server']);
    expect(names([done('block'), done('end'), done('drop')])).toEqual(['Check at the server']);
  });

  it('go on where a check failed', () => {
    const failed = { ...done('check'), ok: false };
    expect(names([done('block'), done('end'), failed])).toEqual(['Take privileges away', 'Check at the server']);
  });

  it('are none where the check has passed, and those of another person beside', () => {
    expect(names([done('check')])).toEqual([]);
    expect(comingSteps([done('check'), done('block', 'eve'), done('end', 'eve')])).toEqual([
      { name: 'Take privileges away', place: 'eve, Production', isNext: true },
      { name: 'Check at the server', place: 'eve, Production', isNext: false },
    ]);
  });
});
