import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { may } from '../../api/abilities.ts';
import type { ItemOf, Reply } from '../../api/client.ts';
import { read, readPage } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { numberWords } from '../../lib/plural.ts';
import { DataLabels } from '../../ui/DataLabels.tsx';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconLock } from '../../ui/icons.ts';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader, Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { DatabaseReaders } from './DatabaseReaders.tsx';
import css from './Databases.module.css';
import { DatabaseActions } from './database-columns.tsx';
import { EnvironmentOverride } from './EnvironmentOverride.tsx';
import { LabelPatterns } from './LabelPatterns.tsx';
import { LabelSuggestions } from './LabelSuggestions.tsx';
import { LoadSampleButton } from './LoadSampleButton.tsx';
import { MyAccess } from './MyAccess.tsx';
import { Structure } from './Structure.tsx';

type Relation = ItemOf<'GET /databases/:databaseId/relations'>;
type Database = Reply<'GET /databases/:databaseId'>;

const route = getRouteApi('/in/databases/$databaseId');

export function DatabasePage() {
  const { databaseId } = route.useParams();
  const database = useQuery(read('GET /databases/:databaseId', { params: { databaseId } }));
  if (!database.data) {
    return (
      <Page>
        <PageHeader title="Database" />
        {database.error ? (
          <ErrorNotice error={database.error} onRetry={() => void database.refetch()} />
        ) : (
          <SkeletonBlock lines={8} />
        )}
      </Page>
    );
  }
  return <DatabaseScreen database={database.data} />;
}

function DatabaseScreen({ database }: { database: Database }) {
  const { relation } = route.useSearch();
  return (
    <Page>
      <PageHeader
        title={database.name}
        isName
        tags={<EnvironmentTag environment={database.environment} />}
        actions={
          <>
            <DatabaseActions database={database} />
            <LoadSampleButton database={database} />
          </>
        }
        lead={<About database={database} />}
      />
      <EnvironmentOverride database={database} />
      {may(database, 'listAccess') && <DatabaseReaders databaseId={database.id} name={database.name} />}
      <Section title="Tables and views">
        <div className={cx(css.split, relation !== undefined && css.isOpen)}>
          <Relations database={database} />
          {relation !== undefined && <OpenStructure databaseId={database.id} relationId={relation} />}
        </div>
      </Section>
      {may(database, 'manageLabels') && (
        <Section title="Labels">
          <p>What is sensitive here. Risk rules look at labels, and everybody who asks or decides sees them.</p>
          <LabelSuggestions databaseId={database.id} />
          <LabelPatterns databaseId={database.id} />
        </Section>
      )}
    </Page>
  );
}

function About({ database }: { database: Database }) {
  const { project, instance, myAccess } = database;
  const hasAccess = myAccess.read !== 'none' || myAccess.write !== 'none';
  return (
    <>
      You {hasAccess ? 'can' : 'have'} <MyAccess access={myAccess} />. In{' '}
      {project ? (
        <Link to="/projects/$projectId/databases" params={{ projectId: project.id }} search={{}}>
          {project.name}
        </Link>
      ) : (
        'no project'
      )}
      , on {instance.title} ({instance.engine}), synchronised <RelativeTime at={database.syncedAt} />.
    </>
  );
}

function Relations({ database }: { database: Database }) {
  const { search, page, schema, relation: openId } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const params = { databaseId: database.id };
  const list = useQuery(readPage('GET /databases/:databaseId/relations', { params, query: { search, page, schema } }));
  const schemas = list.data?.schemas ?? [];
  const isCompact = openId !== undefined;
  const columns: Column<Relation>[] = [
    {
      key: 'name',
      head: 'Table',
      draw: (relation) => (
        <Link
          from="/databases/$databaseId"
          to="."
          search={(former) => ({ ...former, relation: relation.id })}
          replace
          {...rowLink}
          aria-current={relation.id === openId ? 'true' : undefined}
        >
          <span className="mono">{schemas.length > 1 ? `${relation.schema}.${relation.name}` : relation.name}</span>
        </Link>
      ),
    },
    {
      key: 'labels',
      head: 'Labels',
      draw: (relation) => <DataLabels labels={relation.labels} />,
    },
    { key: 'kind', head: 'Kind', isTight: true, draw: (relation) => relation.kind },
    {
      key: 'access',
      head: 'You can',
      isTight: true,
      draw: (relation) => <RelationAccess relation={relation} />,
    },
  ];
  const rows: Column<Relation> = {
    key: 'rows',
    head: 'Rows, about',
    isTight: true,
    align: 'right',
    draw: ({ estimatedRows }) => (estimatedRows === null ? '' : numberWords(estimatedRows)),
  };
  return (
    <div>
      <ListToolbar label="Search tables" search={search} onSearch={(next) => set({ search: next })}>
        {schemas.length > 1 && (
          <Filter
            label="Schema"
            any="Any schema"
            value={schema}
            choices={schemas.map((name) => ({ value: name, label: name }))}
            onChange={(next) => set({ schema: next })}
          />
        )}
      </ListToolbar>
      <DataTable<Relation>
        label="Tables and views"
        columns={isCompact ? columns : [...columns, rows]}
        list={list}
        idOf={(relation) => relation.id}
        onPage={(next) => set({ page: next })}
        empty={
          search === undefined && schema === undefined ? (
            <EmptyState>No tables were found at the last synchronisation.</EmptyState>
          ) : (
            <NothingFound what="table" onClear={() => set({ search: undefined, schema: undefined })} />
          )
        }
      />
    </div>
  );
}

function RelationAccess({ relation }: { relation: Relation }) {
  if (relation.canWrite) return 'read, write';
  if (relation.canRead) return 'read';
  return <IconLock size={14} aria-label="no access" />;
}

function OpenStructure(props: { databaseId: string; relationId: string }) {
  const navigate = route.useNavigate();
  const close = () => void navigate({ search: (former) => ({ ...former, relation: undefined }), replace: true });
  return <Structure key={props.relationId} {...props} onClose={close} />;
}
