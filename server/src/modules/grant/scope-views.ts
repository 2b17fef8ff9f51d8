import type { Scope, ScopeView } from '@tidegate/contract';
import type { Db } from '../../platform/store/tx.ts';
import { labelsOfDatabases, type ShownLabels } from '../inventory/index.ts';
import { scopeSentence } from './scope-words.ts';

export interface ScopedThing {
  /** Null: every project. */
  readonly projectId: string | null;
  readonly scope: Scope;
}

type DatabaseView = ScopeView['databases'][number];

/** Scopes as people read them, in one read for any number of them. Databases that are gone are left out. */
export async function presentScopes(db: Db, things: readonly ScopedThing[]): Promise<ScopeView[]> {
  const databaseIds = [...new Set(things.flatMap((thing) => itemsOf(thing.scope).map((item) => item.databaseId)))];
  const projectIds = [...new Set(things.flatMap((thing) => (thing.projectId === null ? [] : [thing.projectId])))];
  // One after the other: within a transaction there is only one connection.
  const databases = await readDatabases(db, databaseIds);
  const projects = await readProjects(db, projectIds);
  const labels = await labelsOfDatabases(db, databaseIds);
  return things.map(({ projectId, scope }) => {
    const view = { isProject: scope.kind === 'project', databases: groupItems(itemsOf(scope), databases, labels) };
    const projectName = projectId === null ? null : (projects.get(projectId) ?? 'a deleted project');
    return { ...view, sentence: scopeSentence(view, projectName) };
  });
}

function itemsOf(scope: Scope) {
  return scope.kind === 'project' ? [] : scope.items;
}

function groupItems(
  items: ReturnType<typeof itemsOf>,
  databases: ReadonlyMap<string, PlainDatabase>,
  labels: ReadonlyMap<string, ShownLabels>,
): DatabaseView[] {
  const byDatabase = Map.groupBy(items, (item) => item.databaseId);
  return [...byDatabase].flatMap(([id, own]) => {
    const database = databases.get(id);
    if (database === undefined) return [];
    const isWhole = own.some((item) => item.schema === null);
    const schemas = isWhole
      ? []
      : own.flatMap((item) => (item.table === null && item.schema !== null ? [item.schema] : []));
    const tables = isWhole
      ? []
      : own.flatMap((item) =>
          item.table === null || schemas.includes(item.schema ?? '')
            ? []
            : [{ schema: item.schema ?? '', table: item.table }],
        );
    const part = { databaseId: id, isWhole, schemas: [...new Set(schemas)], tables: tables.toSorted(byName) };
    return [labeled({ ...database, ...part }, labels.get(id))];
  });
}

function labeled(view: UnlabeledView, labels: ShownLabels | undefined): DatabaseView {
  const tables = view.tables.map(({ schema, table }) => ({
    schema,
    table,
    labels: [...(labels?.ofTable(schema, table) ?? [])],
  }));
  return { ...view, tables, labels: [...(labels?.ofPart(view) ?? [])] };
}

function byName(a: { schema: string; table: string }, b: { schema: string; table: string }): number {
  return a.schema.localeCompare(b.schema) || a.table.localeCompare(b.table);
}

type UnlabeledView = Omit<DatabaseView, 'labels' | 'tables'> & {
  readonly tables: readonly { readonly schema: string; readonly table: string }[];
};
type PlainDatabase = Pick<DatabaseView, 'name' | 'instanceTitle' | 'environment'>;

async function readDatabases(db: Db, ids: readonly string[]): Promise<Map<string, PlainDatabase>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('database')
    .innerJoin('instance', 'instance.id', 'database.instance_id')
    .innerJoin('environment', (join) =>
      join.on((eb) => eb('environment.id', '=', eb.fn.coalesce('database.environment_id', 'instance.environment_id'))),
    )
    .where('database.id', 'in', ids)
    .select([
      'database.id',
      'database.name',
      'instance.title',
      'environment.id as environmentId',
      'environment.name as environmentName',
      'environment.color',
      'environment.is_protected as isProtected',
    ])
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        name: row.name,
        instanceTitle: row.title,
        environment: {
          id: row.environmentId,
          name: row.environmentName,
          color: row.color,
          isProtected: row.isProtected,
        },
      },
    ]),
  );
}

async function readProjects(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('project').where('id', 'in', ids).select(['id', 'name']).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}
