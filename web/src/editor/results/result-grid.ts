import type { Cell, ResultColumn } from '@tidegate/contract';

/** Cells from a corner on; what is marked in the grid. */
export interface CellRange {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** All that the editor knows of its grid; what draws it can be exchanged behind this. */
export interface ResultGridProps {
  /** Read to those who do not see the canvas. */
  readonly label: string;
  readonly columns: readonly ResultColumn[];
  readonly rowCount: number;
  readonly getCell: (row: number, column: number) => Cell;
  readonly onSelect: (range: CellRange | null) => void;
  /** Enter or a double click on a cell. */
  readonly onOpen: (row: number, column: number) => void;
  /** `Mod+C` in the grid. */
  readonly onCopy: () => void;
}
