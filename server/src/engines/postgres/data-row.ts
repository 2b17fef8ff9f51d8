import { type Cell, EngineError } from '../engine.ts';

/** Which columns of the result are binary, and how much of a value is delivered. */
export interface CellRules {
  readonly isBinary: readonly boolean[];
  readonly maxCellLength: number;
}

/** Reads the body of a DataRow message (chapter 54.7): every value is the server's own text. */
export function readRow(buffer: Buffer, start: number, end: number, rules: CellRules): Cell[] {
  if (end - start < 2) throw brokenRow();
  const count = buffer.readUInt16BE(start);
  const cells = new Array<Cell>(count);
  let offset = start + 2;
  for (let index = 0; index < count; index += 1) {
    if (offset + 4 > end) throw brokenRow();
    const length = buffer.readInt32BE(offset);
    offset += 4;
    if (length < 0) {
      cells[index] = null;
      continue;
    }
    if (offset + length > end) throw brokenRow();
    cells[index] =
      length <= rules.maxCellLength
        ? buffer.toString('utf8', offset, offset + length)
        : longCell(buffer.subarray(offset, offset + length), length, null, rules, index);
    offset += length;
  }
  return cells;
}

export function brokenRow(): EngineError {
  return new EngineError('connection_lost', 'The server sent a row that does not hold together.');
}

/** Hex digits behind `\x`, as `bytea_output = hex` prints binary; the person may have chosen another form. */
const hexPrefix = '\\x';

/**
 * A value that may be too long, from its first bytes. `points` is the number of code points of the whole value where
 * it is known already.
 */
export function longCell(
  head: Buffer,
  length: number,
  points: number | null,
  { isBinary, maxCellLength }: CellRules,
  column: number,
): Cell {
  if (isBinary[column] === true && head.toString('latin1', 0, 2) === hexPrefix) {
    const bytes = (length - 2) / 2;
    if (bytes <= maxCellLength) return head.toString('latin1', 0, length);
    return { head: head.toString('latin1', 0, 2 + 2 * maxCellLength), length: bytes, unit: 'bytes' };
  }
  const total = points ?? countPoints(head);
  if (total <= maxCellLength) return head.toString('utf8', 0, length);
  return { head: head.toString('utf8', 0, endOfPoints(head, maxCellLength)), length: total, unit: 'characters' };
}

/** As many first bytes of a value as `longCell` needs to see. */
export function headBytes(maxCellLength: number): number {
  return 4 * maxCellLength + 2;
}

/** Code points in UTF-8: every byte but the second to fourth of a character. */
export function countPoints(bytes: Buffer): number {
  let points = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) points += 1;
  return points;
}

function endOfPoints(bytes: Buffer, points: number): number {
  let seen = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    if (((bytes[index] ?? 0) & 0xc0) !== 0x80) {
      if (seen === points) return index;
      seen += 1;
    }
  }
  return bytes.length;
}
