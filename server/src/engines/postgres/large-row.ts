import type { Cell } from '../engine.ts';
import { brokenRow, type CellRules, countPoints, headBytes, longCell } from './data-row.ts';

/**
 * Reads a row that is too large to be kept, piece by piece: of each value only its beginning and its length stay in
 * memory, so that a value of 1 GB costs no more than a short one.
 */
export class LargeRow {
  readonly #rules: CellRules;
  readonly #headBytes: number;
  readonly #cells: Cell[] = [];
  #left: number;
  #isCounted = false;
  #number = Buffer.alloc(0);
  #valueLength = 0;
  #valueLeft = -1;
  #points = 0;
  #head: Buffer[] = [];
  #headLeft = 0;

  constructor(length: number, rules: CellRules) {
    this.#left = length;
    this.#rules = rules;
    this.#headBytes = headBytes(rules.maxCellLength);
  }

  /** Returns the row with its last piece, null before. */
  push(piece: Buffer): readonly Cell[] | null {
    this.#left -= piece.length;
    let data = piece;
    while (data.length > 0) data = this.#valueLeft < 0 ? this.#readNumber(data) : this.#readValue(data);
    if (this.#left > 0) return null;
    if (this.#valueLeft >= 0 || this.#number.length > 0) throw brokenRow();
    return this.#cells;
  }

  /** The two bytes of the number of values, or the four of a length; they may lie in two pieces. */
  #readNumber(data: Buffer): Buffer {
    const size = this.#isCounted ? 4 : 2;
    const taken = data.subarray(0, size - this.#number.length);
    this.#number = Buffer.concat([this.#number, taken]);
    const rest = data.subarray(taken.length);
    if (this.#number.length < size) return rest;
    if (this.#isCounted) this.#beginValue(this.#number.readInt32BE(0));
    this.#isCounted = true;
    this.#number = Buffer.alloc(0);
    return rest;
  }

  #beginValue(length: number): void {
    if (length < 0) {
      this.#cells.push(null);
      return;
    }
    this.#valueLength = length;
    this.#valueLeft = length;
    this.#points = 0;
    this.#head = [];
    this.#headLeft = this.#headBytes;
    if (length === 0) this.#endValue();
  }

  #readValue(data: Buffer): Buffer {
    const taken = data.subarray(0, this.#valueLeft);
    this.#points += countPoints(taken);
    if (this.#headLeft > 0) {
      const head = taken.subarray(0, this.#headLeft);
      this.#headLeft -= head.length;
      // A copy, or the few bytes would keep all that arrived with them.
      this.#head.push(Buffer.from(head));
    }
    this.#valueLeft -= taken.length;
    if (this.#valueLeft === 0) this.#endValue();
    return data.subarray(taken.length);
  }

  #endValue(): void {
    const head = Buffer.concat(this.#head);
    this.#cells.push(longCell(head, this.#valueLength, this.#points, this.#rules, this.#cells.length));
    this.#valueLeft = -1;
    this.#head = [];
  }
}
