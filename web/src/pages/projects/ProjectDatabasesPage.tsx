import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { read, readPage } from '../../api/queries.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentFilter } from '../../ui/EnvironmentFilter.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { type Database, projectColumns } from '../databases/database-columns.tsx';
import { ArchivedNote } from './ArchivedNote.tsx';
import { TransferDrawer } from './TransferDrawer.tsx';
import { UnassignDialog } from './UnassignDialog.tsx';

const route = getRouteApi('/in/projects/$projectId/databases');

/** Database > Databases of a project, with Transfer in DB. */
export function ProjectDatabasesPage() {
  const { projectId } = route.useParams();
  const { search, page, environment } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const project = useQuery(read('GET /projects/:projectId', { params: { projectId } })).data;
  const list = useQuery(readPage('GET /databases', { query: { projectId, search, page, environmentId: environment } }));
  const [isTransferring, setIsTransferring] = useState(false);
  const [leaving, setLeaving] = useState<Database | null>(null);
  const takeOut: Column<Database> = {
    key: 'out',
    head: '',
    isTight: true,
    draw: (database) =>
      may(database, 'unassign') && (
        <Button isSmall look="quiet" onClick={() => setLeaving(database)}>
          Take out
        </Button>
      ),
  };
  const transfer = may(project, 'transfer') && (
    <Button look="primary" onClick={() => setIsTransferring(true)}>
      Transfer in DB
    </Button>
  );
  const ask = may(project, 'request') && (
    <LinkButton to="/requests/new" search={{ project: projectId }} look={transfer ? 'plain' : 'primary'}>
      Request Querier Role
    </LinkButton>
  );
  const isFiltered = search !== undefined || environment !== undefined;
  return (
    <Page>
      <PageHeader
        title="Databases"
        actions={
          <>
            {transfer}
            {ask}
          </>
        }
      />
      <ArchivedNote project={project} />
      <ListToolbar label="Search databases" search={search} onSearch={(next) => set({ search: next })}>
        <EnvironmentFilter value={environment} onChange={(next) => set({ environment: next })} />
      </ListToolbar>
      <DataTable<Database>
        label="Databases of the project"
        columns={may(project, 'transfer') ? [...projectColumns, takeOut] : projectColumns}
        list={list}
        idOf={(database) => database.id}
        onPage={(next) => set({ page: next })}
        empty={
          isFiltered ? (
            <NothingFound what="database" onClear={() => set({ search: undefined, environment: undefined })} />
          ) : (
            <EmptyState>
              {transfer
                ? 'The databases of this project appear here. Transfer in those that belong to it.'
                : 'The databases of this project appear here once its owner transfers them in.'}
            </EmptyState>
          )
        }
      />
      {isTransferring && <TransferDrawer projectId={projectId} onClose={() => setIsTransferring(false)} />}
      {leaving && <UnassignDialog projectId={projectId} database={leaving} onClose={() => setLeaving(null)} />}
    </Page>
  );
}
