import { sql } from 'kysely';
import type { CatalogDatabase, CatalogRelation } from '../../engines/engine.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { RelationChanges, RelationName } from './catalog-changes.ts';
import { compareRelations } from './catalog-comparison.ts';

export interface KnownDatabase {
  readonly id: string;
  readonly name: string;
  readonly instanceId: string;
  readonly projectId: string | null;
  readonly vanishedAt: Date | null;
}

const relationsAtOnce = 1_000;
const knownColumns = [
  'id',
  'name',
  'instance_id as instanceId',
  'project_id as projectId',
  'vanished_at as vanishedAt',
] as const;

/** What syncs write: databases, relations and routines as the servers have them. */
export class CatalogStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async findDatabase(id: string): Promise<KnownDatabase | null> {
    const row = await this.#db.selectFrom('database').select(knownColumns).where('id', '=', id).executeTakeFirst();
    return row ?? null;
  }

  /** All of an instance, also the vanished. */
  async databasesOf(instanceId: string): Promise<KnownDatabase[]> {
    return await this.#db
      .selectFrom('database')
      .select(knownColumns)
      .where('instance_id', '=', instanceId)
      .orderBy('name')
      .execute();
  }

  /** Adds new names and welcomes back those that had vanished. Answers what was new or back. */
  async addDatabases(tx: Tx, instanceId: string, names: readonly string[]): Promise<KnownDatabase[]> {
    if (names.length === 0) return [];
    return await tx
      .insertInto('database')
      .values(names.map((name) => ({ instance_id: instanceId, name })))
      .onConflict((conflict) =>
        conflict
          .columns(['instance_id', 'name'])
          .doUpdateSet({ vanished_at: null })
          .where('database.vanished_at', 'is not', null),
      )
      .returning(knownColumns)
      .execute();
  }

  /** Marks databases as gone from the server; answers those that were not marked yet. */
  async markVanished(tx: Tx, ids: readonly string[]): Promise<KnownDatabase[]> {
    if (ids.length === 0) return [];
    return await tx
      .updateTable('database')
      .set({ vanished_at: sql<Date>`tidegate.now()` })
      .where('id', 'in', ids)
      .where('vanished_at', 'is', null)
      .returning(knownColumns)
      .execute();
  }

  /** The instant before a reading begins, by which older readings are told from newer ones. */
  async readingBegins(): Promise<Date> {
    const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(this.#db);
    if (rows[0] === undefined) throw new Error('the store did not tell the time');
    return rows[0].at;
  }

  /**
   * Makes the stored catalog of one database equal to a reading. Null, and nothing is written, when a later reading is
   * stored already (two servers may synchronise at once) or the database has vanished meanwhile.
   */
  async apply(tx: Tx, databaseId: string, readAt: Date, catalog: CatalogDatabase): Promise<RelationChanges | null> {
    const row = await tx
      .selectFrom('database')
      .select(['synced_at', 'vanished_at'])
      .where('id', '=', databaseId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.vanished_at !== null) return null;
    if (row.synced_at !== null && row.synced_at > readAt) return null;

    const changes = compareRelations(await this.relationsOf(databaseId, tx), catalog.relations);
    await deleteRelations(tx, databaseId, changes.removed);
    for (let from = 0; from < catalog.relations.length; from += relationsAtOnce) {
      await upsertRelations(tx, databaseId, catalog.relations.slice(from, from + relationsAtOnce));
    }
    await replaceRoutines(tx, databaseId, catalog.routines);
    await tx.updateTable('database').set({ synced_at: readAt }).where('id', '=', databaseId).execute();
    return changes;
  }

  /** Names and identities as the last reading had them. */
  async relationsOf(databaseId: string, db: Db = this.#db): Promise<(RelationName & { identity: string })[]> {
    return await db
      .selectFrom('relation')
      .select(['schema_name as schema', 'name', 'identity'])
      .where('database_id', '=', databaseId)
      .execute();
  }
}

async function deleteRelations(tx: Tx, databaseId: string, names: readonly RelationName[]): Promise<void> {
  if (names.length === 0) return;
  await sql`
    delete from tidegate.relation using jsonb_to_recordset(${toJson(names)}::jsonb) as gone (schema text, name text)
    where relation.database_id = ${databaseId} and relation.schema_name = gone.schema and relation.name = gone.name
  `.execute(tx);
}

/** One statement for many relations: 10,000 tables take a second, not a minute. Unchanged rows are not written. */
async function upsertRelations(tx: Tx, databaseId: string, relations: readonly CatalogRelation[]): Promise<void> {
  await sql`
    insert into tidegate.relation as known
      (database_id, schema_name, name, kind, identity, estimated_rows, columns, primary_key, foreign_keys, indexes)
    select ${databaseId}::uuid, schema, name, kind, identity, "estimatedRows", columns, "primaryKey", "foreignKeys", indexes
    from jsonb_to_recordset(${toJson(relations)}::jsonb) as read (
      schema text, name text, kind text, identity text, "estimatedRows" double precision,
      columns jsonb, "primaryKey" jsonb, "foreignKeys" jsonb, indexes jsonb)
    on conflict (database_id, schema_name, name) do update set
      since = case when tidegate.is_same_relation(known.identity, excluded.identity) then known.since else clock_timestamp() end,
      kind = excluded.kind, identity = excluded.identity, estimated_rows = excluded.estimated_rows,
      columns = excluded.columns, primary_key = excluded.primary_key, foreign_keys = excluded.foreign_keys,
      indexes = excluded.indexes
    where (known.kind, known.identity, known.estimated_rows, known.columns, known.primary_key, known.foreign_keys, known.indexes)
      is distinct from (excluded.kind, excluded.identity, excluded.estimated_rows, excluded.columns, excluded.primary_key,
        excluded.foreign_keys, excluded.indexes)
  `.execute(tx);
}

async function replaceRoutines(tx: Tx, databaseId: string, routines: CatalogDatabase['routines']): Promise<void> {
  await tx.deleteFrom('routine').where('database_id', '=', databaseId).execute();
  if (routines.length === 0) return;
  await sql`
    insert into tidegate.routine (database_id, schema_name, name, kind)
    select ${databaseId}::uuid, schema, name, kind
    from jsonb_to_recordset(${toJson(routines)}::jsonb) as read (schema text, name text, kind text)
  `.execute(tx);
}

/** The store's text knows neither NUL nor half a surrogate pair; a column's default may hold both. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? item.replaceAll('\0', '\uFFFD').toWellFormed() : item,
  );
}
