import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { may } from '../../api/abilities.ts';
import { readPage } from '../../api/queries.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentFilter } from '../../ui/EnvironmentFilter.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import { capabilityWords, engineNames, type Instance, syncWords } from './instance-words.ts';

const route = getRouteApi('/in/instances');

const columns: readonly Column<Instance>[] = [
  {
    key: 'title',
    head: 'Instance',
    draw: (instance) => (
      <Link to="/instances/$instanceId" params={{ instanceId: instance.id }} search={{}} {...rowLink}>
        {instance.title}
      </Link>
    ),
  },
  {
    key: 'environment',
    head: 'Environment',
    isTight: true,
    draw: (instance) => <EnvironmentTag environment={instance.environment} />,
  },
  {
    key: 'engine',
    head: 'Engine',
    isTight: true,
    draw: (instance) => `${engineNames[instance.engine]} ${instance.version ?? ''}`,
  },
  {
    key: 'host',
    head: 'Host',
    draw: (instance) => (
      <span className="mono">
        {instance.host.startsWith('/') ? instance.host : `${instance.host}:${instance.port}`}
      </span>
    ),
  },
  { key: 'databases', head: 'Databases', isTight: true, align: 'right', draw: (instance) => instance.databases },
  { key: 'sessions', head: 'Sessions', isTight: true, align: 'right', draw: (instance) => instance.sessions },
  {
    key: 'state',
    head: 'State',
    isTight: true,
    draw: ({ sync, capability }) => {
      const isTrouble = sync.state === 'failed' || sync.state === 'running';
      const { tone, words } = isTrouble ? syncWords[sync.state] : capabilityWords[capability.state];
      return <StateTag tone={tone}>{words}</StateTag>;
    },
  },
];

export function InstancesPage() {
  const { search, page, environment } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const list = useQuery(readPage('GET /instances', { query: { search, page, environmentId: environment } }));
  const isFiltered = search !== undefined || environment !== undefined;
  return (
    <Page>
      <PageHeader
        title="Instances"
        actions={
          may(list.data, 'create') && (
            <LinkButton look="primary" to="/instances/new">
              Add instance
            </LinkButton>
          )
        }
      />
      <ListToolbar label="Search instances" search={search} onSearch={(next) => set({ search: next })}>
        <EnvironmentFilter value={environment} onChange={(next) => set({ environment: next })} />
      </ListToolbar>
      <DataTable<Instance>
        label="Instances"
        columns={columns}
        list={list}
        idOf={(instance) => instance.id}
        onPage={(next) => set({ page: next })}
        empty={
          isFiltered ? (
            <NothingFound what="instance" onClear={() => set({ search: undefined, environment: undefined })} />
          ) : (
            <EmptyState>
              An instance is a database server that Tidegate guards. Add the first: PostgreSQL, MySQL or MariaDB.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}
