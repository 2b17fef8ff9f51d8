import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import { plural } from '../../lib/plural.ts';
import type { EditorTab, RowLimit, Run } from '../state/editor-tab.ts';
import { CopyMenu } from './CopyMenu.tsx';
import type { CopyFormat } from './copy-formats.ts';
import { copyResult, copySource } from './copy-result.ts';
import { ResultFooter } from './ResultFooter.tsx';
import { ResultGrid } from './ResultGrid.tsx';
import css from './ResultPane.module.css';
import type { CellRange } from './result-grid.ts';
import { useRowCount } from './use-rows.ts';

const ValueViewer = lazy(() => import('./ValueViewer.tsx'));

interface ResultRowsProps {
  tab: EditorTab;
  run: Run;
  onMoreRows: (limit: RowLimit) => void;
}

/** The rows of a run, one value at the side where one was opened, and the facts below. */
export function ResultRows({ tab, run, onMoreRows }: ResultRowsProps) {
  const rowCount = useRowCount(run.rows);
  const place = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<CellRange | null>(null);
  const [opened, setOpened] = useState<{ row: number; column: number } | null>(null);
  const getCell = useCallback((row: number, column: number) => run.rows.cell(row, column), [run.rows]);
  const columns = run.rows.columns ?? [];
  const copy = (format: CopyFormat) => void copyResult(format, copySource(tab, run, range), range !== null);
  const column = opened === null ? undefined : columns[opened.column];
  const mark = (next: CellRange | null) => {
    setRange(next);
    // An opened value follows the cursor through the grid.
    if (opened !== null && next !== null && next.rows === 1 && next.columns === 1) setOpened(next);
  };
  return (
    <>
      <div ref={place} className={css.body}>
        {columns.length === 0 ? (
          <NoColumns run={run} />
        ) : (
          <div className={css.gridPlace}>
            <ResultGrid
              label={`Result: ${plural(rowCount, 'row')}, ${plural(columns.length, 'column')}`}
              columns={columns}
              rowCount={rowCount}
              getCell={getCell}
              onSelect={mark}
              onOpen={(row, at) => setOpened({ row, column: at })}
              onCopy={() => copy('tsv')}
            />
            {rowCount === 0 && run.state === 'finished' && <p className={css.none}>No rows.</p>}
          </div>
        )}
        {opened !== null && column !== undefined && (
          <Suspense fallback={null}>
            <ValueViewer
              column={column}
              cell={getCell(opened.row, opened.column)}
              row={opened.row}
              onClose={() => {
                setOpened(null);
                place.current?.querySelector<HTMLElement>('canvas')?.focus();
              }}
            />
          </Suspense>
        )}
      </div>
      <ResultFooter run={run} onMoreRows={onMoreRows}>
        {columns.length > 0 && rowCount > 0 && <CopyMenu isMarked={range !== null} onCopy={copy} />}
      </ResultFooter>
    </>
  );
}

/** A statement that returns nothing to look at says what it did. */
function NoColumns({ run }: { run: Run }) {
  if (run.finished === null) return <div className={css.message} />;
  const { command, affectedRows } = run.finished;
  return (
    <div className={css.message}>
      <p>
        <span className="mono">{command}</span> is done
        {affectedRows === null ? '. It returns no columns.' : `: ${plural(affectedRows, 'row')} affected.`}
      </p>
    </div>
  );
}
