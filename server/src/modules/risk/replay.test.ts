import { conditionOf } from '@tidegate/contract/risk-sentence';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anySentence } from '../../../../contract/src/risk-sentence.arbitrary.ts';
import { anyAttributes } from './attributes.arbitrary.ts';
import { withChanges } from './changed-rules.ts';
import { judge } from './judge.ts';
import { ReplayJudge } from './replay-judge.ts';
import type { ConsideredRule, RiskInputs } from './risk.ts';

const anyCondition = fc.oneof(
  anySentence.map(conditionOf),
  fc.constantFrom('1 / number_of_tables == 1', 'size(labels) > 1', '"pii" in labels', 'nothing == "a"'),
);
const anyRule = fc.record({
  ...{ id: fc.uuid(), versionId: fc.uuid(), version: fc.nat(9), name: fc.string({ minLength: 1 }) },
  ...{ condition: anyCondition, level: fc.constantFrom('low', 'moderate', 'high' as const) },
}) as fc.Arbitrary<ConsideredRule>;
const anyInputs = fc.record({
  source: fc.constant('read' as const),
  databases: fc.array(
    fc.record({
      databaseId: fc.uuid(),
      name: fc.string(),
      attributes: anyAttributes,
      cut: fc.subarray(['tables', 'labels']),
    }),
    { minLength: 1, maxLength: 3 },
  ),
}) as fc.Arbitrary<RiskInputs>;

const rule = (id: string): ConsideredRule => ({
  ...{ id, versionId: id, version: 1, name: id, condition: 'true', level: 'low' },
});

describe('judging many past requests at once', () => {
  test('says the same of each as judging it alone', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 6 }), fc.array(anyInputs, { maxLength: 8 }), (rules, past) => {
        const together = new ReplayJudge(rules);
        for (const inputs of [...past, ...past]) {
          const { level, ruleId, ruleName } = judge(inputs, rules, '2026-01-01T00:00:00.000Z').evaluation;
          expect(together.levelOf(inputs)).toEqual({ level, ruleId, ruleName });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('also where the rules together would take more than one request has', () => {
    const slow = { ...rule('slow'), condition: 'tables.exists(t, columns.exists(c, c == t))' };
    const names = (prefix: string) => Array.from({ length: 150 }, (_one, index) => `${prefix}${index}`);
    const attributes = { tables: names('t'), columns: names('c') };
    const inputs: RiskInputs = { source: 'read', databases: [{ databaseId: null, name: 'big', attributes, cut: [] }] };
    const rules = Array.from({ length: 40 }, (_one, index) => ({ ...slow, id: `${index}` }));
    const { evaluation } = judge(inputs, rules, '2026-01-01T00:00:00.000Z');
    expect(evaluation).toMatchObject({ level: 'high', isFaulty: true });
    expect(evaluation.reason).toContain('all the time that one request has');
    expect(new ReplayJudge(rules).levelOf(inputs)).toMatchObject({ level: 'high', ruleId: evaluation.ruleId });
  });
});

describe('rules with changes that are not saved', () => {
  const change = { source: 'read' as const, name: 'new', condition: 'true', level: 'high' as const, isOn: true };
  const ids = (changes: Parameters<typeof withChanges>[1]) =>
    withChanges([rule('a'), rule('b')], changes, 'read', ['a', 'off', 'b']).map(
      ({ id, level }) => `${id.slice(0, 3)} ${level}`,
    );

  test('a new one goes before the others, a changed one keeps its place, one that would be off or gone is not asked', () => {
    expect(ids([])).toEqual(['a low', 'b low']);
    expect(ids([{ ...change, ruleId: null }])).toEqual(['000 high', 'a low', 'b low']);
    expect(ids([{ ...change, ruleId: 'b' }])).toEqual(['a low', 'b high']);
    expect(ids([{ ...change, ruleId: 'off' }])).toEqual(['a low', 'off high', 'b low']);
    expect(ids([{ ...change, ruleId: 'a', isOn: false }])).toEqual(['b low']);
    expect(ids([{ ...change, ruleId: 'a', source: 'write' }])).toEqual(['a low', 'b low']);
  });
});
