import type { Lexeme, NameChain } from './lexemes.ts';
import { behindParenthesis, findOutside, isName, isOperator, readChain } from './lexemes.ts';
import { planPlainSyntax } from './plain-syntax.ts';

export type Verb = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/** What our own grammar of the frame of a query or DML statement found, before any parser is asked. */
export interface StatementPlan {
  readonly verb: Verb;
  /** What to leave out or rewrite for the parsers. */
  readonly edits: Map<number, string>;
  /** Names that the frame shows to be written: tables or, in UPDATE and multi-table DELETE, aliases of them. */
  readonly targets: NameChain[];
  /** UPDATE … SET with unqualified columns: the only table of the statement is written. */
  hasUnqualifiedTarget: boolean;
  allowedInto: number;
  doubt: string | null;
}

const INSERT_OPTIONS: ReadonlySet<string> = new Set(['LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY', 'IGNORE']);
const UPDATE_OPTIONS: ReadonlySet<string> = new Set(['LOW_PRIORITY', 'IGNORE']);
const DELETE_OPTIONS: ReadonlySet<string> = new Set(['LOW_PRIORITY', 'QUICK', 'IGNORE']);

/** Plans the statement whose verb (or WITH) stands at `from`. Null when it is neither query nor DML. */
export function planStatement(lexemes: readonly Lexeme[], from: number): StatementPlan | null {
  const at = lexemes[from]?.word === 'WITH' ? findOutside(lexemes, from, isVerb) : from;
  const word = lexemes[at]?.word ?? '';
  const verb = word === 'REPLACE' ? 'INSERT' : isDml(word) ? word : 'SELECT';
  const isQuery = word === 'SELECT' || word === 'TABLE' || word === 'VALUES' || isOperator(lexemes[at], '(');
  if (verb === 'SELECT' && !isQuery) return null;
  const plan: StatementPlan = {
    verb,
    edits: new Map(),
    targets: [],
    hasUnqualifiedTarget: false,
    allowedInto: -1,
    doubt: null,
  };
  if (word === 'TABLE') plan.edits.set(at, 'SELECT * FROM');
  if (verb === 'INSERT') planInsert(plan, lexemes, at);
  if (verb === 'UPDATE') planUpdate(plan, lexemes, at);
  if (verb === 'DELETE') planDelete(plan, lexemes, at);
  planPlainSyntax(plan.edits, lexemes, from);
  return plan;
}

function isDml(word: string): word is 'INSERT' | 'UPDATE' | 'DELETE' {
  return word === 'INSERT' || word === 'UPDATE' || word === 'DELETE';
}

function isVerb(lexeme: Lexeme): boolean {
  return isDml(lexeme.word) || ['SELECT', 'REPLACE', 'TABLE', 'VALUES'].includes(lexeme.word);
}

/** Drops the options after a verb and returns the index behind them. */
function skipOptions(
  plan: StatementPlan,
  lexemes: readonly Lexeme[],
  verb: number,
  options: ReadonlySet<string>,
): number {
  let at = verb + 1;
  while (options.has(lexemes[at]?.word ?? '')) plan.edits.set(at++, '');
  return at;
}

function planInsert(plan: StatementPlan, lexemes: readonly Lexeme[], verb: number): void {
  let at = skipOptions(plan, lexemes, verb, INSERT_OPTIONS);
  // REPLACE names the same tables as INSERT, and one parser loses its place in it.
  const hasInto = lexemes[at]?.word === 'INTO';
  plan.edits.set(verb, hasInto ? 'INSERT' : 'INSERT INTO');
  if (hasInto) plan.allowedInto = at++;
  const target = addTarget(plan, lexemes, at);
  if (target === null) return;
  at = target.last + 1;
  if (lexemes[at]?.word === 'PARTITION' && isOperator(lexemes[at + 1], '(')) {
    const end = behindParenthesis(lexemes, at + 1);
    for (; at < end; at++) plan.edits.set(at, '');
  }
  // `INSERT INTO t () VALUES ()`
  if (isEmptyList(lexemes, at)) for (let next = at; next < at + 2; next++) plan.edits.set(next, '');
  const values = findOutside(lexemes, at, (lexeme) => lexeme.word === 'VALUES' || lexeme.word === 'VALUE');
  for (let next = values + 1; values !== -1 && isEmptyList(lexemes, next); next += 3) plan.edits.set(next, '(1');
}

