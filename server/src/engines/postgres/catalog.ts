import type { Client } from 'pg';
import type {
  CatalogColumn,
  CatalogDatabase,
  CatalogForeignKey,
  CatalogIndex,
  CatalogRelation,
  RelationIdentity,
  RelationKind,
} from '../engine.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { systemSchemas } from './privilege-difference.ts';

/** Databases that the connecting user may enter, without templates. */
export async function listDatabases(connections: AdminConnections): Promise<readonly string[]> {
  const rows = await connections.use(null, (client) =>
    rowsOf<{ name: string }>(
      client,
      `select datname as name from pg_database
       where datallowconn and not datistemplate and has_database_privilege(oid, 'CONNECT') order by datname`,
    ),
  );
  return rows.map(({ name }) => name);
}

/** One query for each kind of thing, whatever the number of tables. */
export async function readCatalog(client: Client, database: string): Promise<CatalogDatabase> {
  const schemas = await rowsOf<{ name: string }>(
    client,
    `select n.nspname as name from pg_namespace n where not ${systemSchemas} order by 1`,
  );
  const relations = await rowsOf<RelationRow>(client, relationsQuery);
  const columns = groupByRelation(await rowsOf<OfRelation & CatalogColumn>(client, columnsQuery));
  const keys = groupByRelation(await rowsOf<OfRelation & CatalogForeignKey>(client, foreignKeysQuery));
  const indexes = groupByRelation(
    await rowsOf<OfRelation & CatalogIndex & { isPrimary: boolean }>(client, indexesQuery),
  );
  const routines = await rowsOf<CatalogDatabase['routines'][number]>(client, routinesQuery);
  return {
    name: database,
    schemas: schemas.map(({ name }) => name),
    relations: relations.map(({ oid, ...relation }): CatalogRelation => {
      const own = indexes.get(oid) ?? [];
      return {
        ...relation,
        identity: String(oid),
        columns: (columns.get(oid) ?? []).map(({ relation: _relation, ...column }) => column),
        primaryKey: own.find(({ isPrimary }) => isPrimary)?.columns ?? [],
        foreignKeys: (keys.get(oid) ?? []).map(({ relation: _relation, ...key }) => key),
        indexes: own.map(({ name, columns: names, isUnique }) => ({ name, columns: names, isUnique })),
      };
    }),
    routines,
  };
}

/** See `EngineAdmin.readIdentities`. */
export async function readIdentities(client: Client): Promise<readonly RelationIdentity[]> {
  return rowsOf<RelationIdentity>(
    client,
    `select n.nspname as schema, c.relname as name, c.oid::text as identity
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ofUser}`,
  );
}

interface OfRelation {
  readonly relation: number;
}

interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly estimatedRows: number | null;
}

function groupByRelation<Row extends OfRelation>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.relation);
    if (group === undefined) groups.set(row.relation, [row]);
    else group.push(row);
  }
  return groups;
}

const ofUser = `c.relkind in ('r', 'p', 'v', 'm', 'f') and not ${systemSchemas}`;

/** `reltuples` is -1 (0 before PostgreSQL 14) until the table was looked at by VACUUM or ANALYZE. */
const relationsQuery = `
  select c.oid, n.nspname as schema, c.relname as name,
         case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
                        when 'p' then 'partitioned table' else 'table' end as kind,
         case when c.relkind in ('v', 'f') or c.reltuples < 0 then null else c.reltuples::float8 end as "estimatedRows"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${ofUser} order by n.nspname, c.relname`;

const columnsQuery = `
  select a.attrelid as relation, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
         not a.attnotnull as "isNullable", pg_get_expr(d.adbin, d.adrelid) as "defaultText"
  from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped and ${ofUser} order by a.attrelid, a.attnum`;

const foreignKeysQuery = `
  select k.conrelid as relation, k.conname as name, tn.nspname as "toSchema", t.relname as "toTable",
         (select array_agg(a.attname::text order by u.position)
          from unnest(k.conkey) with ordinality u(number, position)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
         (select array_agg(a.attname::text order by u.position)
          from unnest(k.confkey) with ordinality u(number, position)
            join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) as "toColumns"
  from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_class t on t.oid = k.confrelid
    join pg_namespace tn on tn.oid = t.relnamespace
  where k.contype = 'f' and ${ofUser} order by k.conrelid, k.conname`;

/** An expression in an index stands where a column's name would. */
const indexesQuery = `
  select i.indrelid as relation, x.relname as name, i.indisunique as "isUnique", i.indisprimary as "isPrimary",
         (select array_agg(coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, u.position::int, true)) order by u.position)
          from unnest(i.indkey::int2[]) with ordinality u(number, position)
            left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.number and u.number <> 0
          where u.position <= i.indnkeyatts) as columns
  from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
  where ${ofUser} order by i.indrelid, x.relname`;

const routinesQuery = `
  select n.nspname as schema, p.proname as name,
         case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window function'
                        else 'function' end as kind
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where not ${systemSchemas} order by 1, 2`;
