import { type AuditFacts, type AuditSentences, nameIn, numberIn, textIn } from '../audit/index.ts';

const subject = ({ data }: AuditFacts): string => nameIn(data, 'person');
const group = ({ data }: AuditFacts): string => nameIn(data, 'group');
const from = ({ data }: AuditFacts): string => textIn(data, 'address') || 'an unknown address';
const ended = ({ data }: AuditFacts): string => {
  const count = numberIn(data, 'signInsEnded');
  return count === 1 ? '1 sign-in ended' : `${count} sign-ins ended`;
};
const ofWhom = (facts: AuditFacts): string =>
  facts.data['person'] === null ? 'an e-mail that nobody here has' : subject(facts);

/** What the audit page says of this module's events. */
export const identitySentences: AuditSentences = {
  'auth.signed_in': (facts) => `${facts.who} signed in from ${from(facts)}.`,
  'auth.sign_in_failed': (facts) =>
    `A sign-in for ${ofWhom(facts)} from ${from(facts)} failed: ${textIn(facts.data, 'reason')}.`,
  'auth.sign_in_stopped': (facts) => `Too many sign-ins failed for ${ofWhom(facts)} from ${from(facts)}: stopped.`,
  'auth.signed_out': ({ who }) => `${who} signed out.`,
  'auth.signed_out_everywhere': (facts) => `${facts.who} signed out everywhere; ${ended(facts)}.`,
  'auth.password_changed': (facts) => `${facts.who} changed the own password; ${ended(facts)}.`,
  'auth.continued_as_dev': (facts) => `${facts.who} continued as ${subject(facts)}.`,
  'auth.returned_from_dev': ({ who }) => `${who} went back to being oneself.`,
  'auth.refused': ({ who, data }) =>
    `${who} was refused (${textIn(data, 'code')}, ${textIn(data, 'permission')})${at(textIn(data, 'route'))}.`,
  'person.registered': ({ who }) => `${who} registered first and became Workspace Admin.`,
  'person.added': (facts) =>
    `${facts.who} added ${subject(facts)} (${textIn(facts.data, 'email')}) ${
      facts.data['isInvited'] === true ? 'by invitation' : 'with a first password'
    }.`,
  'person.renamed': (facts) => `${facts.who} renamed ${subject(facts)} to ${textIn(facts.data, 'name')}.`,
  'person.deactivated': (facts) => `${facts.who} deactivated ${subject(facts)}; ${ended(facts)}.`,
  'person.activated': (facts) => `${facts.who} let ${subject(facts)} sign in again.`,
  'invitation.created': (facts) => `${facts.who} made a new invitation link for ${subject(facts)}.`,
  'invitation.accepted': ({ who }) => `${who} chose a password by invitation and signed in.`,
  'role.given': ({ who, data }) => `${who} gave ${nameIn(data, 'to')} the role ${textIn(data, 'label')}.`,
  'role.taken': ({ who, data }) => `${who} took the role ${textIn(data, 'label')} from ${nameIn(data, 'from')}.`,
  'group.created': (facts) => `${facts.who} made the group ${group(facts)}.`,
  'group.renamed': (facts) => `${facts.who} renamed the group ${group(facts)} to ${textIn(facts.data, 'name')}.`,
  'group.person_added': (facts) => `${facts.who} put ${subject(facts)} into the group ${group(facts)}.`,
  'group.person_removed': (facts) => `${facts.who} took ${subject(facts)} out of the group ${group(facts)}.`,
  'group.deleted': (facts) => `${facts.who} deleted the group ${group(facts)}.`,
};

const at = (route: string): string => (route === '' ? '' : ` at ${route}`);
