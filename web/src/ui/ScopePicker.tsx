import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { callApi, type ItemOf, type Reply } from '../api/client.ts';
import type { ApiProblem } from '../api/problem.ts';
import { plural } from '../lib/plural.ts';
import { laterTables, type ScopeItem, toggleNode, withLaterTables } from '../lib/scope-items.ts';
import { EnvironmentTag } from './EnvironmentTag.tsx';
import { ErrorNotice } from './ErrorNotice.tsx';
import { CheckField } from './Field.tsx';
import { MoreButton, ScopeNodeRow } from './ScopeNodeRow.tsx';
import css from './ScopePicker.module.css';
import { ScopeTables } from './ScopeTables.tsx';
import { SkeletonBlock } from './Skeleton.tsx';

const pageSize = 30;

interface ScopePickerProps {
  projectId: string;
  items: readonly ScopeItem[];
  onChange: (items: readonly ScopeItem[]) => void;
  /** Marks what the reader has already: when he asks for himself. */
  marksOwn?: boolean;
  /** Offers whole databases as of now or with later tables, and says which it is at first; absent: always with them. */
  laterAtFirst?: 'included' | 'left out';
  /** The database to open at once, e.g. the one the person came from. */
  openDatabaseId?: string | undefined;
}

/** Manually select: a tree of databases, schemas and tables, searched on the server at every level. */
export function ScopePicker(props: ScopePickerProps) {
  const { projectId, items, onChange, openDatabaseId, marksOwn = false, laterAtFirst } = props;
  const later = laterTables(items);
  const toggle = (node: ScopeItem) => {
    const isIncluded = later === 'none' ? laterAtFirst !== 'left out' : later === 'included';
    onChange(withLaterTables(toggleNode(items, node), isIncluded));
  };
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const databases = useInfiniteQuery<Reply<'GET /databases'>, ApiProblem>({
    queryKey: ['GET /databases', 'tree', projectId, search],
    queryFn: ({ signal, pageParam }) =>
      callApi('GET /databases', { query: { projectId, search, page: pageParam, pageSize } }, { signal }),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page * last.pageSize < last.total ? last.page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
  const shown = databases.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={css.picker}>
      <input
        className={css.search}
        type="search"
        value={typed}
        placeholder="Search databases"
        aria-label="Search databases"
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className={css.tree}>
        {databases.isPending && <SkeletonBlock lines={3} />}
        <ErrorNotice error={databases.error} onRetry={() => void databases.refetch()} />
        <ul>
          {shown.map((database) => (
            <DatabaseNode
              key={database.id}
              database={database}
              items={items}
              marksOwn={marksOwn}
              onToggle={toggle}
              isOpenAtFirst={database.id === openDatabaseId || (databases.data?.pages[0]?.total === 1 && search === '')}
            />
          ))}
        </ul>
        {databases.isSuccess && shown.length === 0 && (
          <p className="float-empty">
            {search === '' ? 'This project has no databases yet.' : 'No database of this project has this name.'}
          </p>
        )}
        {databases.hasNextPage && (
          <MoreButton isBusy={databases.isFetchingNextPage} onClick={databases.fetchNextPage} />
        )}
      </div>
      {laterAtFirst && later !== 'none' && (
        <CheckField
          label="Also tables that come later"
          isChecked={later === 'included'}
          onChange={(isIncluded) => onChange(withLaterTables(items, isIncluded))}
        />
      )}
      <p className={css.chosen} aria-live="polite">
        {chosenWords(items)}
      </p>
    </div>
  );
}

/** `Chosen: 1 whole database, 3 tables`. */
function chosenWords(items: readonly ScopeItem[]): string {
  const counts = [
    [items.filter((item) => item.schema === null).length, 'whole database'],
    [items.filter((item) => item.schema !== null && item.table === null).length, 'whole schema'],
    [items.filter((item) => item.table !== null).length, 'table'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, noun]) => plural(count, noun));
  return parts.length === 0 ? 'Nothing chosen yet.' : `Chosen: ${parts.join(', ')}`;
}

function DatabaseNode(props: {
  database: ItemOf<'GET /databases'>;
  items: readonly ScopeItem[];
  onToggle: (node: ScopeItem) => void;
  isOpenAtFirst: boolean;
  marksOwn: boolean;
}) {
  const { database, items, onToggle } = props;
  const [isOpen, setIsOpen] = useState(props.isOpenAtFirst);
  return (
    <li>
      <ScopeNodeRow
        node={{ databaseId: database.id, schema: null, table: null }}
        name={database.name}
        items={items}
        onToggle={onToggle}
        isOpen={isOpen}
        onOpen={() => setIsOpen(!isOpen)}
        tags={<EnvironmentTag environment={database.environment} />}
        note={database.instance.title}
      />
      {isOpen && <ScopeTables databaseId={database.id} items={items} onToggle={onToggle} marksOwn={props.marksOwn} />}
    </li>
  );
}
