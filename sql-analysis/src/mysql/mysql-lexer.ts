import type { Concern, Lexed, Token, TokenKind } from '../token.ts';
import { endOfLine, endOfWord, isBlank, isDigit, isWordStart } from '../token.ts';

/**
 * The server's lexical rules under the fixed sql_mode (no ANSI_QUOTES, no NO_BACKSLASH_ESCAPES).
 * Whatever a server may read otherwise than the parsers behind us becomes a concern.
 */
export function lexMysql(text: string): Lexed {
  return new MysqlLexer(text).run();
}

/** Blanks, joiners and direction marks beyond ASCII: letters to the server, blanks to the reader and to some parsers. */
const DECEIVING = /[\p{Z}\p{C}\u{10000}-\u{10ffff}]|\u034f/u;
const OPERATORS = '+-*/%=<>!&|^~(),.:';

class MysqlLexer {
  private readonly text: string;
  private at = 0;
  private readonly tokens: Token[] = [];
  private unterminated: Concern | null = null;
  private concern: Concern | null = null;

  constructor(text: string) {
    this.text = text;
  }

  run(): Lexed {
    while (this.at < this.text.length) {
      if (!this.skipBlankOrComment()) this.readToken();
    }
    return { tokens: this.tokens, unterminated: this.unterminated, concern: this.concern };
  }

  private skipBlankOrComment(): boolean {
    const { text, at } = this;
    const code = text.charCodeAt(at);
    if (isBlank(code)) {
      this.at++;
      return true;
    }
    if (code === 35 || this.isDashComment()) {
      this.at = endOfLine(text, at);
      return true;
    }
    if (code === 47 && text.charCodeAt(at + 1) === 42) {
      this.readBlockComment();
      return true;
    }
    return false;
  }

  /** `--` is a comment only before a blank, a control character or the end; `5--1` is a subtraction. */
  private isDashComment(): boolean {
    if (!this.text.startsWith('--', this.at)) return false;
    const next = this.at + 2;
    return next >= this.text.length || this.text.charCodeAt(next) <= 32;
  }

  private readBlockComment(): void {
    const { text, at } = this;
    const runs = /^\/\*(?:!|M!)/.test(text.slice(at, at + 4));
    const close = text.indexOf('*/', at + 2);
    const end = close === -1 ? text.length : close + 2;
    if (close === -1) this.neverEnds('The comment', at);
    if (runs) {
      this.push('executable', at, end);
      this.worry('It holds a comment that the server runs (/*! … */).', at);
    } else if (text.slice(at + 2, end).includes('/*')) {
      this.worry('A comment begins inside another comment; servers do not nest them.', at);
    }
    this.at = end;
  }

  private readToken(): void {
    const { text, at } = this;
    const code = text.charCodeAt(at);
    if (code === 39 || code === 34) this.readString(at, at);
    else if (code === 96) this.readBackquoted();
    else if (code === 59) this.push('semicolon', at, at + 1);
    else if (code === 64) this.readVariable();
    else if (code === 63) this.push('variable', at, at + 1);
    else if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(at + 1)))) this.readNumber();
    else if (isWordStart(code) || code === 36) this.readWordOrPrefixedString();
    else this.readOperator(code);
  }

  private readOperator(code: number): void {
    const char = this.text.charAt(this.at);
    if (code < 32 || code === 127) this.worry('It holds a control character.', this.at);
    else if (!OPERATORS.includes(char)) this.worry(`It holds "${char}" outside a string.`, this.at);
    this.push('operator', this.at, this.at + 1);
  }

  private readWordOrPrefixedString(): void {
    const { text, at } = this;
    if (text.charAt(at + 1) === "'" && /[nxb]/i.test(text.charAt(at))) {
      this.readString(at, at + 1);
      return;
    }
    const end = endOfWord(text, at);
    if (DECEIVING.test(text.slice(at, end)))
      this.worry('It holds a character that looks like a blank but is part of a name.', at);
    this.push('word', at, end);
  }

  private readString(start: number, open: number, kind: TokenKind = 'string'): void {
    const { text } = this;
    const quote = text.charCodeAt(open);
    let at = open + 1;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === 92) at += 2;
      else if (code !== quote) at++;
      else if (text.charCodeAt(at + 1) === quote) at += 2;
      else {
        this.push(kind, start, at + 1);
        return;
      }
    }
    this.push(kind, start, text.length);
    this.neverEnds('The string', start);
  }

  /** Backslashes mean nothing inside backquotes. Returns the end, or null when there is none. */
  private endOfBackquoted(open: number): number | null {
    const { text } = this;
    for (let at = text.indexOf('`', open + 1); at !== -1; at = text.indexOf('`', at + 2)) {
      if (text.charCodeAt(at + 1) !== 96) return at + 1;
    }
    return null;
  }

  private readBackquoted(start = this.at, open = start): void {
    const end = this.endOfBackquoted(open);
    this.push(open === start ? 'quoted' : 'variable', start, end ?? this.text.length);
    if (end === null) this.neverEnds('The quoted name', start);
  }

  /** `@x`, `@'x'`, `@@session.x`. The quoted forms also appear as hosts in account names. */
  private readVariable(): void {
    const { text, at } = this;
    const quote = text.charAt(at + 1);
    if (quote === '`') this.readBackquoted(at, at + 1);
    else if (quote === "'" || quote === '"') this.readString(at, at + 1, 'variable');
    else this.readPlainVariable();
  }

  private readPlainVariable(): void {
    const { text, at } = this;
    const plain = /@@?[A-Za-z0-9_.$]*/y;
    plain.lastIndex = at;
    const end = at + (plain.exec(text)?.[0].length ?? 1);
    if (end <= at + 1 || isWordStart(text.charCodeAt(end)))
      this.worry('It holds a variable whose name is unusual.', at);
    this.push('variable', at, end);
  }

  private readNumber(): void {
    const { text, at } = this;
    const number = /0x[0-9A-Fa-f]+|0b[01]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
    number.lastIndex = at;
    const end = at + Math.max(1, number.exec(text)?.[0].length ?? 1);
    const before = this.tokens.at(-1);
    const afterName = text.charCodeAt(at) === 46 && (before?.kind === 'word' || before?.kind === 'quoted');
    if (afterName || isWordStart(text.charCodeAt(end)) || text.charCodeAt(end) === 36 || text.charCodeAt(end) === 96) {
      this.worry('A number runs into a name, which can be read in two ways.', at);
    }
    this.push('number', at, end);
  }

  private push(kind: TokenKind, start: number, end: number): void {
    const bounded = Math.min(end, this.text.length);
    this.tokens.push({ kind, start, end: bounded });
    this.at = bounded;
  }

  private worry(reason: string, position: number): void {
    this.concern ??= { reason, position };
  }

  private neverEnds(what: string, start: number): void {
    this.unterminated ??= { reason: `${what} that starts here never ends.`, position: start };
  }
}
