import type { Token } from '../token.ts';

/** A token with its text; `word` is the upper-case text of an unquoted word, empty for everything else. */
export interface Lexeme extends Token {
  readonly text: string;
  readonly word: string;
}

export function toLexemes(text: string, tokens: readonly Token[]): Lexeme[] {
  return tokens.map((token) => {
    const piece = text.slice(token.start, token.end);
    return { ...token, text: piece, word: token.kind === 'word' ? piece.toUpperCase() : '' };
  });
}

export function isName(lexeme: Lexeme | undefined): boolean {
  return lexeme?.kind === 'word' || lexeme?.kind === 'quoted';
}

/** An identifier as the server stores it: MySQL folds no case here. */
export function nameOf(lexeme: Lexeme): string {
  return lexeme.kind === 'quoted' ? lexeme.text.slice(1, -1).replaceAll('``', '`') : lexeme.text;
}

export function isOperator(lexeme: Lexeme | undefined, text: string): boolean {
  return lexeme?.kind === 'operator' && lexeme.text === text;
}

/** True when the words stand at `at`, one after the other. */
export function hasWords(lexemes: readonly Lexeme[], at: number, ...words: readonly string[]): boolean {
  return words.every((word, offset) => lexemes[at + offset]?.word === word);
}

/** True for a name after a dot, which is never a keyword. */
export function isQualifiedPart(lexemes: readonly Lexeme[], at: number): boolean {
  return isOperator(lexemes[at - 1], '.') && isName(lexemes[at - 2]);
}

/** Index just behind the parenthesis that closes the one at `open`; the end when it never closes. */
export function behindParenthesis(lexemes: readonly Lexeme[], open: number): number {
  let depth = 0;
  for (let at = open; at < lexemes.length; at++) {
    if (isOperator(lexemes[at], '(')) depth++;
    if (isOperator(lexemes[at], ')') && --depth === 0) return at + 1;
  }
  return lexemes.length;
}

/** First index from `from` on, outside parentheses, that satisfies the condition; -1 when there is none. */
export function findOutside(
  lexemes: readonly Lexeme[],
  from: number,
  matches: (lexeme: Lexeme, at: number) => boolean,
): number {
  let depth = 0;
  for (let at = from; at < lexemes.length; at++) {
    const lexeme = lexemes[at];
    if (lexeme === undefined) break;
    if (depth === 0 && matches(lexeme, at)) return at;
    if (isOperator(lexeme, '(')) depth++;
    if (isOperator(lexeme, ')')) depth--;
  }
  return -1;
}

/** A possibly qualified name: where it begins, how far it goes, its parts. */
export interface NameChain {
  readonly first: number;
  readonly last: number;
  readonly parts: readonly string[];
}

/** Reads `a`, `a.b` or `a.b.c` at `at`; null when no name stands there. */
export function readChain(lexemes: readonly Lexeme[], at: number): NameChain | null {
  const head = lexemes[at];
  if (head === undefined || !isName(head)) return null;
  const parts = [nameOf(head)];
  let last = at;
  for (;;) {
    const next = lexemes[last + 2];
    if (!isOperator(lexemes[last + 1], '.') || next === undefined || !isName(next)) break;
    parts.push(nameOf(next));
    last += 2;
  }
  return { first: at, last, parts };
}
