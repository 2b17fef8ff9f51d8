import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Grant } from '@tidegate/contract';
import { readPage } from '../../api/queries.ts';
import { useMay } from '../../app/session.ts';
import { plural } from '../../lib/plural.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import { EndGrantButtons } from './EndGrantButtons.tsx';
import { sourceWords } from './grant-words.ts';

const route = getRouteApi('/in/access');

const states = [
  { value: 'live', label: 'In force or closing' },
  { value: 'scheduled', label: 'Scheduled' },
  { value: 'active', label: 'Active' },
  { value: 'closing', label: 'Closing' },
  { value: 'closed', label: 'Closed' },
] as const;

const columns: readonly Column<Grant>[] = [
  {
    key: 'what',
    head: 'Access',
    draw: (grant) => (
      <Link to="/grants/$grantId" params={{ grantId: grant.id }} {...rowLink}>
        <ScopeSentence sentence={grant.sentence} scope={grant.scope} />
      </Link>
    ),
  },
  { key: 'source', head: 'Comes from', isTight: true, draw: sourceWords },
  {
    key: 'use',
    head: 'Used',
    isTight: true,
    draw: (grant) => (grant.use.statements === 0 ? 'not used' : plural(grant.use.statements, 'statement')),
  },
  {
    key: 'left',
    head: 'What is left',
    isTight: true,
    draw: ({ startsAt, expiresAt, state, end }) => (
      <TideLine startsAt={startsAt} expiresAt={expiresAt} state={state} endedAt={end?.endedAt} />
    ),
  },
  { key: 'end', head: '', isTight: true, draw: (grant) => <EndGrantButtons grant={grant} isSmall /> },
];

/** My access: every grant I hold or held; all grants for those who may see them. */
export function AccessPage() {
  const { of = 'me', state, search, page, project } = route.useSearch();
  const navigate = route.useNavigate();
  const maySeeAll = useMay('grant.list');
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const query = { mine: of === 'me' ? 'true' : 'false', state, search, page, projectId: project } as const;
  const list = useQuery(readPage('GET /grants', { query }));
  const isFiltered = state !== undefined || search !== undefined || project !== undefined;
  return (
    <Page>
      <PageHeader
        title="My access"
        actions={
          <LinkButton to="/requests/new" search={{}} look="primary">
            Request access
          </LinkButton>
        }
      />
      {maySeeAll && (
        <Tabs
          label="Whose access"
          value={of}
          onChange={(next) => set({ of: next === 'me' ? undefined : next })}
          tabs={[
            { value: 'me', label: 'Mine' },
            { value: 'all', label: 'Everybody’s' },
          ]}
        />
      )}
      <ListToolbar label="Search access" search={search} onSearch={(next) => set({ search: next })}>
        <Filter
          label="State"
          any="Any state"
          value={state}
          choices={states}
          onChange={(next) => set({ state: next })}
        />
      </ListToolbar>
      <DataTable<Grant>
        label="Grants"
        columns={columns}
        list={list}
        idOf={(grant) => grant.id}
        onPage={(next) => set({ page: next })}
        empty={
          isFiltered ? (
            <NothingFound
              what="grant"
              onClear={() => set({ state: undefined, search: undefined, project: undefined })}
            />
          ) : (
            <EmptyState>What you may read or change appears here, with what is left of it.</EmptyState>
          )
        }
      />
    </Page>
  );
}
