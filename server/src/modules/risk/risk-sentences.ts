import { riskSourceLabels } from '@tidegate/contract/risk-attributes';
import { conditionWords } from '@tidegate/contract/risk-sentence';
import { type AuditFacts, type AuditSentences, textIn } from '../audit/index.ts';

const rule = ({ data }: AuditFacts): string => `the risk rule “${textIn(data, 'name')}”`;
const source = ({ data }: AuditFacts): string => {
  const key = textIn(data, 'source');
  return Object.hasOwn(riskSourceLabels, key) ? riskSourceLabels[key as keyof typeof riskSourceLabels] : 'requests';
};
const says = ({ data }: AuditFacts): string =>
  `${conditionWords(textIn(data, 'condition'))} → ${textIn(data, 'level') || 'no level'}`;
const off = ({ data }: AuditFacts): string => (data['isOn'] === false ? '; it is off' : '');

/** What the audit page says of rules. */
export const riskSentences: AuditSentences = {
  'rule.created': (facts) => `${facts.who} added ${rule(facts)} for ${source(facts)}: ${says(facts)}${off(facts)}.`,
  'rule.changed': (facts) => `${facts.who} changed ${rule(facts)} for ${source(facts)}: ${says(facts)}${off(facts)}.`,
  'rule.moved': (facts) =>
    `${facts.who} moved ${rule(facts)} for ${source(facts)} to place ${Number(facts.data['to'] ?? 0)}.`,
  'rule.deleted': (facts) => `${facts.who} deleted ${rule(facts)} for ${source(facts)} (${says(facts)}).`,
  'rule.time_zone_changed': (facts) =>
    `${facts.who} set the time zone in which rules mean weekday and time of day to ${textIn(facts.data, 'timeZone') || 'UTC'}.`,
};
