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
  'request.amendment_created': (facts) => {
    const what = facts.data['amends'] === 'extend' ? 'more time for' : 'to add';
    return `${facts.who} asked for ${what} ${wanted(facts)}${inProject(facts)} (${request(facts)})${quoted(textIn(facts.data, 'reason'))}.`;
  },
  'request.edited': (facts) =>
    `${facts.who} changed ${request(facts)}${inProject(facts)} to ${wanted(facts)}${time(facts)}${quoted(textIn(facts.data, 'reason'))}; decisions start anew.`,
  'request.auto_approved': (facts) => {
    const flows = Array.isArray(facts.data['flows']) ? facts.data['flows'] : [];
    const names = flows.map((flow: { name?: string }) => `“${flow.name ?? 'unknown'}”`).join(' and ') || 'unknown';
    return `The flow ${names} approved ${request(facts)} of ${nameIn(facts.data, 'requester')}${inProject(facts)}, ${wanted(facts)}, without asking anybody.`;
  },
  'request.step_approved': (facts) =>
    `${decided(facts, 'approved a step of').slice(0, -1)}; more decisions are needed.`,
  'request.narrowed': (facts) =>
    `${facts.who} left only ${wanted(facts)}${time(facts)} of ${request(facts)}${inProject(facts)}.`,
  'request.changes_wanted': (facts) => decided(facts, 'asked for changes of'),
  'request.commented': (facts) =>
    `${facts.who} commented on ${request(facts)}${inProject(facts)}${quoted(textIn(facts.data, 'comment'))}.`,
  'request.reminded': (facts) => `${facts.who} reminded the approvers of ${request(facts)}${inProject(facts)}.`,
  'request.step_lapsed': (facts) =>
    `Nobody decided ${request(facts)} of ${nameIn(facts.data, 'requester')}${inProject(facts)} in time: the next step decides.`,
  'request.approved': (facts) => decided(facts, 'approved'),
  'request.rejected': (facts) => decided(facts, 'rejected'),
  'request.withdrawn': (facts) => `${facts.who} withdrew ${request(facts)}${inProject(facts)}.`,
  'request.expired': (facts) =>
    facts.data['why'] === 'step'
      ? `Nobody decided in time: ${request(facts)} of ${nameIn(facts.data, 'requester')}${inProject(facts)} expired.`
      : `The end that ${nameIn(facts.data, 'requester')} had asked for passed: ${request(facts)}${inProject(facts)} expired undecided.`,
};
