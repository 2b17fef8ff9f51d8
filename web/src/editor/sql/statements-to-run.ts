import { type Dialect, splitStatements, statementAt } from '@tidegate/sql-analysis/split';
import type { StatementToRun } from '../state/run-statements.ts';

export interface TextSelection {
  readonly from: number;
  readonly to: number;
}

/** Where something that will run stands in the text. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** All statements of a text. Text that cannot be split is one statement: the server says what is wrong with it. */
export function allStatements(dialect: Dialect, text: string): readonly StatementToRun[] {
  const split = splitStatements(dialect, text);
  if (split.ok) return split.statements.map(({ text: statement, start }) => ({ text: statement, start }));
  return text.trim() === '' ? [] : [{ text, start: 0 }];
}

/** What `Mod+Enter` runs: the statements of the selection, else the one at the cursor. */
export function statementsToRun(dialect: Dialect, text: string, selection: TextSelection): readonly StatementToRun[] {
  if (selection.from === selection.to) {
    const statement = statementAt(dialect, text, selection.from);
    return statement === null ? [] : [{ text: statement.text, start: statement.start }];
  }
  return allStatements(dialect, text.slice(selection.from, selection.to)).map(({ text: statement, start }) => ({
    text: statement,
    start: start + selection.from,
  }));
}

export function rangeOf(statements: readonly StatementToRun[]): TextRange | null {
  const [first] = statements;
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return null;
  return { from: first.start, to: last.start + last.text.length };
}

/** Whether a statement still stands in a text as it was. */
export function holdsStatement(dialect: Dialect, text: string, statement: string): boolean {
  return allStatements(dialect, text).some((found) => found.text === statement);
}

/** `statement 2 of 5`: which statements of the text these are; empty when there is none. */
export function placeWords(dialect: Dialect, text: string, statements: readonly StatementToRun[]): string {
  const all = allStatements(dialect, text);
  const [first] = statements;
  if (first === undefined) return '';
  if (statements.length > 1) return `${statements.length} selected statements`;
  const at = all.findIndex(({ start, text: whole }) => start === first.start && whole === first.text);
  if (at === -1) return 'the selection';
  return all.length === 1 ? 'the statement' : `statement ${at + 1} of ${all.length}`;
}
