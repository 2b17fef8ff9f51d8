import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ItemOf } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { fromLocalField } from '../../lib/expiry.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './Audit.module.css';
import { AuditEventDrawer } from './AuditEventDrawer.tsx';
import { AuditScope } from './AuditScope.tsx';
import { VerifyChain } from './VerifyChain.tsx';

export type AuditEvent = ItemOf<'GET /audit-events'>;

const route = getRouteApi('/in/audit');

const columns: readonly Column<AuditEvent>[] = [
  { key: 'at', head: 'When', isTight: true, draw: (event) => <RelativeTime at={event.at} /> },
  {
    key: 'who',
    head: 'Who',
    isTight: true,
    draw: (event) => (
      <>
        {(event.onBehalfOf ?? event.actor)?.name ?? 'Tidegate'}
        {event.onBehalfOf && <span className={css.soft}> as {event.actor?.name}</span>}
      </>
    ),
  },
  {
    key: 'what',
    head: 'What',
    draw: (event) => (
      <Link from="/audit" to="." search={(former) => ({ ...former, event: event.key })} replace {...rowLink}>
        {event.sentence}
      </Link>
    ),
  },
  { key: 'kind', head: 'Kind', isTight: true, draw: (event) => <span className="mono">{event.kind}</span> },
];

/** The permanent record, newest first. */
export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<typeof search>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const { kind, person, project, database, grant, from, until, event: openId } = search;
  const query = {
    search: search.search,
    kind,
    personId: person,
    projectId: project,
    databaseId: database,
    grantId: grant,
    from: (from && fromLocalField(from)) || undefined,
    to: (until && fromLocalField(until)) || undefined,
  };
  const list = useQuery({ ...readPage('GET /audit-events', { query }), staleTime: 0 });
  const open = list.data?.items.find((event) => event.key === openId);
  const cleared = {
    ...{ search: undefined, kind: undefined, person: undefined, project: undefined, database: undefined },
    ...{ grant: undefined, from: undefined, until: undefined },
  };
  const isFiltered = Object.keys(cleared).some((key) => search[key as keyof typeof cleared] !== undefined);
  return (
    <Page>
      <PageHeader title="Audit log" actions={<VerifyChain />} />
      <ListToolbar label="Search the record" search={search.search} onSearch={(next) => set({ search: next })}>
        <Filter
          label="Kind"
          any="Any kind"
          value={kind}
          choices={(list.data?.kinds ?? []).map((value) => ({ value, label: value }))}
          onChange={(next) => set({ kind: next })}
        />
        <DayField label="From" value={from} onChange={(next) => set({ from: next })} />
        <DayField label="Until" value={until} onChange={(next) => set({ until: next })} />
        {isFiltered && (
          <Button look="quiet" onClick={() => set(cleared)}>
            Clear
          </Button>
        )}
      </ListToolbar>
      <AuditScope search={search} onChange={set} events={list.data?.items ?? []} />
      <DataTable<AuditEvent>
        label="Audit events"
        columns={columns}
        list={list}
        idOf={(event) => event.key}
        empty={
          isFiltered ? (
            <NothingFound what="event" onClear={() => set(cleared)} />
          ) : (
            <EmptyState>Everything that happens is recorded here, and cannot be rewritten unnoticed.</EmptyState>
          )
        }
      />
      {open && (
        <AuditEventDrawer
          event={open}
          onNarrow={(patch) => set({ ...patch, event: undefined })}
          onClose={() => set({ event: undefined, page: search.page })}
        />
      )}
    </Page>
  );
}

function DayField(props: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  return (
    <label className={css.day}>
      {props.label}
      <input
        type="datetime-local"
        value={props.value ?? ''}
        onChange={(event) => props.onChange(event.target.value === '' ? undefined : event.target.value)}
      />
    </label>
  );
}
