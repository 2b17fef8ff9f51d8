import fc from 'fast-check';
import { riskAttributes } from './risk-attributes.ts';
import { type Sentence, type SentenceTest, sentenceOperators, valueKind } from './risk-sentence.ts';

const anyText = fc.oneof(
  fc.constantFrom('Prod', 'pii', 'a"b\\c', 'ünï 😀', 'x\ny\t', '', "o'k", '08:00'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

export const anyTest: fc.Arbitrary<SentenceTest> = fc.constantFrom(...riskAttributes).chain(({ name, type }) =>
  fc.constantFrom(...sentenceOperators[type]).chain((operator) => {
    const values = {
      none: fc.constant(null),
      one: anyText,
      several: fc.array(anyText, { minLength: 1, maxLength: 3 }),
      number: fc.integer({ min: -5, max: 2_000_000_000 }),
    };
    return values[valueKind(operator)].map((value) => ({ kind: 'test' as const, attribute: name, operator, value }));
  }),
);

export const anySentence: fc.Arbitrary<Sentence> = fc.letrec<{ sentence: Sentence }>((tie) => ({
  sentence: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    anyTest,
    fc.constant<Sentence>({ kind: 'always' }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      parts: fc.array(tie('sentence'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).sentence;
