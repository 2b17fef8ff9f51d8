import { type AuditFacts, type AuditSentences, nameIn, textIn } from '../audit/index.ts';

const longestText = 120;

const where = ({ data }: AuditFacts): string => {
  const [database, project] = [nameIn(data, 'database'), textIn(data, 'project')];
  const instance = textIn(data, 'instance');
  const at = instance === '' ? database : `${database} at ${instance}`;
  return project === '' ? at : `${at} (${project})`;
};
const textOf = ({ data }: AuditFacts): string => {
  const text = textIn(data, 'text').replaceAll(/\s+/g, ' ').trim();
  return text.length <= longestText ? text : `${text.slice(0, longestText)} …`;
};
const tablesOf = ({ data }: AuditFacts): string => {
  const tables = data['tables'];
  if (!Array.isArray(tables)) return 'tables unknown';
  return tables.length === 0 ? 'no table' : tables.join(', ');
};
const rowsOf = ({ data }: AuditFacts): string => {
  if (typeof data['affectedRows'] === 'number') return `, ${counted(data['affectedRows'])} changed`;
  return typeof data['rows'] === 'number' ? `, ${counted(data['rows'])}` : '';
};
const missingOf = ({ data }: AuditFacts): string => {
  const missing = Array.isArray(data['missing']) ? (data['missing'] as unknown[]) : [];
  const names = missing.flatMap((item) => {
    const { schema, table, privilege } = item as { schema?: string; table?: string; privilege?: string };
    const name = schema === undefined || schema === '' || schema === 'public' ? table : `${schema}.${table}`;
    return [`${privilege} on ${name}`];
  });
  if (names.length > 0) return names.join(', ');
  return 'reason' in data ? 'a statement whose work could outlive its session' : 'access';
};
const ends: Readonly<Record<string, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
  ended: 'was ended with its access',
};

/** What the audit page says of sessions and statements. */
export const sessionSentences: AuditSentences = {
  'session.opened': (facts) =>
    `${facts.who} opened a session on ${where(facts)} as ${nameIn(facts.data, 'account')}, connection ${textIn(facts.data, 'backend')}.`,
  'session.ended': (facts) =>
    `The session of ${nameIn(facts.data, 'person')} on ${where(facts)} ended. ${textIn(facts.data, 'reason')}`,
  'session.refused': (facts) => `${facts.who} was refused a session on ${where(facts)}: no access.`,
  'statement.started': (facts) =>
    `${facts.who} sent a statement to ${where(facts)} (${tablesOf(facts)}): ${textOf(facts)}`,
  'statement.finished': (facts) => {
    const error = textIn(facts.data, 'errorMessage');
    const end = `A statement of ${facts.who} on ${where(facts)} ${ends[textIn(facts.data, 'state')] ?? 'ended'}${rowsOf(facts)}`;
    return error === '' ? `${end}.` : `${end}: ${error}`;
  },
  'statement.refused': (facts) => `${facts.who} was refused ${missingOf(facts)} on ${where(facts)}: ${textOf(facts)}`,
  'statement.unknown': (facts) =>
    `How a statement of ${nameIn(facts.data, 'person')} on ${where(facts)} ended is unknown: ${textOf(facts)} ${textIn(facts.data, 'reason')}`,
};

function counted(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`;
}
