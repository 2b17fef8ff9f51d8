import { sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { RiskSubject } from './risk.ts';

/** Names of one kind that rules can look through; more are cut, and rules that look at them cannot be evaluated. */
export const mostNames = 20_000;

export interface DatabaseRow {
  readonly databaseId: string;
  readonly name: string;
  readonly instanceId: string;
  readonly instanceTitle: string;
  readonly engine: string;
  readonly environmentId: string;
  readonly environmentName: string;
  readonly isProtected: boolean;
  readonly isWhole: boolean;
  readonly tableCount: number;
  readonly rows: number;
  readonly largest: number;
  readonly hasUnknownRows: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
  readonly paths: readonly string[];
  readonly columns: readonly string[];
  readonly labels: readonly string[];
}

type Subject = Pick<RiskSubject, 'scope' | 'projectId'>;

/** The databases that a scope reaches, with what is known of the tables that it reaches in them, by name. */
export async function readDatabases(db: Db, { scope, projectId }: Subject): Promise<DatabaseRow[]> {
  const items = scope.kind === 'project' ? null : JSON.stringify(scope.items);
  const { rows } = await sql<DatabaseRow>`${kept}
    with item as materialized (
      select "databaseId" as database_id, schema as schema_name, "table" as table_name
      from jsonb_to_recordset(${items}::jsonb) as asked ("databaseId" uuid, schema text, "table" text)
      union all
      select id, null, null from tidegate.database
      where ${items}::jsonb is null and project_id = ${projectId} and vanished_at is null
    ),
    reached as materialized (
      select relation.id from item join tidegate.relation on relation.database_id = item.database_id
      where item.schema_name is null and item.table_name is null
      union
      select relation.id from item join tidegate.relation
        on relation.database_id = item.database_id and relation.schema_name = item.schema_name
      where item.table_name is null
      union
      select relation.id from item join tidegate.relation on relation.database_id = item.database_id
        and relation.schema_name = coalesce(item.schema_name, '') and relation.name = item.table_name
    ),
    known as materialized (
      select database_id, schema_name, name, kind, estimated_rows, columns from tidegate.relation
      where id in (select id from reached)
    ),
    tables as (
      select database_id, count(*)::int as table_count, coalesce(sum(estimated_rows), 0) as rows,
        coalesce(max(estimated_rows), 0) as largest,
        bool_or(estimated_rows is null and kind not like '%view%') as has_unknown,
        array_agg(distinct schema_name) filter (where schema_name <> '') as schemas,
        array_agg(distinct name) as tables,
        array_agg(distinct case schema_name when '' then name else schema_name || '.' || name end) as paths
      from known group by database_id
    ),
    columns as (
      select known.database_id, array_agg(distinct part ->> 'name') as columns
      from known cross join jsonb_array_elements(known.columns) as part group by known.database_id
    ),
    labels as (
      select known.database_id, array_agg(distinct data_label.label) as labels
      from known join tidegate.data_label on data_label.database_id = known.database_id
        and data_label.schema_name = known.schema_name and data_label.table_name = known.name
      group by known.database_id
    )
    select database.id as "databaseId", database.name, instance.id as "instanceId", instance.title as "instanceTitle",
      instance.engine, environment.id as "environmentId", environment.name as "environmentName",
      environment.is_protected as "isProtected",
      exists (select from item where item.database_id = database.id and item.schema_name is null
        and item.table_name is null) as "isWhole",
      coalesce(tables.table_count, 0) as "tableCount", coalesce(tables.rows, 0) as rows,
      coalesce(tables.largest, 0) as largest, coalesce(tables.has_unknown, false) as "hasUnknownRows",
      coalesce(tables.schemas[1:${mostNames + 1}], '{}') as schemas,
      coalesce(tables.tables[1:${mostNames + 1}], '{}') as tables,
      coalesce(tables.paths[1:${mostNames + 1}], '{}') as paths,
      coalesce(columns.columns[1:${mostNames + 1}], '{}') as columns,
      coalesce(labels.labels, '{}') as labels
    from tidegate.database
    join tidegate.instance on instance.id = database.instance_id
    join tidegate.environment on environment.id = coalesce(database.environment_id, instance.environment_id)
    left join tables on tables.database_id = database.id
    left join columns on columns.database_id = database.id
    left join labels on labels.database_id = database.id
    where database.id in (select database_id from item)
    order by database.name, database.id`.execute(db);
  return rows;
}
