import '@glideapps/glide-data-grid/dist/index.css';
import {
  DataEditorCore,
  type DataEditorCoreProps,
  type GridCell,
  GridCellKind,
  type GridColumn,
  type GridKeyEventArgs,
  type GridSelection,
  type Item,
  markerCellRenderer,
  textCellRenderer,
} from '@glideapps/glide-data-grid';
import { useCallback, useMemo, useState } from 'react';
import { cellText, columnTitle } from './cell-words.ts';
import { columnWidth } from './column-widths.ts';
import { type ValueCell, valueRenderer } from './draw-value.ts';
import css from './GlideGrid.module.css';
import { useGridColours } from './grid-theme.ts';
import type { CellRange, ResultGridProps } from './result-grid.ts';

const rowHeight = 26;
const headerHeight = 28;
// Only what this grid draws; the kit's types do not say that a renderer of one kind is a renderer.
const renderers = [markerCellRenderer, textCellRenderer] as unknown as NonNullable<DataEditorCoreProps['renderers']>;
const noKeys = {
  copy: false,
  cut: false,
  paste: false,
  delete: false,
  search: false,
  downFill: false,
  rightFill: false,
} as const;

/** The result on a canvas: only what is in view is drawn, however many rows there are. Read only. */
export default function GlideGrid(props: ResultGridProps) {
  const { label, columns, rowCount, getCell, onSelect, onOpen, onCopy } = props;
  const { theme, faint, json } = useGridColours();
  const gridColumns = useColumns(props);
  const [selection, select] = useState<GridSelection | undefined>(undefined);
  const customRenderers = useMemo(() => [valueRenderer({ faint, json })], [faint, json]);
  const getCellContent = useCallback(
    ([column, row]: Item): GridCell => {
      const cell = getCell(row, column);
      const value: ValueCell = {
        kind: GridCellKind.Custom,
        allowOverlay: false,
        readonly: true,
        // Also what assistive technology reads of a cell.
        copyData: cellText(cell) ?? 'NULL',
        data: { kind: 'value', cell, shape: columns[column]?.shape ?? 'text' },
      };
      return value;
    },
    [columns, getCell],
  );
  const onKeyDown = (event: GridKeyEventArgs) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== 'c') return;
    event.cancel();
    event.preventDefault();
    onCopy();
  };
  return (
    <section className={css.grid} aria-label={label} style={{ height: `min(100%, ${heightOf(rowCount)}px)` }}>
      <DataEditorCore
        width="100%"
        height="100%"
        theme={theme}
        renderers={renderers}
        customRenderers={customRenderers}
        columns={gridColumns.columns}
        rows={rowCount}
        rowHeight={rowHeight}
        headerHeight={headerHeight}
        getCellContent={getCellContent}
        rowMarkers={{ kind: 'clickable-number', width: 28 + String(rowCount).length * 7 }}
        smoothScrollX
        smoothScrollY
        overscrollX={40}
        rangeSelect="rect"
        columnSelect="multi"
        rowSelect="multi"
        keybindings={noKeys}
        {...(selection === undefined ? {} : { gridSelection: selection })}
        onGridSelectionChange={(next) => {
          select(next);
          onSelect(rangeOf(next, columns.length, rowCount));
        }}
        onCellActivated={([column, row]) => onOpen(row, column)}
        onColumnResize={gridColumns.onResize}
        minColumnWidth={40}
        maxColumnWidth={2000}
        onKeyDown={onKeyDown}
        imageWindowLoader={noImages}
      />
    </section>
  );
}

/** As high as the rows: below the last one nothing is drawn that could be taken for rows without values. */
function heightOf(rowCount: number): number {
  const scrollbarPx = 17;
  return headerHeight + rowCount * rowHeight + scrollbarPx;
}

function useColumns({ columns, rowCount, getCell }: ResultGridProps) {
  const [resized, setResized] = useState<Readonly<Record<number, number>>>({});
  // Measured once, when the first rows are there: a column must not jump while rows stream in.
  const isMeasurable = rowCount > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths are measured once, when the first rows are there
  const widths = useMemo(
    () => columns.map((column, index) => columnWidth(column, index, rowCount, getCell)),
    [columns, isMeasurable],
  );
  const gridColumns = useMemo<GridColumn[]>(
    () =>
      columns.map((column, index) => ({
        id: String(index),
        title: columnTitle(column.name),
        width: resized[index] ?? widths[index] ?? 120,
      })),
    [columns, widths, resized],
  );
  const onResize = useCallback(
    (_column: GridColumn, width: number, index: number) => setResized((former) => ({ ...former, [index]: width })),
    [],
  );
  return { columns: gridColumns, onResize };
}

/** What is marked, as one rectangle: cells, whole rows or whole columns. */
function rangeOf({ current, rows, columns }: GridSelection, columnCount: number, rowCount: number): CellRange | null {
  const firstRow = rows.first();
  const lastRow = rows.last();
  if (firstRow !== undefined && lastRow !== undefined) {
    return { row: firstRow, rows: lastRow - firstRow + 1, column: 0, columns: columnCount };
  }
  const firstColumn = columns.first();
  const lastColumn = columns.last();
  if (firstColumn !== undefined && lastColumn !== undefined) {
    return { row: 0, rows: rowCount, column: firstColumn, columns: lastColumn - firstColumn + 1 };
  }
  if (current === undefined) return null;
  const { x, y, width, height } = current.range;
  return { row: y, rows: height, column: x, columns: width };
}

const noImages = {
  setWindow: () => undefined,
  loadOrGetImage: () => undefined,
  setCallback: () => undefined,
};
