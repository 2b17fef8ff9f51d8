import { parseSentence } from './risk-sentence-parse.ts';
import { type Sentence, sentenceWords } from './risk-sentence-words.ts';

export { conditionOf } from './risk-sentence-print.ts';
export {
  plainSentence,
  riskAttribute,
  type Sentence,
  type SentenceGroup,
  type SentenceOperator,
  type SentenceTest,
  sentenceOperators,
  sentenceWords,
  valueKind,
} from './risk-sentence-words.ts';

/** A condition as a sentence; null where it is not of the part that has sentences. */
export function sentenceOf(condition: string): Sentence | null {
  return parseSentence(condition);
}

/** A condition in words; what has no sentence is given as it is. */
export function conditionWords(condition: string): string {
  const sentence = sentenceOf(condition);
  return sentence === null ? condition.trim() : sentenceWords(sentence);
}
