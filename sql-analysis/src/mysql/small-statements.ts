import type { Analysis, StatementKind } from '../analysis.ts';
import { unsure } from '../analysis.ts';
import { RelationUses } from '../relation-uses.ts';
import type { Lexeme } from './lexemes.ts';
import { hasWords, isName, isOperator, readChain } from './lexemes.ts';

/** Statements without tables of their own, by first word. */
const PLAIN: ReadonlyMap<string, StatementKind> = new Map<string, StatementKind>([
  ['BEGIN', 'transaction'],
  ['COMMIT', 'transaction'],
  ['ROLLBACK', 'transaction'],
  ['SAVEPOINT', 'transaction'],
  ['XA', 'transaction'],
  ['USE', 'session'],
]);

/** Statements whose work the text does not show. */
const UNKNOWN_WORK: ReadonlyMap<string, readonly [StatementKind, string]> = new Map<
  string,
  readonly [StatementKind, string]
>([
  ['CALL', ['routine', 'CALL runs a procedure, and what that touches is not in the text.']],
  ['DO', ['other', 'DO evaluates expressions that Tidegate does not look into.']],
  ['HANDLER', ['other', 'HANDLER reads a table outside of any query.']],
  ['PREPARE', ['other', 'PREPARE keeps a statement that runs later.']],
  ['EXECUTE', ['other', 'EXECUTE runs a statement that was prepared earlier.']],
  ['DEALLOCATE', ['session', 'DEALLOCATE ends a statement that was prepared earlier.']],
  ['LOAD', ['write', 'LOAD reads a file into a table.']],
  ['IMPORT', ['ddl', 'IMPORT brings tables in from files.']],
  ['KILL', ['other', 'KILL ends somebody’s session or statement.']],
  ['HELP', ['show', 'HELP reads the server’s own tables.']],
]);

const DEFINES: ReadonlySet<string> = new Set(
  'CREATE ALTER DROP RENAME GRANT REVOKE INSTALL UNINSTALL COMMENT'.split(' '),
);

/** Analyses what is neither a query nor DML nor EXPLAIN, by a small grammar of our own on the lexemes. */
export function analyseSmallStatement(lexemes: readonly Lexeme[]): Analysis {
  const word = lexemes[0]?.word ?? '';
  // `BEGIN NOT ATOMIC`, or a block as Oracle has them.
  if (word === 'BEGIN' && lexemes.length > 1 && !hasWords(lexemes, 1, 'WORK')) {
    return unsure('A block runs other statements.', 'other');
  }
  const plain = PLAIN.get(word);
  if (plain !== undefined) return simple(lexemes, plain);
  if (hasWords(lexemes, 0, 'START', 'TRANSACTION')) return simple(lexemes, 'transaction');
  if (hasWords(lexemes, 0, 'RELEASE', 'SAVEPOINT')) return simple(lexemes, 'transaction');
  if (hasWords(lexemes, 0, 'UNLOCK', 'TABLES')) return simple(lexemes, 'transaction');
  if (word === 'SET') return analyseSet(lexemes);
  if (word === 'SHOW') return analyseShow(lexemes);
  if (word === 'TRUNCATE') return analyseTruncate(lexemes);
  if (word === 'LOCK') return analyseLock(lexemes);
  const unknown = UNKNOWN_WORK.get(word);
  if (unknown !== undefined) return unsure(unknown[1], unknown[0]);
  if (DEFINES.has(word)) {
    return unsure('It changes definitions, and Tidegate does not work out all that such a statement touches.', 'ddl');
  }
  return unsure('Tidegate does not know this statement.', word === '' ? null : 'other');
}

/** `SET x = (SELECT …)` is the one form of these that reads tables; a function may as well. */
function simple(lexemes: readonly Lexeme[], kind: StatementKind): Analysis {
  if (lexemes.some((lexeme) => isOperator(lexeme, '('))) {
    return unsure('It evaluates an expression that Tidegate does not look into.', kind);
  }
  return { sure: true, kind, relations: [], functions: [] };
}

/** On MariaDB `SET STATEMENT … FOR` runs another statement, and a sequence gives its next value without parentheses. */
function analyseSet(lexemes: readonly Lexeme[]): Analysis {
  if (hasWords(lexemes, 1, 'STATEMENT')) return unsure('SET STATEMENT runs another statement.', 'other');
  if (lexemes.some((_lexeme, at) => hasWords(lexemes, at, 'VALUE', 'FOR'))) {
    return unsure('It takes a value from a sequence.', 'session');
  }
  return simple(lexemes, 'session');
}

function using(kind: StatementKind, relations: RelationUses): Analysis {
  return { sure: true, kind, relations: relations.list(), functions: [] };
}

