import { type AuditFacts, type AuditSentences, nameIn, numberIn, textIn } from '../audit/index.ts';

const request = ({ data }: AuditFacts): string => `request #${numberIn(data, 'number')}`;
const inProject = ({ data }: AuditFacts): string => {
  const project = textIn(data, 'project');
  return project === '' ? '' : ` in ${project}`;
};
const wanted = ({ data }: AuditFacts): string => {
  const privileges = Array.isArray(data['privileges']) ? data['privileges'].join(' and ') : 'access';
  return `${privileges} on ${textIn(data, 'scope') || 'something unknown'}`;
};
const quoted = (text: string): string => (text === '' ? '' : `: “${text}”`);
const time = ({ data }: AuditFacts): string => {
  const expiry = data['expiry'] as { kind?: string; minutes?: number; at?: string } | undefined;
  if (expiry?.kind === 'after') return ` for ${expiry.minutes} min`;
  return expiry?.kind === 'at' ? ` until ${expiry.at}` : '';
};
const decided = (facts: AuditFacts, verb: string): string =>
  `${facts.who} ${verb} ${request(facts)} of ${nameIn(facts.data, 'requester')}${inProject(facts)}, ${wanted(facts)}${quoted(textIn(facts.data, 'comment'))}.`;

/** What the audit page says of requests. */
export const accessRequestSentences: AuditSentences = {
  'request.created': (facts) =>
    `${facts.who} asked for ${wanted(facts)}${inProject(facts)}${time(facts)} (${request(facts)})${quoted(textIn(facts.data, 'reason'))}.`,
  'request.approved': (facts) => decided(facts, 'approved'),
  'request.rejected': (facts) => decided(facts, 'rejected'),
  'request.withdrawn': (facts) => `${facts.who} withdrew ${request(facts)}${inProject(facts)}.`,
  'request.expired': (facts) =>
    `The end that ${nameIn(facts.data, 'requester')} had asked for passed: ${request(facts)}${inProject(facts)} expired undecided.`,
};
