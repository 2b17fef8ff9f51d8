import type { Concern, Lexed, Token, TokenKind } from '../token.ts';
import { endOfLine, endOfWord, isBlank, isDigit, isWordStart } from '../token.ts';

/** PostgreSQL's lexical rules with standard_conforming_strings on (chapter 4.1 of its manual). */
export function lexPostgres(text: string): Lexed {
  return new PostgresLexer(text).run();
}

class PostgresLexer {
  private readonly text: string;
  private at = 0;
  private readonly tokens: Token[] = [];
  private unterminated: Concern | null = null;

  constructor(text: string) {
    this.text = text;
  }

  run(): Lexed {
    while (this.at < this.text.length) {
      if (!this.skipBlankOrComment()) this.readToken();
    }
    return { tokens: this.tokens, unterminated: this.unterminated, concern: null };
  }

  private skipBlankOrComment(): boolean {
    const code = this.text.charCodeAt(this.at);
    if (isBlank(code)) {
      this.at++;
      return true;
    }
    if (this.text.startsWith('--', this.at)) {
      this.at = endOfLine(this.text, this.at);
      return true;
    }
    if (this.text.startsWith('/*', this.at)) {
      this.skipBlockComment();
      return true;
    }
    return false;
  }

  /** Block comments nest in PostgreSQL. */
  private skipBlockComment(): void {
    const start = this.at;
    let depth = 0;
    const edges = /\/\*|\*\//g;
    edges.lastIndex = start;
    for (let edge = edges.exec(this.text); edge !== null; edge = edges.exec(this.text)) {
      depth += edge[0] === '/*' ? 1 : -1;
      if (depth === 0) {
        this.at = edges.lastIndex;
        return;
      }
    }
    this.neverEnds('The comment', start);
  }

  private readToken(): void {
    const { text, at } = this;
    const code = text.charCodeAt(at);
    if (code === 39) this.readQuoted('string', at, at, false);
    else if (code === 34) this.readQuoted('quoted', at, at, false);
    else if (code === 59) this.push('semicolon', at, at + 1);
    else if (code === 36) this.readDollar();
    else if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(at + 1)))) this.readNumber();
    else if (isWordStart(code)) this.readWordOrPrefixedString();
    else this.push('operator', at, at + 1);
  }

  /** E'…' knows backslashes, B'…' X'…' N'…' and U&'…' do not; U&"…" is an identifier. */
  private readWordOrPrefixedString(): void {
    const { text, at } = this;
    const prefix = /(?:[ebxn]|u&)(?=')|u&(?=")/iy;
    prefix.lastIndex = at;
    const found = prefix.exec(text)?.[0].toLowerCase();
    if (found === undefined) this.push('word', at, endOfWord(text, at));
    else {
      const open = at + found.length;
      this.readQuoted(text.charAt(open) === '"' ? 'quoted' : 'string', at, open, found === 'e');
    }
  }

  private readQuoted(kind: TokenKind, start: number, open: number, backslashes: boolean): void {
    const { text } = this;
    const quote = text.charCodeAt(open);
    let at = open + 1;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === 92 && backslashes) at += 2;
      else if (code !== quote) at++;
      else if (text.charCodeAt(at + 1) === quote) at += 2;
      else {
        this.push(kind, start, at + 1);
        return;
      }
    }
    this.push(kind, start, text.length);
    this.neverEnds(kind === 'string' ? 'The string' : 'The quoted name', start);
  }

  private readDollar(): void {
    const { text, at } = this;
    const tag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
    tag.lastIndex = at;
    const opener = tag.exec(text)?.[0];
    if (opener === undefined) {
      this.readParameter();
      return;
    }
    const close = text.indexOf(opener, at + opener.length);
    this.push('string', at, close === -1 ? text.length : close + opener.length);
    if (close === -1) this.neverEnds('The dollar-quoted string', at);
  }

  private readParameter(): void {
    const { text, at } = this;
    let end = at + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    this.push(end > at + 1 ? 'variable' : 'operator', at, end);
  }

  private readNumber(): void {
    const number = /0[xXoObB][0-9A-Fa-f_]+|(?:[0-9][0-9_]*)?(?:\.(?!\.)[0-9_]*)?(?:[eE][+-]?[0-9]+)?/y;
    number.lastIndex = this.at;
    const length = number.exec(this.text)?.[0].length ?? 0;
    this.push('number', this.at, this.at + Math.max(1, length));
  }

  private push(kind: TokenKind, start: number, end: number): void {
    const bounded = Math.min(end, this.text.length);
    this.tokens.push({ kind, start, end: bounded });
    this.at = bounded;
  }

  private neverEnds(what: string, start: number): void {
    this.unterminated = { reason: `${what} that starts here never ends.`, position: start };
    this.at = this.text.length;
  }
}
