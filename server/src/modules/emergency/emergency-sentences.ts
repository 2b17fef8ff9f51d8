import { type AuditSentences, nameIn, numberIn, textIn } from '../audit/index.ts';

/** What the audit page says of emergency access. */
export const emergencySentences: AuditSentences = {
  'emergency.used': ({ who, data }) =>
    `${who} opened ${textIn(data, 'scope') || 'databases'} by emergency for ${numberIn(data, 'minutes')} min: “${textIn(data, 'reason')}” (${textIn(data, 'incident')}).`,
  'emergency.reviewed': ({ who, data }) =>
    `${who} closed the review of an emergency access with ${numberIn(data, 'statements')} statements: “${textIn(data, 'note')}”.`,
  'emergency.policy_changed': ({ who, data }) => {
    const people = Array.isArray(data['people']) ? data['people'].join(', ') : '';
    const where = nameIn(data, 'environment');
    return people === ''
      ? `${who} closed ${where} to emergency access.`
      : `${who} opened ${where} to emergency access of ${people}, ${numberIn(data, 'longestMinutes')} min at most.`;
  },
};
