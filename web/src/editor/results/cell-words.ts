import type { Cell, ResultColumn } from '@tidegate/contract';
import { numberWords } from '../../lib/plural.ts';

export type Shape = ResultColumn['shape'];

/** The server's own text of a value; of a long one its beginning. Null for NULL. */
export function cellText(cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  return cell.head;
}

export function isCut(cell: Cell): cell is Exclude<Cell, string | null> {
  return cell !== null && typeof cell !== 'string';
}

/** `… 12,345 characters`: what a shortened value says of itself. */
export function cutWords(cell: Cell): string | null {
  return isCut(cell) ? `… ${numberWords(cell.length)} ${cell.unit}` : null;
}

const longestDrawn = 300;
// Marks that turn the reading direction, and blanks without width: drawn as they are they would lie about the value.
const invisible = /(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value on one line, with everything visible that is not a letter's shape. Only for drawing: never for copying. */
export function drawnText(text: string): string {
  return text
    .slice(0, longestDrawn)
    .replaceAll('\r\n', '⏎')
    .replaceAll('\n', '⏎')
    .replaceAll('\r', '⏎')
    .replaceAll('\t', '⇥')
    .replaceAll(invisible, (sign) => `‹${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}›`);
}

export interface DrawnCell {
  readonly text: string;
  /** Said after the text, fainter: the true length of a shortened value. */
  readonly note: string | null;
  readonly tone: 'value' | 'null' | 'empty';
}

/** How a value looks in the grid. NULL and the empty text cannot be mistaken for each other, nor for words. */
export function drawnCell(cell: Cell): DrawnCell {
  if (cell === null) return { text: 'NULL', note: null, tone: 'null' };
  const text = cellText(cell) ?? '';
  if (text === '') return { text: 'empty', note: cutWords(cell), tone: 'empty' };
  return { text: drawnText(text), note: cutWords(cell), tone: 'value' };
}

/** A column's name as it is; a nameless one is said to be so. */
export function columnTitle(name: string): string {
  return name === '' ? '(no name)' : drawnText(name);
}

export interface JsonPart {
  readonly text: string;
  readonly kind: 'key' | 'string' | 'number' | 'word' | 'sign';
}

const jsonToken = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b|[^"\d\-tfn]+|[\s\S]/g;

/** JSON in parts that are coloured; nothing is parsed, so key order, duplicates and big numbers stay as they are. */
export function jsonParts(text: string): readonly JsonPart[] {
  const parts: JsonPart[] = [];
  for (const match of text.matchAll(jsonToken)) {
    const [whole, quoted, colon, number, word] = match;
    if (quoted !== undefined) {
      parts.push({ text: quoted, kind: colon === undefined ? 'string' : 'key' });
      if (colon !== undefined) parts.push({ text: colon, kind: 'sign' });
    } else parts.push({ text: whole, kind: number !== undefined ? 'number' : word !== undefined ? 'word' : 'sign' });
  }
  return parts;
}
