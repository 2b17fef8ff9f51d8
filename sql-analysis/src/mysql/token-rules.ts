import type { Dialect } from '../token.ts';
import type { Lexeme } from './lexemes.ts';
import { hasWords, isName, isOperator, isQualifiedPart } from './lexemes.ts';
import { ADJACENT_FUNCTIONS, MARIADB_FUNCTIONS, MYSQL_FUNCTIONS, WORDS_BEFORE_PARENTHESIS } from './mysql-functions.ts';

/** A stretch of lexemes to check, and what the statement's own grammar has explained already. */
export interface RuleScope {
  readonly dialect: Dialect;
  readonly lexemes: readonly Lexeme[];
  readonly from: number;
  /** The INTO that INSERT and REPLACE may have; -1 when none is allowed. */
  readonly allowedInto: number;
}

export const FILE_DOUBT = 'It writes a file on the server.';

/** Words that make a query do more than read and write the tables it names. */
const FORBIDDEN: ReadonlyMap<string, string> = new Map([
  ['INTO', 'SELECT … INTO puts its result into a variable.'],
  ['PROCEDURE', 'PROCEDURE in a query runs code on the server.'],
  ['HANDLER', 'HANDLER reads a table outside of any query.'],
]);

/** First sentence about what the tokens alone forbid, or null. No parser is asked. */
export function tokenDoubt(scope: RuleScope): string | null {
  if (writesFile(scope)) return FILE_DOUBT;
  const cases = { open: 0 };
  for (let at = scope.from; at < scope.lexemes.length; at++) {
    const doubt = lexemeDoubt(scope, at, cases);
    if (doubt !== null) return doubt;
  }
  return null;
}

function writesFile({ lexemes, from }: RuleScope): boolean {
  return lexemes.some((lexeme, at) => at >= from && (lexeme.word === 'OUTFILE' || lexeme.word === 'DUMPFILE'));
}

function lexemeDoubt(scope: RuleScope, at: number, cases: { open: number }): string | null {
  const { lexemes } = scope;
  const lexeme = lexemes[at];
  if (lexeme === undefined) return null;
  if (isOperator(lexeme, ':')) return 'A variable is assigned inside the statement (:=).';
  if (lexeme.word === '' || isQualifiedPart(lexemes, at)) return null;
  if (lexeme.word === 'CASE') cases.open++;
  // A parser behind us stops at a stray END and drops the rest.
  if (lexeme.word === 'END' && --cases.open < 0) return 'It holds END outside of CASE.';
  if (hasWords(lexemes, at, 'NEXT', 'VALUE') || hasWords(lexemes, at, 'PREVIOUS', 'VALUE')) {
    return 'It takes a value from a sequence.';
  }
  if (lexeme.word === 'INTO' && at === scope.allowedInto) return null;
  return FORBIDDEN.get(lexeme.word) ?? null;
}

/** Functions called by the statement, and the first sentence about a call that is not understood. */
export interface Calls {
  readonly functions: readonly string[];
  readonly doubt: string | null;
}

/**
 * Every name, quoted or not, before a parenthesis is a call and must be on the list of the server's own
 * functions. `explained` holds the lexemes that the parsers show to be relations, CTEs and aliases there.
 */
export function callsOf(scope: RuleScope, explained: ReadonlySet<number>): Calls {
  const functions = new Set<string>();
  let doubt: string | null = null;
  for (let at = scope.from; at < scope.lexemes.length; at++) {
    const lexeme = scope.lexemes[at];
    if (lexeme === undefined || (lexeme.kind !== 'word' && lexeme.kind !== 'quoted')) continue;
    if (!isOperator(scope.lexemes[at + 1], '(') || explained.has(at)) continue;
    const verdict = judge(scope, at, lexeme);
    if (verdict === 'syntax') continue;
    functions.add(verdict === 'known' ? lexeme.text.toLowerCase() : lexeme.text);
    if (verdict === 'unknown')
      doubt ??= `The function ${lexeme.text} may read or change tables that the text does not name.`;
  }
  return { functions: [...functions], doubt };
}

