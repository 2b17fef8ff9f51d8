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
  /** Where unqualified names are looked for, in order; `public` where it is not known. */
  readonly schemas?: readonly string[];
}

/** Finds the relations of a statement among what the sync has read. */
export class RelationCatalog {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * PostgreSQL: an unqualified name is looked for along the session's search path, and what the person has is preferred:
   * the server passes over schemas that the account may not use. MySQL: the qualifier names a database of the same
   * instance.
   */
  async resolve(
    place: CatalogPlace,
    uses: readonly RelationUse[],
    isGranted: (target: RelationTarget, use: RelationUse) => boolean,
  ): Promise<ResolvedUse[]> {
    if (uses.length === 0) return [];
    const wanted = uses.map((use) => whereToLook(place, use));
    const targets = await this.#find(place.instanceId, wanted.flat());
    return uses.map((use, index) => {
      const found = allFound(targets, wanted[index] ?? []);
      return { use, target: found.find((target) => isGranted(target, use)) ?? found[0] ?? null };
    });
  }

  /** The same for one name as a server's refusal gives it. */
  async resolveName(
    place: CatalogPlace,
    name: { schema: string | null; name: string },
  ): Promise<RelationTarget | null> {
    const wanted = whereToLook(place, name);
    return allFound(await this.#find(place.instanceId, wanted), wanted)[0] ?? null;
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

function whereToLook(
  place: CatalogPlace,
  { schema, name }: { schema: string | null; name: string },
): readonly Wanted[] {
  if (place.engine !== 'postgresql') return [{ database: schema ?? place.databaseName, schema: '', table: name }];
  const schemas = schema === null ? (place.schemas ?? ['public']) : [schema];
  return schemas.map((one) => ({ database: place.databaseName, schema: one, table: name }));
}

function allFound(targets: ReadonlyMap<string, RelationTarget>, wanted: readonly Wanted[]): readonly RelationTarget[] {
  return wanted.flatMap((one) => targets.get(keyOf(one)) ?? []);
}

function keyOf(wanted: Wanted): string {
  return JSON.stringify([wanted.database, wanted.schema, wanted.table]);
}
