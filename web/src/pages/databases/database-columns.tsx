import { Link } from '@tanstack/react-router';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { numberWords } from '../../lib/plural.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { MyAccess } from './MyAccess.tsx';

export type Database = ItemOf<'GET /databases'>;

const name: Column<Database> = {
  key: 'name',
  head: 'Database',
  draw: (database) => (
    <Link to="/databases/$databaseId" params={{ databaseId: database.id }} search={{}} {...rowLink}>
      <span className="mono">{database.name}</span>
    </Link>
  ),
};
const environment: Column<Database> = {
  key: 'environment',
  head: 'Environment',
  isTight: true,
  draw: (database) => <EnvironmentTag environment={database.environment} />,
};
const instance: Column<Database> = { key: 'instance', head: 'Instance', draw: (database) => database.instance.title };
const project: Column<Database> = {
  key: 'project',
  head: 'Project',
  draw: (database) => database.project?.name ?? <em>unassigned</em>,
};
const tables: Column<Database> = {
  key: 'tables',
  head: 'Tables',
  align: 'right',
  isTight: true,
  draw: (database) => numberWords(database.tables),
};
const access: Column<Database> = {
  key: 'access',
  head: 'You can',
  isTight: true,
  draw: (database) => <MyAccess access={database.myAccess} />,
};
const actions: Column<Database> = {
  key: 'actions',
  head: '',
  isTight: true,
  draw: (database) => <DatabaseActions database={database} />,
};

/** The way in where something can be read, the way to ask where something cannot. */
export function DatabaseActions({ database }: { database: Database }) {
  const { project, myAccess } = database;
  const canOpen = may(database, 'openEditor') && myAccess.read !== 'none';
  const canAsk = may(database, 'request') && project !== null && myAccess.read !== 'all';
  return (
    <>
      {canOpen && (
        <LinkButton isSmall to="/editor" search={{ database: database.id }}>
          Open in SQL Editor
        </LinkButton>
      )}
      {canAsk && (
        <LinkButton
          isSmall
          look={canOpen ? 'quiet' : 'plain'}
          to="/requests/new"
          search={{ project: project.id, database: database.id }}
        >
          Request query
        </LinkButton>
      )}
    </>
  );
}

export const workspaceColumns = [name, environment, instance, project, tables, access, actions] as const;
export const projectColumns = [name, environment, instance, tables, access, actions] as const;
export const instanceColumns = [name, environment, project, tables, access, actions] as const;
export const transferColumns = [name, environment, instance, project, tables] as const;
