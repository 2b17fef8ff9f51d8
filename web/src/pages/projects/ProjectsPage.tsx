import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import { NewProjectDialog } from './NewProjectDialog.tsx';

type Project = ItemOf<'GET /projects'>;

const route = getRouteApi('/in/projects');

const columns: readonly Column<Project>[] = [
  {
    key: 'name',
    head: 'Project',
    draw: (project) => (
      <Link to="/projects/$projectId/databases" params={{ projectId: project.id }} search={{}} {...rowLink}>
        {project.name}
      </Link>
    ),
  },
  { key: 'databases', head: 'Databases', align: 'right', isTight: true, draw: (project) => project.databases },
  { key: 'members', head: 'Members', align: 'right', isTight: true, draw: (project) => project.members },
  {
    key: 'requests',
    head: 'Requests',
    isTight: true,
    draw: (project) =>
      project.pendingRequests > 0 && <StateTag tone="attention">{`${project.pendingRequests} waiting`}</StateTag>,
  },
  { key: 'owners', head: 'Project Owner', draw: (project) => project.owners.map(({ name }) => name).join(', ') },
  {
    key: 'state',
    head: 'State',
    isTight: true,
    draw: (project) => <StateTag tone={project.state === 'active' ? 'open' : 'rest'}>{project.state}</StateTag>,
  },
];

export function ProjectsPage() {
  const { search, page, state, new: isNew } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const list = useQuery(readPage('GET /projects', { query: { search, page, state } }));
  const mayCreate = may(list.data, 'create');
  const create = mayCreate && (
    <Button look="primary" onClick={() => set({ new: '1' })}>
      New project
    </Button>
  );
  const isFiltered = search !== undefined || state !== undefined;
  return (
    <Page>
      <PageHeader title="Projects" actions={create} />
      <ListToolbar label="Search projects" search={search} onSearch={(next) => set({ search: next })}>
        <Filter
          label="State"
          any="Any state"
          value={state}
          choices={[
            { value: 'active', label: 'Active' },
            { value: 'archived', label: 'Archived' },
          ]}
          onChange={(next) => set({ state: next })}
        />
      </ListToolbar>
      <DataTable<Project>
        label={plural(list.data?.total ?? 0, 'project')}
        columns={columns}
        list={list}
        idOf={(project) => project.id}
        onPage={(next) => set({ page: next })}
        empty={
          isFiltered ? (
            <NothingFound what="project" onClear={() => set({ search: undefined, state: undefined })} />
          ) : (
            <EmptyState>
              {mayCreate
                ? 'A project holds databases with the people who may ask for them. Make the first one.'
                : 'Projects appear here once somebody makes you a member of one. Ask your administrator.'}
            </EmptyState>
          )
        }
      />
      {isNew === '1' && <NewProjectDialog onClose={() => set({ new: undefined })} />}
    </Page>
  );
}
