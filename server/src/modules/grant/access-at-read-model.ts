import type { Privilege } from '@tidegate/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { GrantSource } from './grant.ts';

export interface PlaceThen {
  readonly databaseName: string;
  readonly instanceTitle: string;
  readonly projectName: string | null;
  /** Why nobody could reach it then, whatever the ledger said; null when it could be reached. */
  readonly closedBecause: 'vanished' | 'unregistered' | 'archived' | null;
}

/** One row of the ledger by which somebody could reach the table then. */
export interface RowThen {
  readonly grantId: string;
  readonly source: GrantSource;
  readonly privileges: readonly Privilege[];
  readonly reach: 'project' | 'database' | 'schema' | 'table';
  readonly role: string | null;
  readonly group: string | null;
  readonly grantedBy: string | null;
  readonly requestId: string | null;
  readonly requestNumber: number | null;
  readonly approvedBy: readonly string[];
  readonly startsAt: string;
  /** When it ended, or will; null: it has no end. */
  readonly endsAt: string | null;
}

export interface PersonThen {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly rows: readonly RowThen[];
}

export interface TableThen {
  readonly databaseId: string;
  /** Empty where the engine has no schemas. */
  readonly schema: string;
  readonly table: string;
  readonly at: string;
}

/** What was so at the instant, of `relation`. */
const then = (alias: string, relation: string, at: RawBuilder<unknown>): RawBuilder<unknown> => {
  const [name, from, until] = ['relation', 'from_at', 'until_at'].map((column) => sql.ref(`${alias}.${column}`));
  return sql`${name} = ${sql.lit(relation)} and ${from} <= ${at} and (${until} is null or ${until} > ${at})`;
};
const fact = (alias: string, name: string): RawBuilder<unknown> =>
  sql`(${sql.ref(`${alias}.facts`)} ->> ${sql.lit(name)})`;

/** Since when the history of memberships, roles and places is complete. */
export async function readHistoryBegin(db: Db): Promise<string> {
  const { rows } = await sql<{ since: Date }>`
    select (value #>> '{}')::timestamptz as since from tidegate.setting where key = 'ground_history_since'`.execute(db);
  return rows[0]?.since.toISOString() ?? Promise.reject(new Error('The history does not say when it begins.'));
}

/** Null: the database was not known then. */
export async function readPlaceThen(db: Db, { databaseId, at }: TableThen): Promise<PlaceThen | null> {
  const instant = sql`${at}::timestamptz`;
  const { rows } = await sql<PlaceThen>`
    select database.name as "databaseName", instance.title as "instanceTitle", project.name as "projectName",
      case when ${fact('d', 'vanished_at')} is not null then 'vanished'
        when ${fact('i', 'unregistering_at')}::timestamptz <= ${instant} then 'unregistered'
        when ${fact('p', 'state')} = 'archived' then 'archived' end as "closedBecause"
    from tidegate.ground_history d
    join tidegate.database on database.id = d.key::uuid
    join tidegate.instance on instance.id = database.instance_id
    left join tidegate.ground_history i on i.key = ${fact('d', 'instance_id')} and ${then('i', 'instance', instant)}
    left join tidegate.project on project.id = ${fact('d', 'project_id')}::uuid
    left join tidegate.ground_history p on p.key = ${fact('d', 'project_id')} and ${then('p', 'project', instant)}
    where d.key = ${databaseId}::text and ${then('d', 'database', instant)}`.execute(db);
  return rows[0] ?? null;
}

/**
 * Who could read or write the table then, by which rows: the same rules as `readActive`, on what was so at the instant.
 * A page of people by name, and how many there are.
 */
export async function readAccessAt(
  db: Db,
  of: TableThen,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ people: PersonThen[]; total: number }> {
  const at = sql`${of.at}::timestamptz`;
  const { rows } = await sql<PersonThen & { total: number }>`
    with ${rowsThen(of, at)},
    holder as (
      select row.*, row.person_id as holder_id, null::text as group_name_then from row where row.person_id is not null
      union all
      select row.*, ${fact('m', 'person_id')}::uuid, coalesce(person_group.name, row.group_name)
      from row
      join tidegate.ground_history g on g.key = row.id::text and ${then('g', 'access_grant', at)}
      join tidegate.ground_history m on ${fact('m', 'group_id')} = ${fact('g', 'group_id')}
        and ${then('m', 'group_member', at)}
      left join tidegate.person_group on person_group.id = ${fact('g', 'group_id')}::uuid
      where row.person_id is null
    )
    select person.id, person.name, person.email, count(*) over ()::int as total,
      jsonb_agg(${rowColumns} order by holder.starts_at, holder.id) as rows
    from holder
    join tidegate.person on person.id = holder.holder_id
    join tidegate.ground_history s on s.key = person.id::text and ${then('s', 'person', at)}
      and ${fact('s', 'state')} = 'active'
    left join tidegate.access_request request on request.id = holder.request_id
    left join tidegate.person giver on giver.id = holder.granted_by
    group by person.id, person.name, person.email
    order by person.name, person.id limit ${page.limit} offset ${page.offset}`.execute(db);
  const people = rows.map(({ id, name, email, rows: held }) => ({ id, name, email, rows: held }));
  return { people, total: rows[0]?.total ?? 0 };
}

