import { type AuditSentences, nameIn, textIn } from '../audit/index.ts';

/** What the audit page says of this module's events. */
export const sampleSentences: AuditSentences = {
  'sample.requested': ({ who }) => `${who} asked for the sample databases.`,
  'sample.added': () => 'The sample databases are ready.',
  'sample.removal_requested': ({ who }) => `${who} asked to remove the sample databases.`,
  'sample.removed': () => 'The sample databases are removed.',
  'sample.failed': ({ data }) => textIn(data, 'message') || 'The samples failed.',
  'sample.person_added': ({ data }) => `The sample person ${nameIn(data, 'person')} was added.`,
  'sample.person_removed': ({ data }) => `The sample person ${nameIn(data, 'person')} was deactivated.`,
};
