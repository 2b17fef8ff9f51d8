// Free of WebAssembly and of Node, so that the browser can import it as `@tidegate/sql-analysis/split`.
import { MAX_STATEMENTS, textFault } from './limits.ts';
import { lexMysql } from './mysql/mysql-lexer.ts';
import { lexPostgres } from './postgresql/pg-lexer.ts';
import { createBodyTracker } from './statement-body.ts';
import type { Dialect, Lexed } from './token.ts';

export type { Dialect } from './token.ts';

/** One statement without its semicolon. Offsets are UTF-16 code units of the submitted text. */
export interface StatementText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type SplitFaultCode = 'sql.too_long' | 'sql.too_many_statements' | 'sql.unterminated' | 'sql.invalid_text';

export type Split =
  | { readonly ok: true; readonly statements: StatementText[] }
  | { readonly ok: false; readonly code: SplitFaultCode; readonly message: string; readonly position: number | null };

/**
 * Splits a text at the semicolons that end statements, by the server's lexical rules alone. Blank and
 * comment-only pieces are dropped; bodies of routines stay whole. Never throws: a breach of a cap, text that
 * no server takes, or a quote that never ends is an error value.
 */
export function splitStatements(dialect: Dialect, text: string): Split {
  const fault = textFault(text);
  if (fault !== null) return { ok: false, ...fault };
  const lexed = lex(dialect, text);
  if (lexed.unterminated !== null) {
    const { reason, position } = lexed.unterminated;
    return { ok: false, code: 'sql.unterminated', message: reason, position };
  }
  const statements = cut(dialect, text, lexed).map(({ start, end }) => ({ text: text.slice(start, end), start, end }));
  const first = statements[MAX_STATEMENTS];
  if (first !== undefined) {
    const message = `The text holds more than ${MAX_STATEMENTS} statements.`;
    return { ok: false, code: 'sql.too_many_statements', message, position: first.start };
  }
  return { ok: true, statements };
}

/**
 * The statement that the cursor belongs to: the one it touches (its semicolon included), else the one before
 * it, else the first. Null when there is none. Tolerates text that is still being typed.
 */
export function statementAt(dialect: Dialect, text: string, offset: number): StatementText | null {
  const pieces = cut(dialect, text, lex(dialect, text));
  const before = pieces.findLast((piece) => piece.start <= offset);
  const after = pieces.find((piece) => piece.start > offset);
  const chosen = before ?? after;
  if (chosen === undefined) return null;
  return { text: text.slice(chosen.start, chosen.end), start: chosen.start, end: chosen.end };
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

function lex(dialect: Dialect, text: string): Lexed {
  return dialect === 'postgresql' ? lexPostgres(text) : lexMysql(text);
}

function cut(dialect: Dialect, text: string, lexed: Lexed): Piece[] {
  const pieces: Piece[] = [];
  let start = -1;
  let end = -1;
  let body = createBodyTracker(dialect);
  const finish = () => {
    if (start !== -1) pieces.push({ start, end });
    start = -1;
    body = createBodyTracker(dialect);
  };
  for (const token of lexed.tokens) {
    if (token.kind === 'semicolon' && !body.isOpen()) {
      finish();
      continue;
    }
    if (start === -1) start = token.start;
    end = token.end;
    body.see(token, text);
  }
  finish();
  return pieces;
}
