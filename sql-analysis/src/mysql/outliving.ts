import type { Dialect } from '../token.ts';
import { hasWords, isOperator, type Lexeme, toLexemes } from './lexemes.ts';
import { lexMysql } from './mysql-lexer.ts';

const ofXa =
  'This was not sent: an XA transaction outlives the session and the access it was begun with, and anybody can commit it. Use START TRANSACTION and COMMIT.';
const ofDynamic =
  'This was not sent: what it would run is not in the text. Write that statement itself, or give it as one plain string without backslashes.';

/**
 * Why a statement must not be sent, as a sentence for the person: it would prepare or end an XA transaction, which
 * neither the end of a session nor the end of its account takes back, or on MariaDB it could, because it runs a text that is
 * not in it. Null for everything else. MySQL prepares no XA statements.
 */
export function outlivingWork(dialect: Dialect, text: string): string | null {
  if (dialect === 'postgresql') return null;
  const hasDynamic = dialect === 'mariadb';
  const { tokens } = lexMysql(text);
  const lexemes = toLexemes(text, tokens);
  if (tokens.some(({ kind }) => kind === 'executable') || (hasDynamic && isAroundOthers(lexemes))) {
    if (/\bxa\b/i.test(text)) return ofXa;
    return hasDynamic && /\b(?:execute|prepare)\b/i.test(text) ? ofDynamic : null;
  }
  if (lexemes[0]?.word === 'XA') return lexemes[1]?.word === 'RECOVER' ? null : ofXa;
  const at = hasDynamic ? beginningOfDynamic(lexemes) : null;
  if (at === null) return null;
  const inner = plainText(lexemes, at);
  return inner === null ? ofDynamic : outlivingWork(dialect, inner);
}

const compounds: ReadonlySet<string> = new Set('CASE DECLARE FOR IF LOOP REPEAT WHILE'.split(' '));

/**
 * Begins like a statement that runs others: a compound one, `SET STATEMENT … FOR`. Where those others stand depends on what
 * is quoted, and that on settings of the session which its person may change.
 */
function isAroundOthers(lexemes: readonly Lexeme[]): boolean {
  const [first, second] = lexemes;
  if (first === undefined || second === undefined) return false;
  if ((first.kind !== 'word' && !isOperator(first, '(')) || isOperator(second, ':') || compounds.has(first.word))
    return true;
  return (first.word === 'BEGIN' && second.word !== 'WORK') || hasWords(lexemes, 0, 'SET', 'STATEMENT');
}

/** Where `EXECUTE IMMEDIATE …` and `PREPARE name FROM …` have their text. */
function beginningOfDynamic(lexemes: readonly Lexeme[]): number | null {
  if (hasWords(lexemes, 0, 'EXECUTE', 'IMMEDIATE')) return 2;
  if (lexemes[0]?.word === 'PREPARE' && lexemes[2]?.word === 'FROM') return 3;
  return null;
}

/** The content of one string that is all there is; null where it is anything else. */
function plainText(lexemes: readonly Lexeme[], at: number): string | null {
  const literal = lexemes[at];
  const next = lexemes[at + 1];
  const isAlone = next === undefined || next.kind === 'semicolon' || next.word === 'USING';
  if (literal?.kind !== 'string' || !isAlone) return null;
  const quote = literal.text.charAt(0);
  if ((quote !== "'" && quote !== '"') || literal.text.includes('\\')) return null;
  return literal.text.slice(1, -1).replaceAll(quote + quote, quote);
}
