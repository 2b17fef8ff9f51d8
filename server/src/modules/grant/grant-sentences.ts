import { type Role, roles } from '@tidegate/contract';
import { type AuditFacts, type AuditSentences, nameIn, textIn } from '../audit/index.ts';
import { joinWords } from './scope-words.ts';

const endings: Readonly<Record<string, string>> = {
  expired: 'its time was over',
  revoked: 'it was revoked',
  given_back: 'it was given back',
  narrowed: 'it was narrowed',
  role_lost: 'the role that carried it was lost',
  person_deactivated: 'the person was deactivated',
  group_deleted: 'the group was deleted',
  database_moved: 'the database went to another project',
  database_vanished: 'the database is no longer on its server',
  project_archived: 'the project was archived',
  instance_unregistered: 'the instance was unregistered',
};

/** Why a grant ended: `it was revoked`. */
export function endingWords(kind: string): string {
  return endings[kind] ?? 'it ended';
}

const access = ({ data }: AuditFacts): string => textIn(data, 'sentence') || `access of ${nameIn(data, 'holder')}`;
const account = ({ data }: AuditFacts): string =>
  `${textIn(data, 'account')} of ${nameIn(data, 'person')} on ${nameIn(data, 'instance')}`;

/** What the audit page says of this module's events. */
export const grantSentences: AuditSentences = {
  'grant.created': (facts) => `${access(facts)}${until(facts)}: ${origin(facts)}.`,
  'grant.extended': (facts) =>
    `${facts.who} extended what ${nameIn(facts.data, 'holder')} has${until(facts)}: ${access(facts)}.`,
  'grant.shortened': (facts) =>
    `${facts.who} shortened what ${nameIn(facts.data, 'holder')} has${until(facts)}: ${access(facts)}${note(facts)}.`,
  'grant.closing': (facts) => `Ended, because ${ending(facts)}: ${access(facts)}${note(facts)}.`,
  'grant.closed': (facts) => `The end was proven at every server (${ending(facts)}): ${access(facts)}.`,
  'grant.tables_lost': (facts) =>
    `${tables(facts)} of ${textIn(facts.data, 'database')} ${isOrAre(facts)} no longer what was granted: ${access(facts)}, without ${tables(facts)} until somebody confirms.`,
  'grant.tables_confirmed': (facts) =>
    `${facts.who} confirmed ${tables(facts)} of ${textIn(facts.data, 'database')} as ${tableNames(facts).length > 1 ? 'they are' : 'it is'} now: ${access(facts)}.`,
  'closure.failed': (facts) =>
    `${account(facts)} could not be brought in line yet: ${textIn(facts.data, 'error')} It is tried again.`,
  'closure.overdue': (facts) =>
    `Should be closed by now and is not, because ${textIn(facts.data, 'instance')} could not be brought in line: ${access(facts)}. It is tried again.`,
  'account.reduced': (facts) => `${account(facts)} had something that no grant explains; it was taken away.`,
  'account.strangers_ended': (facts) =>
    `Somebody had logged in as ${account(facts)} otherwise than through Tidegate: all sessions of the account were ended. What was done there is not on record.`,
  'account.orphan_dropped': ({ data }) =>
    `The account ${textIn(data, 'account')} on ${nameIn(data, 'instance')} was left over and was dropped.`,
  'workspace.paused': ({ data }) => `Nothing opens until an administrator confirms. ${textIn(data, 'reason')}`,
  'workspace.resumed': ({ who }) => `${who} confirmed that the store is the one to go by: sessions may open again.`,
  'member.added': (facts) => `${facts.who} made ${nameIn(facts.data, 'member')} ${roleOf(facts)}${until(facts)}.`,
  'member.extended': (facts) =>
    `${facts.who} extended ${nameIn(facts.data, 'member')} as ${roleOf(facts)}${until(facts)}.`,
  'member.removed': (facts) => `${facts.who} removed ${nameIn(facts.data, 'member')} as ${roleOf(facts)}.`,
  'member.expired': (facts) => `${nameIn(facts.data, 'member')} is no longer ${roleOf(facts)}: the time was over.`,
};

const tableNames = ({ data }: AuditFacts): string[] =>
  Array.isArray(data['tables']) ? data['tables'].map((name) => String(name)) : [];
const tables = (facts: AuditFacts): string => joinWords(tableNames(facts), 'tables') || 'a table';
const isOrAre = (facts: AuditFacts): string => (tableNames(facts).length > 1 ? 'are' : 'is');

function origin({ who, data }: AuditFacts): string {
  if (textIn(data, 'replaces') !== '') return `what is left after ${who} narrowed it`;
  if (textIn(data, 'addedTo') !== '') return `added by ${who} to what was there`;
  const source = textIn(data, 'source');
  if (source === 'role') return 'reads by role';
  if (source === 'request') return `approved by ${who}`;
  return source === 'membership' ? `given by ${who} with a project role` : `given by ${who}`;
}

function ending({ who, data }: AuditFacts): string {
  const end = textIn(data, 'end');
  const words = endingWords(end);
  return who !== 'Tidegate' && ['revoked', 'given_back', 'narrowed'].includes(end) ? `${words} by ${who}` : words;
}

function note({ data }: AuditFacts): string {
  const text = textIn(data, 'note');
  return text === '' ? '' : ` (${text})`;
}

function until({ data }: AuditFacts): string {
  const at = textIn(data, 'expiresAt');
  return at === '' ? '' : ` until ${at.slice(0, 16).replace('T', ' ')} UTC`;
}

function roleOf({ data }: AuditFacts): string {
  const role = textIn(data, 'role');
  return Object.hasOwn(roles, role) ? roles[role as Role].label : role;
}
