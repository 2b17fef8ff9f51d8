import type { Dialect, Token } from './token.ts';

/** Knows whether a semicolon belongs to the body of a routine or rule rather than ending the statement. */
export interface BodyTracker {
  see(token: Token, text: string): void;
  isOpen(): boolean;
}

const LONGEST_WORD = 'procedure'.length;

function wordOf(token: Token, text: string): string {
  if (token.kind !== 'word' || token.end - token.start > LONGEST_WORD) return '';
  return text.slice(token.start, token.end).toLowerCase();
}

export function createBodyTracker(dialect: Dialect): BodyTracker {
  return dialect === 'postgresql' ? new PostgresBody() : new MysqlBody();
}

/** `BEGIN ATOMIC … END` of routines, and the parentheses of `CREATE RULE … DO (…; …)`. */
class PostgresBody implements BodyTracker {
  private seen = 0;
  private kind: 'none' | 'create' | 'routine' | 'rule' = 'none';
  private begun = 0;
  private parens = 0;
  private last = '';

  see(token: Token, text: string): void {
    const word = wordOf(token, text);
    if (this.seen++ === 0) this.kind = word === 'create' ? 'create' : 'none';
    else if (this.kind === 'create') this.kind = kindAfterCreate(word);
    if (this.kind === 'routine') this.countBlocks(word);
    if (this.kind === 'rule') this.countParens(token, text);
    this.last = word;
  }

  isOpen(): boolean {
    return this.begun > 0 || this.parens > 0;
  }

  private countBlocks(word: string): void {
    if (word === 'atomic' && this.last === 'begin') this.begun++;
    else if (this.begun > 0 && word === 'case') this.begun++;
    else if (this.begun > 0 && word === 'end') this.begun--;
  }

  private countParens(token: Token, text: string): void {
    if (token.kind !== 'operator') return;
    if (text.charAt(token.start) === '(') this.parens++;
    if (text.charAt(token.start) === ')') this.parens = Math.max(0, this.parens - 1);
  }
}

function kindAfterCreate(word: string): 'none' | 'create' | 'routine' | 'rule' {
  if (word === 'function' || word === 'procedure') return 'routine';
  if (word === 'rule') return 'rule';
  return word === 'or' || word === 'replace' ? 'create' : 'none';
}

/** `BEGIN … END` and `CASE … END CASE` of stored programs; `END IF` and its like close nothing we count. */
class MysqlBody implements BodyTracker {
  private seen = 0;
  private isCreate = false;
  private isProgram = false;
  private depth = 0;
  private last = '';

  see(token: Token, text: string): void {
    const word = wordOf(token, text);
    if (this.seen++ === 0) this.isCreate = word === 'create';
    if (this.isCreate && !this.isProgram) this.isProgram = PROGRAMS.has(word);
    if (this.isProgram) this.countBlocks(word);
    this.last = word;
  }

  isOpen(): boolean {
    // A pending END is closed by what follows it, or by the semicolon itself.
    return this.depth - (this.last === 'end' ? 1 : 0) > 0;
  }

  private countBlocks(word: string): void {
    if (this.last === 'end' && !LOOPS.has(word)) this.depth = Math.max(0, this.depth - 1);
    if (word === 'begin' || (word === 'case' && this.last !== 'end')) this.depth++;
  }
}

const PROGRAMS: ReadonlySet<string> = new Set(['procedure', 'function', 'trigger', 'event']);
const LOOPS: ReadonlySet<string> = new Set(['if', 'loop', 'while', 'repeat']);
