import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { readPage } from '../../api/queries.ts';
import { useMay } from '../../app/session.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentFilter } from '../../ui/EnvironmentFilter.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { type Database, workspaceColumns } from './database-columns.tsx';

const route = getRouteApi('/in/databases');

/** Every database whose name I may see. */
export function DatabasesPage() {
  const { search, page, environment, unassigned } = route.useSearch();
  const navigate = route.useNavigate();
  const maySeeAll = useMay('instance.list');
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const query = { search, page, environmentId: environment, unassigned };
  const list = useQuery(readPage('GET /databases', { query }));
  const isFiltered = search !== undefined || environment !== undefined || unassigned !== undefined;
  return (
    <Page>
      <PageHeader title="Databases" />
      <ListToolbar label="Search databases" search={search} onSearch={(next) => set({ search: next })}>
        <EnvironmentFilter value={environment} onChange={(next) => set({ environment: next })} />
        {maySeeAll && (
          <Filter
            label="Project"
            any="Assigned or not"
            value={unassigned}
            choices={[{ value: 'true', label: 'Unassigned' }]}
            onChange={(next) => set({ unassigned: next })}
          />
        )}
      </ListToolbar>
      <DataTable<Database>
        label="Databases"
        columns={workspaceColumns}
        list={list}
        idOf={(database) => database.id}
        onPage={(next) => set({ page: next })}
        empty={
          isFiltered ? (
            <NothingFound
              what="database"
              onClear={() => set({ search: undefined, environment: undefined, unassigned: undefined })}
            />
          ) : (
            <EmptyState action={maySeeAll && <LinkButton to="/instances/new">Add an instance</LinkButton>}>
              {maySeeAll
                ? 'Databases appear here when an instance has been added and synchronised.'
                : 'Databases of your projects appear here.'}
            </EmptyState>
          )
        }
      />
    </Page>
  );
}
