import type { ReactNode } from 'react';
import type { ApiProblem } from '../api/problem.ts';
import { cx } from '../lib/class-names.ts';
import css from './DataTable.module.css';
import { ErrorNotice } from './ErrorNotice.tsx';
import { focusableScroll } from './focusable-scroll.ts';
import { Pager } from './Pager.tsx';
import { SkeletonLine } from './Skeleton.tsx';
import { useRowKeys } from './use-row-keys.ts';

export interface Column<T> {
  readonly key: string;
  readonly head: string;
  readonly draw: (item: T) => ReactNode;
  readonly align?: 'right';
  /** As narrow as its content. */
  readonly isTight?: boolean;
}

interface PageOf<T> {
  readonly items: readonly T[];
  readonly total?: number;
  readonly page?: number;
  readonly pageSize?: number;
}

/** What of a query a list needs. */
export interface ListAnswer<T> {
  readonly data: PageOf<T> | undefined;
  readonly error: ApiProblem | null;
  readonly isPending: boolean;
  readonly isPlaceholderData: boolean;
  readonly refetch?: () => unknown;
}

interface DataTableProps<T> {
  /** What is listed, for those who do not see it. */
  label: string;
  columns: readonly Column<T>[];
  list: ListAnswer<T>;
  idOf: (item: T) => string;
  /** What will appear here and one button; shown when there is nothing and nothing was searched for. */
  empty: ReactNode;
  onPage?: (page: number) => void;
}

const skeletonRows = 6;

/**
 * A list as the server pages it: with its places while it loads, its empty state, and the problem when it failed. On a
 * phone each row is a card of named values, instead of a table that scrolls sideways.
 */
export function DataTable<T>({ label, columns, list, idOf, empty, onPage }: DataTableProps<T>) {
  const rows = useRowKeys<HTMLTableElement>();
  if (list.error && !list.data) return <ErrorNotice error={list.error} onRetry={() => list.refetch?.()} />;
  if (list.data?.items.length === 0) return <>{empty}</>;
  return (
    <>
      {list.error && <ErrorNotice error={list.error} onRetry={() => list.refetch?.()} />}
      <div className={css.scroll} ref={focusableScroll}>
        <table
          ref={rows}
          className={cx(css.table, list.isPlaceholderData && css.stale)}
          aria-label={label}
          aria-busy={list.isPending}
        >
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" className={cellClass(column)}>
                  {column.head || <span className="visually-hidden">Actions</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.data?.items.map((item) => (
              <tr key={idOf(item)}>
                {columns.map((column) => (
                  <td key={column.key} className={cellClass(column)} data-head={column.head}>
                    {column.head === '' ? <span className={css.actions}>{column.draw(item)}</span> : column.draw(item)}
                  </td>
                ))}
              </tr>
            ))}
            {list.isPending && <SkeletonRows columns={columns.length} />}
          </tbody>
        </table>
      </div>
      {list.data && onPage && <Pager answer={list.data} onPage={onPage} />}
    </>
  );
}

function cellClass({ align, isTight }: { align?: 'right'; isTight?: boolean }): string | undefined {
  return cx(align === 'right' && css.right, isTight && css.tight) || undefined;
}

function SkeletonRows({ columns }: { columns: number }) {
  return Array.from({ length: skeletonRows }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
    <tr key={row}>
      {Array.from({ length: columns }, (_unused, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells are alike and never move
        <td key={column}>
          <SkeletonLine index={row + column} />
        </td>
      ))}
    </tr>
  ));
}

/** What makes one link the place that a whole row leads to: spread it on the link. */
export const rowLink = { className: css.rowLink ?? '', 'data-row': true } as const;
