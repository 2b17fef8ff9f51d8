import type { Cell, ResultColumn } from '@tidegate/contract';
import { columnTitle, drawnCell } from './cell-words.ts';

const characterPx = 7.83;
const paddingPx = 20;
const narrowestPx = 56;
const widestPx = 380;
const looksAtRows = 60;

/** A width at which the first rows can be read, within bounds; mono type makes it a matter of counting. */
export function columnWidth(
  column: ResultColumn,
  index: number,
  rowCount: number,
  getCell: (row: number, column: number) => Cell,
): number {
  let longest = columnTitle(column.name).length + 1;
  for (let row = 0; row < Math.min(rowCount, looksAtRows); row += 1) {
    const { text, note } = drawnCell(getCell(row, index));
    longest = Math.max(longest, text.length + (note === null ? 0 : note.length + 1));
  }
  return Math.round(Math.min(widestPx, Math.max(narrowestPx, longest * characterPx + paddingPx)));
}
