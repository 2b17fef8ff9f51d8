import type { RouteAnswer, Routes } from '@tidegate/contract';
import { type Selectable, sql } from 'kysely';
import type { RelationTable } from '../../platform/store/store-schema.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type AccessOnDatabase, mayUse, reachOf } from './access-view.ts';
import { containing, offsetOf, type Page, type PageQuery, startingWith } from './page.ts';
import { labelsOfDatabases, type ShownLabels } from './scope-labels.ts';

export type RelationView = RouteAnswer<Routes['GET /databases/:databaseId/relations']>['items'][number];
export type RelationDetail = RouteAnswer<Routes['GET /databases/:databaseId/relations/:relationId']>;
export type Completion = RouteAnswer<Routes['GET /databases/:databaseId/completion']>;
type CompletionItem = Completion['items'][number];

export interface RelationFilter extends PageQuery {
  readonly schema?: string | undefined;
}

/** One database as a person sees it. */
export interface RelationPlace {
  readonly databaseId: string;
  readonly access: AccessOnDatabase | undefined;
  /** The project hides the names of what is not granted. */
  readonly isGrantedOnly: boolean;
}

const mostCompletions = 200;
const listed = ['id', 'schema_name', 'name', 'kind', 'estimated_rows'] as const;

/** Tables and views of one database with what the person may do with each. */
export class RelationReadModel {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async list(place: RelationPlace, filter: RelationFilter): Promise<Page<RelationView>> {
    let matching = this.#of(place);
    if (filter.schema !== undefined) matching = matching.where('schema_name', '=', filter.schema);
    if (filter.search !== undefined && filter.search !== '') {
      const pattern = containing(filter.search);
      matching = matching.where(sql<boolean>`(name ilike ${pattern} or schema_name || '.' || name ilike ${pattern})`);
    }
    const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
    const rows = await matching
      .select(listed)
      .orderBy('schema_name')
      .orderBy('name')
      .limit(filter.pageSize)
      .offset(offsetOf(filter))
      .execute();
    const labels = (await labelsOfDatabases(this.#db, [place.databaseId])).get(place.databaseId);
    return {
      items: rows.map((row) => toView(row, place.access, labels)),
      total,
      page: filter.page,
      pageSize: filter.pageSize,
    };
  }

  /** Schemas that hold relations, in order. */
  async schemas(place: RelationPlace): Promise<string[]> {
    const rows = await this.#of(place).select('schema_name').distinct().orderBy('schema_name').execute();
    return rows.map((row) => row.schema_name);
  }

  async find(place: RelationPlace, relationId: string): Promise<RelationDetail | null> {
    const row = await this.#of(place).selectAll().where('id', '=', relationId).executeTakeFirst();
    if (row === undefined) return null;
    const labels = (await labelsOfDatabases(this.#db, [place.databaseId])).get(place.databaseId);
    return {
      ...toView(row, place.access, labels),
      // JSON that the sync wrote in the shape of the engine contract, which is the answer's.
      columns: row.columns as RelationDetail['columns'],
      primaryKey: row.primary_key as RelationDetail['primaryKey'],
      foreignKeys: row.foreign_keys as RelationDetail['foreignKeys'],
      indexes: row.indexes as RelationDetail['indexes'],
    };
  }

  /** Relations whose name begins with the text, and those named; exact names and short ones first. */
  async complete(
    place: RelationPlace,
    wanted: { readonly search?: string | undefined; readonly names?: string | undefined },
  ): Promise<Completion> {
    const names = namesOf(wanted.names);
    const isNamed = sql<boolean>`(lower(name) = any(${names}::text[]) or lower(schema_name || '.' || name) = any(${names}::text[]))`;
    const pattern = startingWith(wanted.search ?? '');
    const isFound = sql<boolean>`(name ilike ${pattern} or schema_name || '.' || name ilike ${pattern})`;
    const isNamesOnly = wanted.search === undefined && names.length > 0;
    const rows = await this.#of(place)
      .select(['schema_name', 'name', 'kind', 'columns', 'foreign_keys'])
      .where((eb) => (isNamesOnly ? isNamed : eb.or([isNamed, isFound])))
      .orderBy(isNamed, 'desc')
      .orderBy(sql`length(name)`)
      .orderBy('schema_name')
      .orderBy('name')
      .limit(mostCompletions + 1)
      .execute();
    const items = rows.slice(0, mostCompletions).map((row) => toCompletion(row, place.access));
    return { items, isComplete: rows.length <= mostCompletions };
  }

  #of({ databaseId, access, isGrantedOnly }: RelationPlace) {
    const all = this.#db.selectFrom('relation').where('database_id', '=', databaseId);
    if (!isGrantedOnly || reachOf(access, 'read') === 'all') return all;
    const schemas = [...(access?.schemas.keys() ?? [])];
    const tables = [...(access?.tables.keys() ?? [])].map((key) => JSON.parse(key) as [string, string]);
    return all.where(
      sql<boolean>`(schema_name = any(${schemas}::text[]) or (schema_name, name) in (
        select * from unnest(${tables.map(([schema]) => schema)}::text[], ${tables.map(([, name]) => name)}::text[])))`,
    );
  }
}

function namesOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .replaceAll('\0', '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

type Row = Selectable<RelationTable>;

function toView(
  row: Pick<Row, (typeof listed)[number]>,
  access: AccessOnDatabase | undefined,
  labels: ShownLabels | undefined,
): RelationView {
  const relation = { schema: row.schema_name, name: row.name };
  return {
    id: row.id,
    ...relation,
    kind: row.kind,
    estimatedRows: row.estimated_rows,
    labels: [...(labels?.ofTable(row.schema_name, row.name) ?? [])],
    canRead: mayUse(access, 'read', relation),
    canWrite: mayUse(access, 'write', relation),
  };
}

function toCompletion(
  row: Pick<Row, 'schema_name' | 'name' | 'kind' | 'columns' | 'foreign_keys'>,
  access: AccessOnDatabase | undefined,
): CompletionItem {
  const columns = row.columns as RelationDetail['columns'];
  const keys = row.foreign_keys as RelationDetail['foreignKeys'];
  return {
    schema: row.schema_name,
    name: row.name,
    kind: row.kind,
    canRead: mayUse(access, 'read', { schema: row.schema_name, name: row.name }),
    columns: columns.map(({ name, type }) => ({ name, type })),
    foreignKeys: keys.map(({ columns: own, toSchema, toTable, toColumns }) => ({
      columns: own,
      toSchema,
      toTable,
      toColumns,
    })),
  };
}
