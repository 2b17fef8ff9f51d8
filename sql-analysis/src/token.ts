/** The two families of lexical rules; MariaDB shares MySQL's. */
export type Dialect = 'postgresql' | 'mysql' | 'mariadb';

export type TokenKind =
  | 'word' // an unquoted identifier or keyword
  | 'quoted' // a quoted identifier
  | 'string'
  | 'number'
  | 'variable' // @x, @@x, $1, ?
  | 'operator'
  | 'semicolon'
  | 'executable'; // MySQL's comment whose content the server runs

/** One token. Offsets are UTF-16 code units of the text it came from. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/** Something the text holds that the server may read differently from us, or not at all. */
export interface Concern {
  readonly reason: string;
  readonly position: number;
}

/** What a lexer saw. A lexer never throws and always covers the whole text. */
export interface Lexed {
  readonly tokens: readonly Token[];
  /** A quote or comment that never ends; its token runs to the end of the text. */
  readonly unterminated: Concern | null;
  /** First of the things that make an analysis unsure; the split may go on. */
  readonly concern: Concern | null;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Letters, underscore and everything beyond ASCII start an identifier in both families. */
export function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128;
}

export function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 36;
}

/** The blanks that both servers skip: space, tab, line feed, vertical tab, form feed, carriage return. */
export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

export function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && isWordPart(text.charCodeAt(at))) at++;
  return at;
}

export function endOfLine(text: string, start: number): number {
  const at = text.indexOf('\n', start);
  return at === -1 ? text.length : at;
}
