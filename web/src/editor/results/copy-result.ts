import { numberWords, plural } from '../../lib/plural.ts';
import { notify } from '../../ui/notices.ts';
import { quoteTable } from '../sql/quote-name.ts';
import { sqlScope } from '../sql/sql-scope.ts';
import { dialectOf } from '../sql/sql-states.ts';
import type { EditorTab, Run } from '../state/editor-tab.ts';
import { cellText } from './cell-words.ts';
import { toClipboard } from './clipboard.ts';
import { type CopyFormat, type CopySource, copyFormats, copyText } from './copy-formats.ts';
import type { CellRange } from './result-grid.ts';

/** What of a result is copied: the marked cells, else all of it. */
export function copySource(tab: EditorTab, run: Run, range: CellRange | null): CopySource {
  const { rows, finished } = run;
  const all = rows.columns ?? [];
  const {
    row,
    column,
    rows: height,
    columns: width,
  } = range ?? { row: 0, column: 0, rows: rows.rowCount, columns: all.length };
  const last = Math.min(row + height, rows.rowCount);
  const cut = finished?.cut ?? null;
  const isEndIncluded = last === rows.rowCount;
  return {
    columns: all.slice(column, column + width),
    rows: Array.from({ length: last - row }, (_, at) => rows.row(row + at).slice(column, column + width)),
    rowCut: cut !== null && isEndIncluded ? `first ${numberWords(cut.limit)} rows of more (limit ${cut.rule})` : null,
    dialect: dialectOf(tab),
    table: tableOf(tab, run.text),
  };
}

/** The one table that a statement reads; null where there are several. */
function tableOf(tab: EditorTab, text: string): string | null {
  const { relations } = sqlScope(dialectOf(tab), text, text.length);
  const [first, second] = relations;
  if (first === undefined || second !== undefined || first.name === null) return null;
  return quoteTable(dialectOf(tab), { schema: first.schema ?? '', name: first.name });
}

/** One marked cell is copied as it is; more of them with their column names. */
export async function copyResult(format: CopyFormat, source: CopySource, isMarked: boolean): Promise<void> {
  const isOneCell = isMarked && format === 'tsv' && source.rows.length === 1 && source.columns.length === 1;
  const text = isOneCell ? (cellText(source.rows[0]?.[0] ?? null) ?? '') : copyText(format, source);
  const label = copyFormats.find((known) => known.format === format)?.label ?? format;
  if (!(await toClipboard(text))) {
    notify('The browser did not allow copying.', 'failed');
    return;
  }
  const what = isOneCell ? '1 value' : `${plural(source.rows.length, 'row')} as ${label}`;
  notify(source.rowCut === null ? `Copied ${what}.` : `Copied ${what}: ${source.rowCut}.`);
}