/** `row`: rows of the ledger that reached the table then, each with the widest way in which it did. */
function rowsThen({ databaseId, schema, table }: TableThen, at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    place as (
      select ${fact('d', 'project_id')}::uuid as project_id, ${fact('p', 'state')} as project_state
      from tidegate.ground_history d
      left join tidegate.ground_history p on p.key = ${fact('d', 'project_id')} and ${then('p', 'project', at)}
      where d.key = ${databaseId}::text and ${then('d', 'database', at)} and ${fact('d', 'vanished_at')} is null
    ),
    part as (
      select g.id as grant_id, 1 as rank, 'project' as reach
      from place join tidegate.access_grant g on g.project_id = place.project_id
        or (g.project_id is null and place.project_id is not null)
      where g.covers_all_databases
      union all
      select item.grant_id, case when item.schema_name is null then 2 when item.table_name is null then 3 else 4 end,
        case when item.schema_name is null then 'database' when item.table_name is null then 'schema' else 'table' end
      from tidegate.access_grant_item item
      where item.database_id = ${databaseId}
        and (item.schema_name is null or (item.schema_name = ${schema}
          and (item.table_name is null or item.table_name = ${table})))
        and not exists (select from tidegate.ground_history lost
          where lost.key = concat_ws(':', item.grant_id, item.database_id, item.schema_name, item.table_name)
            and ${then('lost', 'access_grant_item', at)} and ${fact('lost', 'lost_at')} is not null)
    ),
    row as (
      select distinct on (g.id) g.*, part.reach
      from part join tidegate.access_grant g on g.id = part.grant_id
      join place on g.project_id is null or g.project_id = place.project_id
      where g.starts_at <= ${at} and (g.expires_at is null or g.expires_at > ${at})
        and (g.closing_at is null or g.closing_at > ${at}) and g.privileges && array['read', 'write']
        and (place.project_state = 'active' or (place.project_id is null and g.source = 'role'))
      order by g.id, part.rank
    )`;
}

const isoOf = (instant: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const rowColumns = sql`jsonb_build_object(
  'grantId', holder.id, 'source', holder.source, 'privileges', holder.privileges, 'reach', holder.reach,
  'role', holder.role, 'group', holder.group_name_then, 'grantedBy', giver.name,
  'requestId', holder.request_id, 'requestNumber', request.number,
  'approvedBy', coalesce((select jsonb_agg(decider.name order by decision.at) from tidegate.decision
    join tidegate.person decider on decider.id = decision.person_id
    where decision.request_id = holder.request_id and decision.decision = 'approve'), '[]'),
  'startsAt', ${isoOf(sql`holder.starts_at`)},
  'endsAt', ${isoOf(sql`least(holder.expires_at, holder.closing_at)`)})`;

export interface ReaderByRole {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

/** The most that are named; more administrators are counted nowhere. */
const mostReaders = 200;

/** Who administered there then and could have opened a session by role: the row of the ledger is made at that moment. */
export async function readByRoleThen(db: Db, { databaseId, at: instant }: TableThen): Promise<ReaderByRole[]> {
  const at = sql`${instant}::timestamptz`;
  const { rows } = await sql<ReaderByRole>`
    with place as (
      select ${fact('d', 'project_id')} as project_id from tidegate.ground_history d
      join tidegate.ground_history i on i.key = ${fact('d', 'instance_id')} and ${then('i', 'instance', at)}
      join tidegate.ground_history e on e.key = coalesce(${fact('d', 'environment_id')}, ${fact('i', 'environment_id')})
        and ${then('e', 'environment', at)} and ${fact('e', 'allows_read_by_role')} = 'true'
      left join tidegate.ground_history p on p.key = ${fact('d', 'project_id')} and ${then('p', 'project', at)}
      where d.key = ${databaseId}::text and ${then('d', 'database', at)} and ${fact('d', 'vanished_at')} is null
        and coalesce(${fact('i', 'unregistering_at')}::timestamptz > ${at}, true)
        and ${fact('p', 'state')} is distinct from 'archived'
    ),
    role_held as (
      select ${fact('w', 'role')} as role, ${fact('w', 'person_id')} as person_id, ${fact('w', 'group_id')} as group_id
      from place join tidegate.ground_history w on ${then('w', 'workspace_role', at)}
      where ${fact('w', 'role')} in ('workspace_admin', 'workspace_dba')
        or (${fact('w', 'role')} = 'project_owner' and place.project_id is not null)
      union all
      select ${fact('m', 'role')}, ${fact('m', 'person_id')}, ${fact('m', 'group_id')}
      from place join tidegate.ground_history m on ${fact('m', 'project_id')} = place.project_id
        and ${then('m', 'project_member', at)}
      where ${fact('m', 'role')} = 'project_owner' and coalesce(${fact('m', 'expires_at')}::timestamptz > ${at}, true)
    ),
    holder as (
      select role, person_id from role_held where person_id is not null
      union
      select role_held.role, ${fact('g', 'person_id')} from role_held
      join tidegate.ground_history g on ${fact('g', 'group_id')} = role_held.group_id and ${then('g', 'group_member', at)}
    )
    select person.id, person.name, person.email, min(holder.role) as role
    from holder
    join tidegate.person on person.id = holder.person_id::uuid
    join tidegate.ground_history s on s.key = person.id::text and ${then('s', 'person', at)}
      and ${fact('s', 'state')} = 'active'
    group by person.id, person.name, person.email
    order by person.name, person.id limit ${mostReaders}`.execute(db);
  return rows;
}
