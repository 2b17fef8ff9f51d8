import { riskAttributes } from '@tidegate/contract/risk-attributes';
import fc from 'fast-check';
import type { Attributes } from './condition.ts';

const word = fc.constantFrom('Prod', 'pii', 'a"b\\c', 'ünï 😀', 'x\ny\t', '', "o'k", 'salary', 'b');
const kinds = {
  text: word,
  time: fc.constantFrom('00:00', '08:00', '17:59', '23:59'),
  flag: fc.boolean(),
  number: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.maxSafeNat()),
  list: fc.uniqueArray(word, { maxLength: 3 }),
};

/** Everything that a rule may ask, with values that tests of sentences also use. */
export const anyAttributes: fc.Arbitrary<Attributes> = fc.record(
  Object.fromEntries(riskAttributes.map(({ name, type }) => [name, kinds[type] as fc.Arbitrary<Attributes[string]>])),
);
