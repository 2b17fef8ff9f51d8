import type { Sentence, SentenceTest } from '@tidegate/contract/risk-sentence';
import type { Attributes } from './condition.ts';

/** What a sentence means, said a second time without CEL: the condition made of it has to agree. */
export function sentenceHolds(sentence: Sentence, attributes: Attributes): boolean {
  if (sentence.kind === 'always') return true;
  if (sentence.kind === 'test') return testHolds(sentence, attributes[sentence.attribute] ?? '');
  const holds = (part: Sentence): boolean => sentenceHolds(part, attributes);
  return sentence.kind === 'all' ? sentence.parts.every(holds) : sentence.parts.some(holds);
}

function testHolds({ operator, value }: SentenceTest, given: Attributes[string]): boolean {
  const one = typeof value === 'string' ? value : '';
  const several = Array.isArray(value) ? (value as string[]) : [];
  const list = Array.isArray(given) ? (given as string[]) : [];
  const text = String(given);
  const number = Number(given);
  const meanings: Record<SentenceTest['operator'], () => boolean> = {
    is: () => text === one,
    'is not': () => text !== one,
    'is one of': () => several.includes(text),
    'is none of': () => !several.includes(text),
    'starts with': () => text.startsWith(one),
    'ends with': () => text.endsWith(one),
    contains: () => text.includes(one),
    'does not contain': () => !text.includes(one),
    equals: () => number === value,
    'differs from': () => number !== value,
    'is less than': () => number < Number(value),
    'is at most': () => number <= Number(value),
    'is more than': () => number > Number(value),
    'is at least': () => number >= Number(value),
    'is before': () => text < one,
    'is at or after': () => text >= one,
    holds: () => given === true,
    'does not hold': () => given === false,
    include: () => list.includes(one),
    'do not include': () => !list.includes(one),
    'include one of': () => list.some((item) => several.includes(item)),
    'include none of': () => !list.some((item) => several.includes(item)),
    'are all among': () => list.every((item) => several.includes(item)),
    'include one starting with': () => list.some((item) => item.startsWith(one)),
    'include one ending with': () => list.some((item) => item.endsWith(one)),
    'include one containing': () => list.some((item) => item.includes(one)),
  };
  return meanings[operator]();
}
