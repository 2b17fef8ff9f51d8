import { type RiskAttribute, type RiskAttributeType, riskAttributes } from './risk-attributes.ts';

/**
 * A condition as people read and edit it: tests of one attribute each, joined by "and" and "or". A named part of CEL turns
 * into sentences and back (`conditionOf`, `sentenceOf`); the rest stays text.
 */
export type Sentence = SentenceTest | SentenceGroup | { readonly kind: 'always' };

export interface SentenceGroup {
  readonly kind: 'all' | 'any';
  readonly parts: readonly Sentence[];
}

export interface SentenceTest {
  readonly kind: 'test';
  readonly attribute: string;
  readonly operator: SentenceOperator;
  /** A text, a whole number, several texts; null where the operator says it all. */
  readonly value: string | number | readonly string[] | null;
}

export const sentenceOperators = {
  text: ['is', 'is not', 'is one of', 'is none of', 'starts with', 'ends with', 'contains', 'does not contain'],
  number: ['equals', 'differs from', 'is less than', 'is at most', 'is more than', 'is at least'],
  time: ['is before', 'is at or after'],
  flag: ['holds', 'does not hold'],
  list: [
    'include',
    'do not include',
    'include one of',
    'include none of',
    'are all among',
    'include one starting with',
    'include one ending with',
    'include one containing',
  ],
} as const satisfies Record<RiskAttributeType, readonly string[]>;
export type SentenceOperator = (typeof sentenceOperators)[RiskAttributeType][number];

const attributesByName = new Map(riskAttributes.map((attribute) => [attribute.name, attribute]));

export function riskAttribute(name: string): RiskAttribute | undefined {
  return attributesByName.get(name);
}

/** What kind of value an operator wants. */
export function valueKind(operator: SentenceOperator): 'none' | 'one' | 'several' | 'number' {
  if (operator === 'holds' || operator === 'does not hold') return 'none';
  if (/ (one|none) of$| among$/.test(operator)) return 'several';
  return sentenceOperators.number.some((known) => known === operator) ? 'number' : 'one';
}

/** Groups of one part become that part, and groups in a group of the same kind join it. Empty ones are gone. */
export function plainSentence(sentence: Sentence): Sentence {
  if (sentence.kind !== 'all' && sentence.kind !== 'any') return sentence;
  const parts = sentence.parts
    .map(plainSentence)
    .flatMap((part) => (part.kind === sentence.kind ? part.parts : [part]));
  const [only] = parts;
  if (only === undefined) return { kind: 'always' };
  return parts.length === 1 ? only : { kind: sentence.kind, parts };
}

/** `environment is Prod and labels include pii` */
export function sentenceWords(sentence: Sentence): string {
  switch (sentence.kind) {
    case 'always':
      return 'it holds for everything';
    case 'test':
      return testWords(sentence);
    default:
      return sentence.parts
        .map((part) => (part.kind === 'all' || part.kind === 'any' ? `(${sentenceWords(part)})` : sentenceWords(part)))
        .join(sentence.kind === 'all' ? ' and ' : ' or ');
  }
}

function testWords({ attribute, operator, value }: SentenceTest): string {
  const known = riskAttribute(attribute);
  if (operator === 'holds') return known?.words?.yes ?? attribute;
  if (operator === 'does not hold') return known?.words?.no ?? `not ${attribute}`;
  return `${known?.label ?? attribute} ${operator} ${valueWords(value)}`;
}

function valueWords(value: SentenceTest['value']): string {
  if (typeof value === 'number') return value.toLocaleString('en');
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  return texts.map((text) => (/^[\p{L}\p{N}_.:@-]+$/u.test(text) ? text : `“${text}”`)).join(', ');
}
