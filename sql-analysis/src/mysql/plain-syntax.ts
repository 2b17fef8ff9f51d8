import type { Lexeme } from './lexemes.ts';
import { behindParenthesis, hasWords, isName, isOperator, isQualifiedPart } from './lexemes.ts';

/**
 * Rewrites syntax that one of the parsers does not know into plainer syntax over the same tables. The meaning of
 * expressions does not matter here, only which of them there are and what they hold.
 */
export function planPlainSyntax(edits: Map<number, string>, lexemes: readonly Lexeme[], from: number): void {
  for (let at = from; at < lexemes.length; at++) {
    if (edits.has(at) || isQualifiedPart(lexemes, at)) continue;
    const plain = plainOperator(lexemes, at);
    if (plain !== null) edits.set(at, plain);
    if (hasWords(lexemes, at, 'LOCK', 'IN', 'SHARE', 'MODE')) drop(edits, at, 4);
    // `WITH name AS` has a name there too, but ROLLUP is never followed by AS in GROUP BY.
    if (hasWords(lexemes, at, 'WITH', 'ROLLUP') && !opensCte(lexemes, at + 2)) drop(edits, at, 2);
    if (lexemes[at]?.word === 'SELECT') planSelectOptions(edits, lexemes, at + 1);
    if (isOperator(lexemes[at], '(') && opensTableList(lexemes, at)) planTableList(edits, lexemes, at);
  }
}

function plainOperator(lexemes: readonly Lexeme[], at: number): string | null {
  const next = lexemes[at + 1];
  switch (lexemes[at]?.word) {
    case 'REGEXP':
    case 'RLIKE':
      return 'LIKE';
    case 'SOUNDS':
      return next?.word === 'LIKE' ? '' : null;
    case 'MOD':
      return isOperator(next, '(') ? null : '%';
    case 'DEFAULT':
      return isOperator(next, '(') ? 'tg_default' : null;
    default:
      return isOperator(lexemes[at], '!') && !isOperator(next, '=') ? '-' : null;
  }
}

function opensCte(lexemes: readonly Lexeme[], at: number): boolean {
  return lexemes[at]?.word === 'AS' || isOperator(lexemes[at], '(');
}

function drop(edits: Map<number, string>, from: number, count: number): void {
  for (let at = from; at < from + count; at++) edits.set(at, '');
}

const SELECT_OPTIONS: ReadonlySet<string> = new Set([
  'SQL_NO_CACHE',
  'SQL_CACHE',
  'SQL_CALC_FOUND_ROWS',
  'SQL_SMALL_RESULT',
  'SQL_BIG_RESULT',
  'SQL_BUFFER_RESULT',
  'HIGH_PRIORITY',
  'STRAIGHT_JOIN',
]);
const QUANTIFIERS: ReadonlySet<string> = new Set(['ALL', 'DISTINCT', 'DISTINCTROW']);

function planSelectOptions(edits: Map<number, string>, lexemes: readonly Lexeme[], start: number): void {
  for (let at = start; at < lexemes.length; at++) {
    const option = lexemes[at]?.word ?? '';
    if (SELECT_OPTIONS.has(option)) edits.set(at, '');
    else if (option === 'DISTINCTROW') edits.set(at, 'DISTINCT');
    else if (!QUANTIFIERS.has(option)) return;
  }
}

/** `FROM (a, b)` and `JOIN (a, b)`, as opposed to a subquery or an argument list. */
function opensTableList(lexemes: readonly Lexeme[], at: number): boolean {
  const before = lexemes[at - 1]?.word ?? '';
  const after = lexemes[at + 1];
  const isList = isName(after) && !['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(after?.word ?? '');
  return isList && ['FROM', 'JOIN', 'STRAIGHT_JOIN'].includes(before) && !isQualifiedPart(lexemes, at - 1);
}

/** A comma between tables is a join of lower precedence, which one parser does not know inside parentheses. */
function planTableList(edits: Map<number, string>, lexemes: readonly Lexeme[], open: number): void {
  const end = behindParenthesis(lexemes, open) - 1;
  for (let at = open + 1; at < end; at++) {
    if (isOperator(lexemes[at], '(')) at = behindParenthesis(lexemes, at) - 1;
    else if (isOperator(lexemes[at], ',')) edits.set(at, 'CROSS JOIN');
  }
}
