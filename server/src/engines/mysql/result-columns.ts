import type { ResultColumn } from '../engine.ts';
import type { WireColumn } from './text-query.ts';

/** How the bytes of a column become text. */
export type CellReading = 'ascii' | 'text' | 'binary';

export interface ReadColumn {
  readonly column: ResultColumn;
  readonly reading: CellReading;
}

const binaryCollation = 63;
const unsignedFlag = 32;
const enumFlag = 256;
const setFlag = 2_048;

type Shape = ResultColumn['shape'];

/** Protocol type numbers (MySQL internals, "Column Types") whose text is plain ASCII. */
const plainTypes: Readonly<Record<number, readonly [name: string, shape: Shape]>> = {
  0: ['decimal', 'number'],
  1: ['tinyint', 'number'],
  2: ['smallint', 'number'],
  3: ['int', 'number'],
  4: ['float', 'number'],
  5: ['double', 'number'],
  6: ['null', 'text'],
  7: ['timestamp', 'time'],
  8: ['bigint', 'number'],
  9: ['mediumint', 'number'],
  10: ['date', 'time'],
  11: ['time', 'time'],
  12: ['datetime', 'time'],
  13: ['year', 'time'],
  14: ['date', 'time'],
  246: ['decimal', 'number'],
};
const integers = new Set([1, 2, 3, 8, 9]);
const bit = 16;
const vector = 242;
const json = 245;
const enumeration = 247;
const setOfValues = 248;
const geometry = 255;

export function readColumnType(wire: WireColumn): ReadColumn {
  const [type, shape, reading] = typeOf(wire);
  return { column: { name: wire.name, type, shape }, reading };
}

function typeOf(wire: WireColumn): [string, Shape, CellReading] {
  const plain = plainTypes[wire.type];
  if (plain !== undefined) {
    const isUnsigned = integers.has(wire.type) && (wire.flags & unsignedFlag) !== 0;
    return [isUnsigned ? `${plain[0]} unsigned` : plain[0], plain[1], 'ascii'];
  }
  if (wire.type === bit) return ['bit', 'binary', 'binary'];
  if (wire.type === geometry) return [wire.extendedType ?? 'geometry', 'binary', 'binary'];
  if (wire.type === vector) return ['vector', 'binary', 'binary'];
  // JSON is labelled binary, but is UTF-8 always.
  if (wire.type === json || wire.extendedType === 'json') return ['json', 'json', 'text'];
  if (wire.extendedType !== null) return [wire.extendedType, 'text', 'text'];
  if (wire.type === enumeration || (wire.flags & enumFlag) !== 0) return ['enum', 'text', 'text'];
  if (wire.type === setOfValues || (wire.flags & setFlag) !== 0) return ['set', 'text', 'text'];
  return wire.collation === binaryCollation ? binaryType(wire) : textType(wire);
}

function binaryType({ type, length }: WireColumn): [string, Shape, CellReading] {
  if (type === 254) return ['binary', 'binary', 'binary'];
  if (type === 253 || type === 15) return ['varbinary', 'binary', 'binary'];
  return [`${sized(length, 1)}blob`, 'binary', 'binary'];
}

function textType({ type, length }: WireColumn): [string, Shape, CellReading] {
  if (type === 254) return ['char', 'text', 'text'];
  if (type === 253 || type === 15) return ['varchar', 'text', 'text'];
  // The length is told in bytes of the result's character set, four for each of the column's.
  return [`${sized(length, 4)}text`, 'text', 'text'];
}

function sized(length: number, bytesEach: number): string {
  if (length <= 255 * bytesEach) return 'tiny';
  if (length <= 65_535 * bytesEach) return '';
  return length <= 16_777_215 * bytesEach && length !== 0xffffffff ? 'medium' : 'long';
}
