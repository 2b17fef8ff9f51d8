import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { addressOf, type ItemOf } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { AnchorButton, Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconLeft, IconRight } from '../../ui/icons.ts';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Audit.module.css';
import { AuditEventDrawer } from './AuditEventDrawer.tsx';
import { filtersOf, isFiltered, noFilters } from './audit-filters.ts';
import { EventList } from './EventList.tsx';
import { InstantField } from './InstantField.tsx';
import { RecordScope } from './RecordScope.tsx';

export type AuditEvent = ItemOf<'GET /audit-events'>;

const route = getRouteApi('/in/audit');

/** The record, newest first, paged by the place where it was left. */
export function AuditEvents() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<typeof search>) =>
    void navigate({ search: (former) => ({ ...former, cursor: undefined, ...patch }), replace: true });
  const query = { ...filtersOf(search), cursor: search.cursor };
  const list = useQuery({ ...readPage('GET /audit-events', { query }), staleTime: 0 });
  const { data } = list;
  const goTo = (cursor: string | undefined) => void navigate({ search: (former) => ({ ...former, cursor }) });
  return (
    <>
      <ListToolbar label="Search the record" search={search.search} onSearch={(next) => set({ search: next })}>
        <Filter
          label="Kind"
          any="Any kind"
          value={search.kind}
          choices={(data?.kinds ?? []).map((value) => ({ value, label: value }))}
          onChange={(next) => set({ kind: next })}
        />
        <InstantField label="From" value={search.from} onChange={(next) => set({ from: next })} />
        <InstantField label="Until" value={search.until} onChange={(next) => set({ until: next })} />
        {isFiltered(search) && (
          <Button look="quiet" onClick={() => set(noFilters)}>
            Clear
          </Button>
        )}
        {isFiltered(search) && (
          <AnchorButton
            href={addressOf('GET /audit-events/export', { query: filtersOf(search) }).url}
            download="tidegate-audit-selection.jsonl"
          >
            Export these
          </AnchorButton>
        )}
      </ListToolbar>
      <RecordScope search={search} onChange={set} events={data?.items ?? []} />
      <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && <SkeletonBlock lines={8} />}
      {data && data.items.length > 0 && <EventList events={data.items} isStale={list.isPlaceholderData} />}
      {data?.items.length === 0 && !data.isPartial && (
        <NothingHere isFiltered={isFiltered(search)} onClear={() => set(noFilters)} />
      )}
      {data && (
        <Further
          isPartial={data.isPartial}
          isFirst={search.cursor === undefined}
          hasNext={data.next !== null}
          onNewest={() => goTo(undefined)}
          onOlder={() => goTo(data.next ?? undefined)}
        />
      )}
      {search.event && (
        <AuditEventDrawer
          eventKey={search.event}
          onNarrow={(patch) => set({ ...patch, event: undefined })}
          onClose={() => set({ event: undefined, cursor: search.cursor })}
        />
      )}
    </>
  );
}

function NothingHere(props: { isFiltered: boolean; onClear: () => void }) {
  if (props.isFiltered) return <NothingFound what="event" onClear={props.onClear} />;
  return <EmptyState>Everything that happens is recorded here, and cannot be rewritten unnoticed.</EmptyState>;
}

interface FurtherProps {
  isPartial: boolean;
  isFirst: boolean;
  hasNext: boolean;
  onNewest: () => void;
  onOlder: () => void;
}

/** The ways to older events and back. A search by text stops after so many events and says so. */
function Further({ isPartial, isFirst, hasNext, onNewest, onOlder }: FurtherProps) {
  if (isFirst && !hasNext) return null;
  return (
    <nav className={css.further} aria-label="Older and newer events">
      {isPartial && <span className={css.soft}>5,000 events were searched for this text.</span>}
      {!isFirst && (
        <Button isSmall onClick={onNewest}>
          <IconLeft aria-hidden="true" /> Newest
        </Button>
      )}
      {hasNext && (
        <Button isSmall onClick={onOlder}>
          {isPartial ? 'Search older events' : 'Older'} <IconRight aria-hidden="true" />
        </Button>
      )}
    </nav>
  );
}