/** Adds the name at `at` and returns the index behind it, or null when no name stands there. */
function addName(
  uses: RelationUses,
  lexemes: readonly Lexeme[],
  at: number,
  privilege: 'read' | 'write',
): number | null {
  const chain = readChain(lexemes, at);
  if (chain === null || chain.parts.length > 2) return null;
  const [first = '', second] = chain.parts;
  const start = lexemes[chain.first]?.start ?? 0;
  const range = { start, end: lexemes[chain.last]?.end ?? start };
  const schema = second === undefined ? null : first;
  if (schema?.toLowerCase() !== 'information_schema' || privilege === 'write') {
    uses.add(schema, second ?? first, privilege, range);
  }
  return chain.last + 1;
}

/** `TABLE [column | 'pattern']` after DESCRIBE or EXPLAIN. Null when it is something else. */
export function analyseDescribe(lexemes: readonly Lexeme[], at: number): Analysis | null {
  const uses = new RelationUses();
  const behind = addName(uses, lexemes, at, 'read');
  if (behind === null) return null;
  const rest = lexemes.length - behind;
  const last = lexemes[behind];
  const isColumn = rest === 1 && (isName(last) || last?.kind === 'string');
  return rest === 0 || isColumn ? using('show', uses) : null;
}

/** What stands between SHOW and the table it is about. */
const SHOW_ABOUT_TABLE: ReadonlySet<string> = new Set(['COLUMNS', 'FIELDS', 'INDEX', 'INDEXES', 'KEYS']);

function analyseShow(lexemes: readonly Lexeme[]): Analysis {
  // SHOW … WHERE takes any expression, subqueries included.
  if (lexemes.some((lexeme) => isOperator(lexeme, '(') || lexeme.word === 'SELECT')) {
    return unsure('SHOW evaluates an expression that Tidegate does not look into.', 'show');
  }
  const uses = new RelationUses();
  if (hasWords(lexemes, 1, 'CREATE', 'TABLE') || hasWords(lexemes, 1, 'CREATE', 'VIEW')) {
    const behind = addName(uses, lexemes, 3, 'read');
    return behind === lexemes.length ? using('show', uses) : unsure('SHOW is written in an unknown way.', 'show');
  }
  let at = 1;
  while (['EXTENDED', 'FULL'].includes(lexemes[at]?.word ?? '')) at++;
  if (!SHOW_ABOUT_TABLE.has(lexemes[at]?.word ?? '')) return using('show', uses);
  return showAboutTable(lexemes, at + 1);
}

/** `FROM t [FROM db] [LIKE … | WHERE …]`; the second name wins over a qualifier. */
function showAboutTable(lexemes: readonly Lexeme[], from: number): Analysis {
  const isFrom = (at: number) => lexemes[at]?.word === 'FROM' || lexemes[at]?.word === 'IN';
  const table = isFrom(from) ? readChain(lexemes, from + 1) : null;
  if (table === null || table.parts.length > 2) return unsure('SHOW is written in an unknown way.', 'show');
  const database = isFrom(table.last + 1) ? readChain(lexemes, table.last + 2) : null;
  const behind = (database ?? table).last + 1;
  const next = lexemes[behind]?.word;
  const endsWell = behind === lexemes.length || next === 'LIKE' || next === 'WHERE';
  if (!endsWell || (database !== null && (database.parts.length > 1 || table.parts.length > 1))) {
    return unsure('SHOW is written in an unknown way.', 'show');
  }
  const uses = new RelationUses();
  const [first = '', second] = table.parts;
  const schema = database?.parts[0] ?? (second === undefined ? null : first);
  const start = lexemes[table.first]?.start ?? 0;
  if (schema?.toLowerCase() !== 'information_schema') {
    uses.add(schema, second ?? first, 'read', { start, end: lexemes[table.last]?.end ?? start });
  }
  return using('show', uses);
}

function analyseTruncate(lexemes: readonly Lexeme[]): Analysis {
  const uses = new RelationUses();
  const behind = addName(uses, lexemes, lexemes[1]?.word === 'TABLE' ? 2 : 1, 'write');
  if (behind !== lexemes.length) return unsure('TRUNCATE is written in an unknown way.', 'ddl', uses.list());
  return using('ddl', uses);
}

/** `LOCK TABLES t [[AS] a] READ [LOCAL] | [LOW_PRIORITY] WRITE, …` */
function analyseLock(lexemes: readonly Lexeme[]): Analysis {
  const strange = unsure('LOCK is written in an unknown way.', 'transaction');
  if (!hasWords(lexemes, 0, 'LOCK', 'TABLES') && !hasWords(lexemes, 0, 'LOCK', 'TABLE')) return strange;
  const uses = new RelationUses();
  for (let at = 2; at < lexemes.length; ) {
    const comma = lexemes.findIndex((lexeme, index) => index > at && isOperator(lexeme, ','));
    const end = comma === -1 ? lexemes.length : comma;
    const isRead = lexemes[end - 1]?.word === 'READ' || hasWords(lexemes, end - 2, 'READ', 'LOCAL');
    const isWrite = lexemes[end - 1]?.word === 'WRITE';
    if (!isRead && !isWrite) return strange;
    if (addName(uses, lexemes, at, isRead ? 'read' : 'write') === null) return strange;
    at = end + 1;
  }
  return using('transaction', uses);
}
