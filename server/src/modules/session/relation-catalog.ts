import type { RelationUse } from '@tidegate/sql-analysis';
import { sql } from 'kysely';
import type { EngineKind } from '../../engines/engine.ts';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { RelationTarget, ResolvedUse } from './verdict.ts';

export interface CatalogPlace {
  readonly databaseId: string;
  readonly instanceId: string;
  readonly engine: EngineKind;
  readonly databaseName: string;
}

/** Finds the relations of a statement among what the sync has read. */
export class RelationCatalog {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * PostgreSQL: an unqualified name is looked for in `public`, as the sessions' default search path does. MySQL: the
   * qualifier names a database of the same instance.
   */
  async resolve(place: CatalogPlace, uses: readonly RelationUse[]): Promise<ResolvedUse[]> {
    if (uses.length === 0) return [];
    const wanted = uses.map((use) => whereToLook(place, use));
    const targets = await this.#find(place.instanceId, wanted);
    return uses.map((use, index) => ({ use, target: targets.get(keyOf(wanted[index])) ?? null }));
  }

  /** The same for one name as a server's refusal gives it. */
  async resolveName(
    place: CatalogPlace,
    name: { schema: string | null; name: string },
  ): Promise<RelationTarget | null> {
    const wanted = whereToLook(place, name);
    return (await this.#find(place.instanceId, [wanted])).get(keyOf(wanted)) ?? null;
  }

  /** Whether the database's project hides the names of what is not granted. */
  async hidesNames(databaseId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('database')
      .innerJoin('project', 'project.id', 'database.project_id')
      .where('database.id', '=', databaseId)
      .select('project.hides_names')
      .executeTakeFirst();
    return row?.hides_names === true;
  }

  async #find(instanceId: string, wanted: readonly Wanted[]): Promise<Map<string, RelationTarget>> {
    const { rows } = await sql<RelationTarget>`${kept}
      select database.id as "databaseId", database.name as "databaseName", database.project_id as "projectId",
        coalesce(project.hides_names, false) as "hidesNames", relation.schema_name as schema, relation.name as "table"
      from tidegate.relation join tidegate.database on database.id = relation.database_id
      left join tidegate.project on project.id = database.project_id
      where database.instance_id = ${instanceId} and database.vanished_at is null
        and (database.name, relation.schema_name, relation.name) in (select * from unnest(
          ${wanted.map((item) => item.database)}::text[],
          ${wanted.map((item) => item.schema)}::text[],
          ${wanted.map((item) => item.table)}::text[]))`.execute(this.#db);
    return new Map(
      rows.map((row) => [keyOf({ database: row.databaseName, schema: row.schema, table: row.table }), row]),
    );
  }
}

interface Wanted {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

function whereToLook(place: CatalogPlace, use: { schema: string | null; name: string }): Wanted {
  return place.engine === 'postgresql'
    ? { database: place.databaseName, schema: use.schema ?? 'public', table: use.name }
    : { database: use.schema ?? place.databaseName, schema: '', table: use.name };
}

function keyOf(wanted: Wanted | undefined): string {
  return wanted === undefined ? '' : JSON.stringify([wanted.database, wanted.schema, wanted.table]);
}
