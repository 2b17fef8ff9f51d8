import type { Lexeme } from './lexemes.ts';
import { isName, isOperator, isQualifiedPart } from './lexemes.ts';

/** The statement in plain form for the parsers: one line of ASCII, and where each of its tokens came from. */
export interface CanonicalText {
  readonly text: string;
  /** By offset in `text`: the lexeme that begins there, and the name as a parser must have read it. */
  readonly sourceAt: ReadonlyMap<number, { readonly lexeme: number; readonly name: string }>;
}

/** Index of the lexeme that a parser took for this name at this offset; null when it stands otherwise in the text. */
export function lexemeAt(canonical: CanonicalText, offset: number, name: unknown): number | null {
  const source = canonical.sourceAt.get(offset);
  return source !== undefined && source.name === name ? source.lexeme : null;
}

/** What to write for a lexeme instead of itself; an empty text drops it. */
export type Edits = ReadonlyMap<number, string>;

const CHARSET =
  /^_(?:utf8(?:mb[34])?|binary|latin[1257]|ascii|ucs2|utf16(?:le)?|utf32|cp\d{3,4}|koi8[ru]|gbk|gb18030|gb2312|big5|sjis|ujis|euckr|hebrew|greek|tis620|swe7|dec8|hp8|armscii8|geostd8|keybcs2|mac(?:ce|roman))$/i;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Renders the lexemes from `from` on. Comments are gone, strings, variables and unusual names become
 * placeholders: no parser has a chance to see a boundary where the server sees none. Blanks stay where they
 * were, so that `f (` and `f(` remain two things, and `- -` never becomes a comment.
 */
export function toCanonicalText(lexemes: readonly Lexeme[], from: number, edits: Edits): CanonicalText {
  const sourceAt = new Map<number, { lexeme: number; name: string }>();
  const placeholders = new Map<string, string>();
  let text = '';
  let previous = -1;
  for (let at = from; at < lexemes.length; at++) {
    const lexeme = lexemes[at];
    const piece = lexeme === undefined ? '' : (edits.get(at) ?? render(lexemes, at, placeholders));
    if (piece === '') continue;
    const isRewritten = edits.has(at) || edits.has(previous);
    if (previous !== -1 && (isRewritten || needsBlank(lexemes, previous, at))) text += ' ';
    sourceAt.set(text.length, { lexeme: at, name: piece.replaceAll('`', '') });
    text += piece;
    previous = at;
  }
  return { text, sourceAt };
}

function render(lexemes: readonly Lexeme[], at: number, placeholders: Map<string, string>): string {
  const lexeme = lexemes[at];
  if (lexeme === undefined) return '';
  switch (lexeme.kind) {
    case 'string':
      // Adjacent strings are one string to the server.
      return lexemes[at - 1]?.kind === 'string' ? '' : "'s'";
    case 'variable':
      return lexeme.text === '?' ? '1' : "'s'";
    case 'number':
      return /^\d+$/.test(lexeme.text) ? lexeme.text : '1.5';
    case 'quoted':
      return quoted(lexeme.text.slice(1, -1), placeholders);
    case 'word':
      if (CHARSET.test(lexeme.text) && lexemes[at + 1]?.kind === 'string') return '';
      if (isQualifiedPart(lexemes, at) || !PLAIN_NAME.test(lexeme.text)) return quoted(lexeme.text, placeholders);
      return lexeme.text;
    default:
      return lexeme.text;
  }
}

function quoted(name: string, placeholders: Map<string, string>): string {
  if (PLAIN_NAME.test(name)) return `\`${name}\``;
  const known = placeholders.get(name) ?? `tg_name_${placeholders.size}`;
  placeholders.set(name, known);
  return `\`${known}\``;
}

function needsBlank(lexemes: readonly Lexeme[], previous: number, at: number): boolean {
  const left = lexemes[previous];
  const right = lexemes[at];
  if (left === undefined || right === undefined) return false;
  if (isDotBetweenNames(lexemes, previous) || isDotBetweenNames(lexemes, at)) return false;
  const touched = previous === at - 1 && left.end === right.start;
  const hasOperator = left.kind === 'operator' || right.kind === 'operator';
  return !touched || !hasOperator || (isOperator(left, '-') && isOperator(right, '-'));
}

function isDotBetweenNames(lexemes: readonly Lexeme[], at: number): boolean {
  return (
    isOperator(lexemes[at], '.') &&
    isName(lexemes[at - 1]) &&
    (isName(lexemes[at + 1]) || isOperator(lexemes[at + 1], '*'))
  );
}