function judge(scope: RuleScope, at: number, lexeme: Lexeme): 'syntax' | 'known' | 'unknown' {
  const { lexemes } = scope;
  if (lexeme.kind === 'quoted' || isQualifiedPart(lexemes, at)) return 'unknown';
  if (WORDS_BEFORE_PARENTHESIS.has(lexeme.word) || isSyntaxHere(scope, at)) return 'syntax';
  const name = lexeme.text.toLowerCase();
  const known = scope.dialect === 'mariadb' ? MARIADB_FUNCTIONS : MYSQL_FUNCTIONS;
  if (!known.has(name)) return 'unknown';
  const touches = lexeme.end === lexemes[at + 1]?.start;
  return touches || !ADJACENT_FUNCTIONS.has(name) ? 'known' : 'unknown';
}

/** Words that are no functions in one place only. */
function isSyntaxHere(scope: RuleScope, at: number): boolean {
  const { lexemes, dialect } = scope;
  const before = lexemes[at - 1];
  switch (lexemes[at]?.word) {
    case 'ANY':
    case 'SOME':
      return before?.kind === 'operator' && '=<>'.includes(before.text);
    case 'AGAINST':
    case 'VALUE':
      return isOperator(before, ')');
    case 'OF':
      return before?.word === 'MEMBER';
    case 'DATETIME':
    case 'NCHAR':
    case 'TIME':
      return before?.word === 'AS';
    case 'JSON_TABLE':
      return before?.word === 'FROM' || before?.word === 'JOIN';
    case 'COLUMNS':
      return before?.kind === 'string';
    case 'ROW':
      return true;
    case 'LATERAL':
    case 'RECURSIVE':
      return dialect === 'mysql';
    case 'RETURNING':
      return dialect === 'mariadb';
    default:
      return false;
  }
}

/** Words after which a relation must follow, unless they stand inside the argument list of one of these functions. */
const RELATION_WORDS: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'STRAIGHT_JOIN']);
const FROM_IN_CALL: ReadonlySet<string> = new Set(['EXTRACT', 'TRIM', 'SUBSTRING', 'SUBSTR', 'MID']);

/**
 * A third look, without any parser: a name right after FROM or JOIN that the parsers did not report as a
 * relation. Returns a sentence, or null.
 */
export function unreportedRelation(
  lexemes: readonly Lexeme[],
  from: number,
  reported: ReadonlySet<number>,
): string | null {
  const calls: string[] = [];
  for (let at = from; at < lexemes.length; at++) {
    if (isOperator(lexemes[at], '(')) calls.push(lexemes[at - 1]?.word ?? '');
    if (isOperator(lexemes[at], ')')) calls.pop();
    if (!introducesRelation(lexemes, at, calls.at(-1) ?? '') || reported.has(at + 1)) continue;
    return `What ${lexemes[at + 1]?.text} names after ${lexemes[at]?.word} is not understood.`;
  }
  return null;
}

/** True for FROM and JOIN before a name that has to be a relation. */
function introducesRelation(lexemes: readonly Lexeme[], at: number, call: string): boolean {
  const word = lexemes[at]?.word ?? '';
  if (!RELATION_WORDS.has(word) || isQualifiedPart(lexemes, at)) return false;
  if (word === 'FROM' && FROM_IN_CALL.has(call)) return false;
  const next = lexemes[at + 1];
  return isName(next) && !isExemptAfterFrom(next?.word ?? '', lexemes[at + 2]);
}

function isExemptAfterFrom(word: string, behind: Lexeme | undefined): boolean {
  if (word === 'DUAL') return !isOperator(behind, '.');
  return (word === 'JSON_TABLE' || word === 'LATERAL') && isOperator(behind, '(');
}
