import { describe, expect, test } from 'vitest';
import { draftOf, lengthChoices, toSend, withNewStep, withoutStep, withStep } from './flow-draft.ts';

const three = withNewStep(withNewStep(draftOf(null)));

describe('a flow being written', () => {
  test('keeps where its steps lead when one is taken away', () => {
    const leading = withStep(withStep(three, 0, { afterwards: { kind: 'step', step: 2 } }), 1, {
      afterwards: { kind: 'step', step: 2 },
    });
    expect(withoutStep(leading, 1).steps.map(({ afterwards }) => afterwards)).toEqual([
      { kind: 'step', step: 1 },
      { kind: 'expire' },
    ]);
    expect(withoutStep(leading, 2).steps.map(({ afterwards }) => afterwards)).toEqual([
      { kind: 'expire' },
      { kind: 'expire' },
    ]);
  });

  test('sends no steps where nobody is asked, and write only where auto-approve says so', () => {
    const auto = toSend({ ...three, name: ' Auto ', kind: 'auto_approve', approvesWrite: true, extendsMinutes: 60 });
    expect(auto).toMatchObject({ name: 'Auto', steps: [], approvesWrite: true, extendsMinutes: null });
    expect(toSend({ ...three, approvesWrite: true }).approvesWrite).toBe(false);
  });

  test('offers a length of its own beside the usual ones', () => {
    expect(lengthChoices('none', 45).map(({ value }) => value)).toContain('45');
    expect(lengthChoices('none', null)[0]).toEqual({ value: '', label: 'none' });
  });
});
