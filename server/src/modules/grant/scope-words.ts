import type { Privilege, ScopeView } from '@tidegate/contract';
import type { Loss } from './grant-effect.ts';

/** Names that a sentence lists before it counts the rest. */
const mostNames = 6;

/** `employee, salary and title in hr_prod`: the same words for requester, approver and auditor. */
export function scopeSentence(scope: Omit<ScopeView, 'sentence'>, projectName: string | null): string {
  if (scope.isProject) {
    return projectName === null ? 'all databases of every project' : `all databases of ${projectName}, also later ones`;
  }
  const parts = scope.databases.map((database) => {
    if (database.isWhole) return `all tables of ${database.name}, also later ones`;
    const schemas = database.schemas.map((schema) => `all of schema ${schema}`);
    const tables = database.tables.map(({ schema, table }) =>
      schema === '' || schema === 'public' ? table : `${schema}.${table}`,
    );
    return `${joinWords([...schemas, ...tables], 'tables')} in ${database.name}`;
  });
  return parts.length === 0 ? 'nothing' : joinWords(parts, 'databases');
}

/** `dev can read employee, salary and title in hr_prod` */
export function accessSentence(holder: string, privileges: readonly Privilege[], scope: ScopeView): string {
  return `${holder} can ${privilegeWords(privileges)} ${scope.sentence}`;
}

/** `dev loses read on employee in hr_prod; 1 running statement will be ended.` */
export function lossSentence(holder: string, privileges: readonly Privilege[], scope: ScopeView, loss: Loss): string {
  if (loss.kept === 'everything') {
    return `${holder} keeps ${privileges.join(' and ')} on ${scope.sentence} by other grants; nothing will be ended.`;
  }
  const stays = loss.kept === 'some' ? ', except what other grants give' : '';
  return `${holder} loses ${privileges.join(' and ')} on ${scope.sentence}${stays}; ${endsWords(loss)}.`;
}

/** `1 running statement and 2 open sessions will be ended` */
export function endsWords({ sessions, runningStatements }: Pick<Loss, 'sessions' | 'runningStatements'>): string {
  const ends = [
    ...(runningStatements > 0 ? [counted(runningStatements, 'running statement')] : []),
    ...(sessions > 0 ? [counted(sessions, 'open session')] : []),
  ];
  return ends.length === 0 ? 'nothing is open now' : `${ends.join(' and ')} will be ended`;
}

export function privilegeWords(privileges: readonly Privilege[]): string {
  const words: string[] = [];
  if (privileges.includes('write')) words.push('read', 'change');
  else if (privileges.includes('read')) words.push('read');
  if (privileges.includes('export')) words.push('export');
  return joinWords(words, '');
}

export function joinWords(words: readonly string[], what: string): string {
  const shown = words.slice(0, mostNames);
  const more = words.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more ${what}`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
