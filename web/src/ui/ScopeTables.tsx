import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { callApi, type ItemOf, type Reply } from '../api/client.ts';
import type { ApiProblem } from '../api/problem.ts';
import type { ScopeItem } from '../lib/scope-items.ts';
import { DataLabels } from './DataLabels.tsx';
import { ErrorNotice } from './ErrorNotice.tsx';
import { MoreButton, ScopeNodeRow } from './ScopeNodeRow.tsx';
import css from './ScopePicker.module.css';
import { SkeletonBlock } from './Skeleton.tsx';

const pageSize = 50;
/** Up to here the eye is quicker than a search field. */
const filterFrom = 12;

interface ScopeTablesProps {
  databaseId: string;
  items: readonly ScopeItem[];
  onToggle: (node: ScopeItem) => void;
  marksOwn: boolean;
}

/** The schemas and tables of one database, searched and paged on the server. */
export function ScopeTables({ databaseId, items, onToggle, marksOwn }: ScopeTablesProps) {
  const [typed, setTyped] = useState('');
  const [schema, setSchema] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const relations = useInfiniteQuery<Reply<'GET /databases/:databaseId/relations'>, ApiProblem>({
    queryKey: ['GET /databases/:databaseId/relations', 'tree', databaseId, search, schema],
    queryFn: ({ signal, pageParam }) =>
      callApi(
        'GET /databases/:databaseId/relations',
        { params: { databaseId }, query: { search, page: pageParam, pageSize, ...(schema === '' ? {} : { schema }) } },
        { signal },
      ),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page * last.pageSize < last.total ? last.page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
  const first = relations.data?.pages[0];
  const schemas = first?.schemas ?? [];
  const shown = relations.data?.pages.flatMap((page) => page.items) ?? [];
  const groups = Map.groupBy(shown, (relation) => relation.schema);
  const isFiltered = search !== '' || schema !== '';
  return (
    <div className={css.inside}>
      {(isFiltered || (first?.total ?? 0) > filterFrom) && (
        <div className={css.filter}>
          <input
            type="search"
            value={typed}
            placeholder="Search tables"
            aria-label="Search tables"
            onChange={(event) => setTyped(event.target.value)}
          />
          {schemas.length > 1 && (
            <select aria-label="Schema" value={schema} onChange={(event) => setSchema(event.target.value)}>
              <option value="">All schemas</option>
              {schemas.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </div>
      )}
      {relations.isPending && <SkeletonBlock lines={3} />}
      <ErrorNotice error={relations.error} onRetry={() => void relations.refetch()} />
      {[...groups].map(([name, tables]) => (
        <SchemaGroup key={name} schema={name} tables={tables} {...{ databaseId, items, onToggle, marksOwn }} />
      ))}
      {relations.isSuccess && shown.length === 0 && (
        <p className="float-empty">{isFiltered ? 'No table has this name.' : 'No tables were found here.'}</p>
      )}
      {relations.hasNextPage && <MoreButton isBusy={relations.isFetchingNextPage} onClick={relations.fetchNextPage} />}
    </div>
  );
}

type Relation = ItemOf<'GET /databases/:databaseId/relations'>;

function SchemaGroup(props: ScopeTablesProps & { schema: string; tables: readonly Relation[] }) {
  const { databaseId, schema, tables, items, onToggle } = props;
  const place = { items, onToggle };
  return (
    <>
      {schema !== '' && (
        <ScopeNodeRow node={{ databaseId, schema, table: null }} name={schema} note="schema" {...place} />
      )}
      <ul className={schema === '' ? undefined : css.inside}>
        {tables.map((table) => (
          <li key={table.id}>
            <ScopeNodeRow
              node={{ databaseId, schema, table: table.name }}
              name={table.name}
              tags={<DataLabels labels={table.labels} />}
              note={[props.marksOwn && table.canRead && 'readable now', table.kind !== 'table' && table.kind]
                .filter(Boolean)
                .join(', ')}
              {...place}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
