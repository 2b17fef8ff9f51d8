import { useQuery } from '@tanstack/react-query';
import type { AccessRequest } from '@tidegate/contract';
import type { ReactNode } from 'react';
import { readPage } from '../../api/queries.ts';
import type { ListSearch } from '../../app/search.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useRowKeys } from '../../ui/use-row-keys.ts';
import { RequestList } from './RequestList.tsx';
import { requestStates } from './request-words.ts';

export type RequestsViewName = 'mine' | 'to_decide' | 'all';
export type RequestsSearch = ListSearch & {
  view?: RequestsViewName | undefined;
  state?: AccessRequest['state'] | undefined;
};

interface RequestsViewProps {
  search: RequestsSearch;
  onSearch: (patch: RequestsSearch) => void;
  projectId?: string;
  empty: ReactNode;
}

/** All, to decide, mine: the list of access requests of the workspace or of a project. */
export function RequestsView({ search, onSearch, projectId, empty }: RequestsViewProps) {
  const { view = 'all', state, search: words, page } = search;
  const query = { view, state, search: words, page, ...(projectId === undefined ? {} : { projectId }) };
  const list = useQuery(readPage('GET /requests', { query }));
  const rows = useRowKeys<HTMLDivElement>();
  const counts = list.data?.counts;
  const isFiltered = state !== undefined || words !== undefined || view !== 'all';
  return (
    <>
      <Tabs
        label="Requests"
        value={view}
        onChange={(next) => onSearch({ view: next === 'all' ? undefined : next })}
        tabs={[
          { value: 'all', label: 'All' },
          { value: 'to_decide', label: 'To decide', count: counts?.toDecide },
          { value: 'mine', label: 'Mine', count: counts?.minePending },
        ]}
      />
      <ListToolbar label="Search requests" search={words} onSearch={(next) => onSearch({ search: next })}>
        <Filter
          label="State"
          any="Any state"
          value={state}
          choices={requestStates}
          onChange={(next) => onSearch({ state: next })}
        />
      </ListToolbar>
      <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />
      <div ref={rows}>
        {list.data?.items.length === 0 ? (
          isFiltered ? (
            <NothingFound
              what="request"
              onClear={() => onSearch({ view: undefined, state: undefined, search: undefined })}
            />
          ) : (
            empty
          )
        ) : (
          !(list.error && !list.data) && (
            <RequestList label="Requests" requests={list.data?.items} isStale={list.isPlaceholderData} />
          )
        )}
      </div>
      {list.data && list.data.total > 0 && <Pager answer={list.data} onPage={(next) => onSearch({ page: next })} />}
    </>
  );
}
