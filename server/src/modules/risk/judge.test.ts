import { conditionOf } from '@tidegate/contract/risk-sentence';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anySentence } from '../../../../contract/src/risk-sentence.arbitrary.ts';
import { anyAttributes } from './attributes.arbitrary.ts';
import { judge, reevaluate } from './judge.ts';
import { type ConsideredRule, type RiskInputs, rankOf } from './risk.ts';
import { sentenceHolds } from './test-sentence-meaning.ts';

const anyLevel = fc.constantFrom('low', 'moderate', 'high' as const);
const broken = fc.constantFrom('1 / 0 == 1', 'nothing == "a"', 'labels[99] == "a"', '(', 'number_of_tables');
const ruleOf = (condition: fc.Arbitrary<string>) =>
  fc.record({
    ...{ id: fc.uuid(), versionId: fc.uuid(), version: fc.nat(9), name: fc.string({ minLength: 1 }) },
    ...{ condition, level: anyLevel },
  }) as fc.Arbitrary<ConsideredRule>;
const anyInputs = fc.record({
  source: fc.constantFrom('read', 'write', 'export', 'emergency' as const),
  databases: fc.array(
    fc.record({
      databaseId: fc.uuid(),
      name: fc.string(),
      attributes: anyAttributes,
      cut: fc.subarray(['tables', 'columns', 'labels'], { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
}) as fc.Arbitrary<RiskInputs>;
const at = '2026-11-26T10:00:00.000Z';

describe('an evaluation', () => {
  test('is the same when it is made again from what was stored', () => {
    const rules = fc.array(ruleOf(fc.oneof(anySentence.map(conditionOf), broken)), { maxLength: 6 });
    fc.assert(
      fc.property(anyInputs, rules, (inputs, considered) => {
        const { evaluation } = judge(inputs, considered, at);
        const stored = JSON.parse(JSON.stringify(evaluation));
        expect(stored).toEqual(evaluation);
        expect(reevaluate(stored)).toEqual(evaluation);
      }),
      { numRuns: 500 },
    );
  });

  test('has the highest level of the rules that match any database, and never a lower one', () => {
    const sentences = fc.array(fc.tuple(anySentence, anyLevel), { maxLength: 6 });
    fc.assert(
      fc.property(anyInputs, sentences, (given, said) => {
        const inputs = { ...given, databases: given.databases.map((database) => ({ ...database, cut: [] })) };
        const rules = said.map(([sentence, level], index) => ({
          ...{ id: `${index}`, versionId: `${index}`, version: 1, name: `${index}` },
          ...{ condition: conditionOf(sentence), level },
        }));
        const matching = said.filter(([sentence]) =>
          inputs.databases.some(({ attributes }) => sentenceHolds(sentence, attributes)),
        );
        const highest = Math.max(0, ...matching.map(([, level]) => rankOf(level)));
        const { evaluation } = judge(inputs, rules, at);
        expect(rankOf(evaluation.level)).toBe(highest);
        if (highest > 0)
          expect(evaluation.ruleId).toBe(
            `${said.findIndex((one) => matching.includes(one) && rankOf(one[1]) === highest)}`,
          );
      }),
      { numRuns: 500 },
    );
  });

  test('is high wherever a rule cannot be evaluated', () => {
    fc.assert(
      fc.property(
        anyInputs,
        fc.array(ruleOf(anySentence.map(conditionOf)), { maxLength: 3 }),
        ruleOf(broken),
        (inputs, others, faulty) => {
          const { evaluation, faults } = judge(inputs, [...others, faulty], at);
          expect(evaluation).toMatchObject({ level: 'high', isFaulty: true });
          expect(faults.map((fault) => fault.ruleId)).toContain(faulty.id);
        },
      ),
    );
  });
});
