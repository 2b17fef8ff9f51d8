import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Notice } from '@tidegate/contract';
import { readPage, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useRowKeys } from '../../ui/use-row-keys.ts';
import css from './Inbox.module.css';
import { NoticeRow } from './NoticeRow.tsx';

const route = getRouteApi('/in/inbox');

/** What I was told: decisions that are wanted, what was decided, and what became of my access. */
export function InboxPage() {
  const { search, page, show = 'all' } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const query = { search, page, ...(show === 'unread' ? { unread: 'true' as const } : {}) };
  const list = useQuery(readPage('GET /inbox', { query }));
  const readAll = useSend('POST /inbox/read-all');
  const newest = useQuery(readPage('GET /inbox', { query: { pageSize: 1 } })).data?.items[0];
  const unread = list.data?.unread ?? 0;
  return (
    <Page>
      <PageHeader
        title="Inbox"
        actions={
          unread > 0 &&
          newest && (
            <Button isBusy={readAll.isPending} onClick={() => readAll.mutate({ body: { until: newest.at } })}>
              Mark all read
            </Button>
          )
        }
      />
      <Tabs
        label="Which notices"
        value={show}
        onChange={(next) => set({ show: next === 'all' ? undefined : next })}
        tabs={[
          { value: 'all', label: 'All' },
          { value: 'unread', label: 'Unread', ...(unread > 0 ? { count: unread } : {}) },
        ]}
      />
      <ListToolbar label="Search notices" search={search} onSearch={(next) => set({ search: next })} />
      <ErrorNotice error={readAll.error ?? list.error} onRetry={() => void list.refetch()} />
      {list.isPending && <SkeletonBlock lines={6} />}
      {list.data?.items.length === 0 && (
        <Nothing
          isSearched={search !== undefined}
          isUnread={show === 'unread'}
          onClear={() => set({ search: undefined })}
        />
      )}
      {list.data && list.data.items.length > 0 && (
        <>
          <Notices notices={list.data.items} isStale={list.isPlaceholderData} />
          <Pager answer={list.data} onPage={(next) => set({ page: next })} />
        </>
      )}
    </Page>
  );
}

function Notices({ notices, isStale }: { notices: readonly Notice[]; isStale: boolean }) {
  const rows = useRowKeys<HTMLUListElement>();
  return (
    <ul ref={rows} className={`${css.list} ${isStale ? css.stale : ''}`} aria-label="Notices">
      {notices.map((notice) => (
        <NoticeRow key={notice.id} notice={notice} />
      ))}
    </ul>
  );
}

function Nothing({ isSearched, isUnread, onClear }: { isSearched: boolean; isUnread: boolean; onClear: () => void }) {
  if (isSearched) return <NothingFound what="notice" onClear={onClear} />;
  if (isUnread) return <EmptyState>You have read everything.</EmptyState>;
  return (
    <EmptyState>
      Decisions that wait for you, what was decided on your requests, and what becomes of your access appear here.
    </EmptyState>
  );
}
