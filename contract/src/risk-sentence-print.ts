import { plainSentence, type Sentence, type SentenceTest } from './risk-sentence-words.ts';

/** A sentence as CEL. */
export function conditionOf(sentence: Sentence): string {
  return print(plainSentence(sentence));
}

function print(sentence: Sentence): string {
  switch (sentence.kind) {
    case 'always':
      return 'true';
    case 'test':
      return printTest(sentence);
    default:
      return sentence.parts
        .map((part) => (part.kind === 'all' || part.kind === 'any' ? `(${print(part)})` : print(part)))
        .join(sentence.kind === 'all' ? ' && ' : ' || ');
  }
}

function printTest({ attribute: name, operator, value }: SentenceTest): string {
  const one = literal(typeof value === 'string' || typeof value === 'number' ? value : '');
  const several = `[${(Array.isArray(value) ? value : []).map(literal).join(', ')}]`;
  switch (operator) {
    case 'is':
    case 'equals':
      return `${name} == ${one}`;
    case 'is not':
    case 'differs from':
      return `${name} != ${one}`;
    case 'is less than':
    case 'is before':
      return `${name} < ${one}`;
    case 'is at most':
      return `${name} <= ${one}`;
    case 'is more than':
      return `${name} > ${one}`;
    case 'is at least':
    case 'is at or after':
      return `${name} >= ${one}`;
    case 'is one of':
      return `${name} in ${several}`;
    case 'is none of':
      return `!(${name} in ${several})`;
    case 'starts with':
      return `${name}.startsWith(${one})`;
    case 'ends with':
      return `${name}.endsWith(${one})`;
    case 'contains':
      return `${name}.contains(${one})`;
    case 'does not contain':
      return `!${name}.contains(${one})`;
    case 'holds':
      return name;
    case 'does not hold':
      return `!${name}`;
    case 'include':
      return `${one} in ${name}`;
    case 'do not include':
      return `!(${one} in ${name})`;
    case 'include one of':
      return `${name}.exists(one, one in ${several})`;
    case 'include none of':
      return `!${name}.exists(one, one in ${several})`;
    case 'are all among':
      return `${name}.all(one, one in ${several})`;
    case 'include one starting with':
      return `${name}.exists(one, one.startsWith(${one}))`;
    case 'include one ending with':
      return `${name}.exists(one, one.endsWith(${one}))`;
    case 'include one containing':
      return `${name}.exists(one, one.contains(${one}))`;
  }
}

/** The escapes of JSON are those of CEL, except for half a surrogate pair, which is no text. */
function literal(value: string | number): string {
  return JSON.stringify(typeof value === 'string' ? value.toWellFormed() : value);
}
