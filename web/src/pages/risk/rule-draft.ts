import type { RiskLevel, RiskSource } from '@tidegate/contract';
import { conditionOf, type Sentence, type SentenceGroup, sentenceOf } from '@tidegate/contract/risk-sentence';
import type { ItemOf } from '../../api/client.ts';

export type Rule = ItemOf<'GET /risk-rules'>;

/** A rule while it is written: its condition as text, and as a sentence where it has one. */
export interface RuleDraft {
  readonly name: string;
  readonly level: RiskLevel;
  readonly isOn: boolean;
  readonly condition: string;
  readonly sentence: SentenceGroup | null;
}

export const levelChoices = (['low', 'moderate', 'high'] as const).map((level) => ({ value: level, label: level }));

export function draftOf(rule: Rule | null): RuleDraft {
  if (rule === null) {
    const sentence = groupOf({ kind: 'test', attribute: 'environment.name', operator: 'is', value: '' });
    return { name: '', level: 'high', isOn: true, condition: conditionOf(sentence), sentence };
  }
  const { name, level, isOn, condition } = rule;
  return { name, level, isOn, condition, sentence: readSentence(condition) };
}

/** The editor always has a group on the outside. */
export function readSentence(condition: string): SentenceGroup | null {
  const sentence = sentenceOf(condition);
  return sentence === null ? null : groupOf(sentence);
}

function groupOf(sentence: Sentence): SentenceGroup {
  if (sentence.kind === 'all' || sentence.kind === 'any') return sentence;
  return { kind: 'all', parts: sentence.kind === 'always' ? [] : [sentence] };
}

export function withText(draft: RuleDraft, condition: string): RuleDraft {
  return { ...draft, condition, sentence: readSentence(condition) };
}

export function withSentence(draft: RuleDraft, sentence: SentenceGroup): RuleDraft {
  return { ...draft, sentence, condition: conditionOf(sentence) };
}

/** As the API takes it. */
export function changeOf(draft: RuleDraft, source: RiskSource, ruleId: string | null) {
  const { name, level, isOn, condition } = draft;
  return { ruleId, source, name: name.trim() || 'this rule', level, isOn, condition };
}
