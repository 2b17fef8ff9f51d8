import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';

/** The names in a database as it was last synchronised. */
export interface DatabaseNames {
  readonly projectId: string | null;
  /** Columns of a table; undefined where there is none of that name. */
  columnsOf(schema: string, table: string): readonly string[] | undefined;
  /** Distinct names in these schemas; null: in all. */
  within(schemas: readonly string[] | null): { tables: readonly string[]; columns: readonly string[] };
}

interface Known extends Omit<DatabaseNames, 'projectId'> {
  readonly readAt: string;
}

const mostKept = 200;
/** By database, as of its last sync: what lists of requests and grants show needs them again and again. */
const kept = new Map<string, Known>();

export async function databaseNames(db: Db, ids: readonly string[]): Promise<Map<string, DatabaseNames>> {
  const { rows } = await sql<{ id: string; projectId: string | null; readAt: string }>`
    select id, project_id as "projectId", coalesce(synced_at::text, '') as "readAt"
    from tidegate.database where id = any(${ids}::uuid[])`.execute(db);
  const stale = rows.filter(({ id, readAt }) => readAt === '' || kept.get(id)?.readAt !== readAt);
  const fresh = await readNames(db, stale);
  return new Map(
    rows.flatMap(({ id, projectId }) => {
      const known = fresh.get(id) ?? kept.get(id);
      return known === undefined
        ? []
        : [[id, { projectId, columnsOf: known.columnsOf, within: known.within }] as const];
    }),
  );
}

interface TableNames {
  readonly databaseId: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

async function readNames(
  db: Db,
  databases: readonly { readonly id: string; readonly readAt: string }[],
): Promise<Map<string, Known>> {
  if (databases.length === 0) return new Map();
  const { rows } = await sql<TableNames>`
    select database_id as "databaseId", schema_name as schema, name,
      array(select part ->> 'name' from jsonb_array_elements(columns) as part) as columns
    from tidegate.relation where database_id = any(${databases.map(({ id }) => id)}::uuid[])`.execute(db);
  const byDatabase = Map.groupBy(rows, (row) => row.databaseId);
  const read = new Map(databases.map(({ id, readAt }) => [id, namesOf(byDatabase.get(id) ?? [], readAt)]));
  for (const [id, known] of read) {
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
    // A database that was never synchronised may change without a sign.
    if (known.readAt !== '') kept.set(id, known);
  }
  return read;
}

function namesOf(tables: readonly TableNames[], readAt: string): Known {
  const bySchema = Map.groupBy(tables, (table) => table.schema);
  const distinct = new Map(
    [...bySchema].map(([schema, own]) => [
      schema,
      { tables: own.map((table) => table.name), columns: [...new Set(own.flatMap((table) => table.columns))] },
    ]),
  );
  const byName = new Map(
    [...bySchema].map(([schema, own]) => [schema, new Map(own.map((table) => [table.name, table.columns]))]),
  );
  return {
    readAt,
    columnsOf: (schema, table) => byName.get(schema)?.get(table),
    within: (schemas) => {
      const wanted = schemas === null ? [...distinct.values()] : schemas.flatMap((name) => distinct.get(name) ?? []);
      return {
        tables: wanted.flatMap((one) => one.tables),
        columns: [...new Set(wanted.flatMap((one) => one.columns))],
      };
    },
  };
}