function isEmptyList(lexemes: readonly Lexeme[], at: number): boolean {
  return isOperator(lexemes[at], '(') && isOperator(lexemes[at + 1], ')');
}

function planUpdate(plan: StatementPlan, lexemes: readonly Lexeme[], verb: number): void {
  const start = skipOptions(plan, lexemes, verb, UPDATE_OPTIONS);
  const set = findOutside(lexemes, start, (lexeme) => lexeme.word === 'SET');
  if (set === -1) {
    plan.doubt = 'UPDATE has no SET.';
    return;
  }
  // For the parsers it becomes a query over the same tables and expressions.
  plan.edits.set(verb, 'SELECT 1 FROM');
  plan.edits.set(set, 'WHERE');
  planAssignments(plan, lexemes, set + 1);
}

/** `a.x = …, y = …`: the qualifiers of the left sides name what is written. */
function planAssignments(plan: StatementPlan, lexemes: readonly Lexeme[], start: number): void {
  const isEnd = (lexeme: Lexeme) => ['WHERE', 'ORDER', 'LIMIT', 'RETURNING'].includes(lexeme.word);
  for (let at = start; at !== -1; ) {
    const column = readChain(lexemes, at);
    if (column === null || !isOperator(lexemes[column.last + 1], '=')) {
      plan.doubt = 'The assignments of UPDATE are not understood.';
      return;
    }
    if (column.parts.length === 1) plan.hasUnqualifiedTarget = true;
    else plan.targets.push({ ...column, last: column.last - 2, parts: column.parts.slice(0, -1) });
    if (lexemes[column.last + 2]?.word === 'DEFAULT') plan.edits.set(column.last + 2, 'tg_default');
    const next = findOutside(lexemes, column.last + 2, (lexeme) => isOperator(lexeme, ',') || isEnd(lexeme));
    const goesOn = next !== -1 && isOperator(lexemes[next], ',');
    if (goesOn || lexemes[next]?.word === 'WHERE') plan.edits.set(next, 'AND');
    at = goesOn ? next + 1 : -1;
  }
}

function planDelete(plan: StatementPlan, lexemes: readonly Lexeme[], verb: number): void {
  const start = skipOptions(plan, lexemes, verb, DELETE_OPTIONS);
  const from = findOutside(lexemes, verb, (lexeme) => lexeme.word === 'FROM');
  const using = findOutside(lexemes, verb, (lexeme) => lexeme.word === 'USING');
  const where = findOutside(lexemes, verb, (lexeme) => lexeme.word === 'WHERE');
  if (from === -1) {
    plan.doubt = 'DELETE has no FROM.';
  } else if (from > start) {
    planDeleteTargets(plan, lexemes, verb, start, from);
  } else if (using !== -1 && (where === -1 || using < where) && isTargetList(lexemes, from + 1, using)) {
    planDeleteTargets(plan, lexemes, verb, from + 1, using);
    plan.edits.set(from, '');
    plan.edits.set(using, 'FROM');
  } else {
    addTarget(plan, lexemes, from + 1);
  }
}

/** `DELETE a, b.* FROM …` and `DELETE FROM a, b USING …` become `SELECT 1 FROM …` for the parsers. */
function planDeleteTargets(
  plan: StatementPlan,
  lexemes: readonly Lexeme[],
  verb: number,
  start: number,
  end: number,
): void {
  plan.edits.set(verb, 'SELECT 1');
  for (let at = start; at < end; at++) plan.edits.set(at, '');
  for (let at = start; at < end; ) {
    const target = addTarget(plan, lexemes, at);
    if (target === null) return;
    at = target.last + 1;
    if (isOperator(lexemes[at], '.') && isOperator(lexemes[at + 1], '*')) at += 2;
    if (at < end && !isOperator(lexemes[at], ',')) {
      plan.doubt = 'The list of tables to delete from is not understood.';
      return;
    }
    at++;
  }
}

/** Only names, dots, stars and commas: `DELETE FROM t AS a JOIN … USING (x)` is another thing, and no statement. */
function isTargetList(lexemes: readonly Lexeme[], start: number, end: number): boolean {
  return lexemes.slice(start, end).every((lexeme) => isName(lexeme) || ['.', ',', '*'].includes(lexeme.text));
}

function addTarget(plan: StatementPlan, lexemes: readonly Lexeme[], at: number): NameChain | null {
  const target = readChain(lexemes, at);
  if (target === null || target.parts.length > 2) plan.doubt = 'The table to be changed is not understood.';
  else plan.targets.push(target);
  return target;
}
