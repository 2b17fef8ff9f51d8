import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { LabelPattern } from './label-pattern.ts';

/** A label that a person set or confirmed. */
export interface SetLabel {
  readonly id: string;
  readonly databaseId: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string | null;
  readonly label: string;
  readonly origin: 'hand' | 'suggestion';
}

export interface LabelPlace {
  readonly schema: string;
  readonly table: string;
  readonly column: string | null;
}

export interface CatalogedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

const setColumns = [
  'id',
  'database_id as databaseId',
  'schema_name as schema',
  'table_name as table',
  sql<string | null>`nullif(column_name, '')`.as('column'),
  'label',
  'origin',
] as const;

export class LabelStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async ofDatabase(databaseId: string): Promise<SetLabel[]> {
    return await this.#db
      .selectFrom('data_label')
      .select(setColumns)
      .where('database_id', '=', databaseId)
      .orderBy('schema_name')
      .orderBy('table_name')
      .orderBy('column_name')
      .orderBy('label')
      .execute();
  }

  /** Tables with the names and types of their columns, in order. */
  async tables(databaseId: string, only: { schema?: string | undefined; table?: string | undefined } = {}) {
    let matching = this.#db.selectFrom('relation').where('database_id', '=', databaseId);
    if (only.schema !== undefined) matching = matching.where('schema_name', '=', only.schema);
    if (only.table !== undefined) matching = matching.where('name', '=', only.table);
    const rows = await matching
      .select(['schema_name as schema', 'name', 'columns'])
      .orderBy('schema_name')
      .orderBy('name')
      .execute();
    // JSON that the sync wrote in the shape of the engine contract.
    return rows as CatalogedTable[];
  }

  /** Places of which the catalog of the database does not know, by name. */
  async unknownPlaces(tx: Tx, databaseId: string, places: readonly LabelPlace[]): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select distinct concat_ws('.', nullif(place.schema, ''), place."table", place."column") as name
      from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as place (schema text, "table" text, "column" text)
      where not exists (
        select from tidegate.relation where database_id = ${databaseId} and schema_name = place.schema
          and name = place."table" and (place."column" is null
            or exists (select from jsonb_array_elements(columns) as part where part ->> 'name' = place."column")))
      order by 1 limit 5`.execute(tx);
    return rows.map((row) => row.name);
  }

  /** Sets labels that are not set yet; answers those. */
  async add(
    tx: Tx,
    databaseId: string,
    labels: readonly (LabelPlace & { label: string })[],
    by: { origin: SetLabel['origin']; personId: string },
  ): Promise<SetLabel[]> {
    return await tx
      .insertInto('data_label')
      .values(
        labels.map(({ schema, table, column, label }) => ({
          ...{ database_id: databaseId, schema_name: schema, table_name: table, column_name: column ?? '', label },
          ...{ origin: by.origin, added_by: by.personId },
        })),
      )
      .onConflict((conflict) => conflict.constraint('data_label_once').doNothing())
      .returning(setColumns)
      .execute();
  }

  async remove(tx: Tx, databaseId: string, labelId: string): Promise<SetLabel | null> {
    const row = await tx
      .deleteFrom('data_label')
      .where('id', '=', labelId)
      .where('database_id', '=', databaseId)
      .returning(setColumns)
      .executeTakeFirst();
    return row ?? null;
  }

  async addPattern(tx: Tx, pattern: Omit<LabelPattern, 'id'>, personId: string): Promise<string> {
    const { projectId: project_id, target, pattern: text, label } = pattern;
    const row = await tx
      .insertInto('label_pattern')
      .values({ project_id, target, pattern: text, label, added_by: personId })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  }

  async findPattern(id: string): Promise<LabelPattern | null> {
    const row = await this.#db
      .selectFrom('label_pattern')
      .select(['id', 'project_id as projectId', 'target', 'pattern', 'label'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row ?? null;
  }

  async removePattern(tx: Tx, id: string): Promise<boolean> {
    const { numDeletedRows } = await tx.deleteFrom('label_pattern').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Patterns with when they were made and the names of their projects, those that hold in this project. */
  async listPatterns(projectId: string | null) {
    return await this.#db
      .selectFrom('label_pattern')
      .leftJoin('project', 'project.id', 'label_pattern.project_id')
      .where(sql<boolean>`label_pattern.project_id is null or label_pattern.project_id = ${projectId}`)
      .select([
        ...(['label_pattern.id', 'target', 'pattern', 'label', 'added_at as addedAt'] as const),
        ...(['project.id as projectId', 'project.name as projectName'] as const),
      ])
      .orderBy('label')
      .orderBy('pattern')
      .execute();
  }

  /** Words in use, in order. */
  async knownLabels(): Promise<string[]> {
    const { rows } = await sql<{ label: string }>`
      select label from tidegate.data_label union select label from tidegate.label_pattern order by 1 limit 500`.execute(
      this.#db,
    );
    return rows.map((row) => row.label);
  }
}
