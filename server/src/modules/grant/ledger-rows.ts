import { type RawBuilder, sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type ActiveItem, EffectiveAccess } from './effective-access.ts';

/** Read once a statement: the function is volatile, and would be called for each row. */
const now = sql`(select tidegate.now())`;

/** Of a row `g` of the ledger. */
const isInForce = sql`g.closing_at is null and g.starts_at <= ${now} and (g.expires_at is null or g.expires_at > ${now})`;

const ofGrant = sql`g.id, g.source, g.project_id, g.covers_all_databases, g.privileges, g.starts_at, g.expires_at`;

interface Row extends ActiveItem {
  readonly personId: string;
  readonly databaseId: string;
}

export interface DatabaseFilter {
  /** These databases, or all of the instance. */
  readonly databaseIds?: readonly string[];
  readonly instanceId?: string;
}

/**
 * What is in force now, by the store's clock: the one query from which display, enforcement and closure take who may do
 * what. A row counts while it has begun, has neither passed its end nor been latched, its person is active, its project
 * is active and still holds the database, and the instance is not being unregistered. A table counts while the one that
 * was granted has its name.
 */
export async function readActive(
  db: Db,
  personId: string,
  filter: DatabaseFilter,
): Promise<Map<string, EffectiveAccess>> {
  return (await readActiveOfMany(db, [personId], filter)).get(personId) ?? new Map();
}

/** The same for many people at once; who has nothing is left out. */
export async function readActiveOfMany(
  db: Db,
  personIds: readonly string[],
  filter: DatabaseFilter,
): Promise<Map<string, Map<string, EffectiveAccess>>> {
  const people = oneOrAny(personIds);
  const row = sql`own.holder_id as "personId", place.id as "databaseId", own.id as "grantId", own.source,
    own.starts_at as "startsAt", own.expires_at as "expiresAt", own.privileges`;
  const reaches = sql`(own.project_id is null or own.project_id = place.project_id)
    and (place.project_state = 'active' or (place.project_id is null and own.source = 'role'))`;
  const { rows } = await sql<Row>`${kept}
    with own as (
      select g.person_id as holder_id, ${ofGrant} from tidegate.access_grant g
      join tidegate.person on person.id = g.person_id and person.state = 'active'
      where g.person_id = ${people} and ${isInForce}
      union all
      select m.person_id, ${ofGrant} from tidegate.group_member m
      join tidegate.person on person.id = m.person_id and person.state = 'active'
      join tidegate.access_grant g on g.group_id = m.group_id and ${isInForce}
      where m.person_id = ${people}
    ),
    place as (
      select database.id, database.project_id, project.state as project_state
      from tidegate.database
      join tidegate.instance on instance.id = database.instance_id and instance.unregistering_at is null
      left join tidegate.project on project.id = database.project_id
      where database.vanished_at is null and ${within(filter)}
    )
    select ${row}, item.schema_name as schema, item.table_name as "table", item.identity
    from own join place on ${reaches}
    join tidegate.access_grant_item item on item.grant_id = own.id and item.database_id = place.id
    where not own.covers_all_databases and item.lost_at is null
    union all
    select ${row}, null, null, null from own join place on ${reaches} where own.covers_all_databases`.execute(db);
  const byPerson = Map.groupBy(rows, (row) => row.personId);
  return new Map([...byPerson].map(([id, own]) => [id, byDatabase(own)]));
}

function byDatabase(rows: readonly Row[]): Map<string, EffectiveAccess> {
  return new Map(
    [...Map.groupBy(rows, (row) => row.databaseId)].map(([id, items]) => [id, new EffectiveAccess(items)]),
  );
}

/** One is the common case. It is not written as a list, of which the planner would expect ten. */
function oneOrAny(ids: readonly string[]): RawBuilder<unknown> {
  const [first] = ids;
  return ids.length === 1 && first !== undefined ? sql`${first}::uuid` : sql`any(${[...ids]}::uuid[])`;
}

function within({ databaseIds, instanceId }: DatabaseFilter): RawBuilder<unknown> {
  const conditions = [sql`true`];
  if (databaseIds !== undefined) conditions.push(sql`database.id = ${oneOrAny(databaseIds)}`);
  if (instanceId !== undefined) conditions.push(sql`database.instance_id = ${instanceId}`);
  return sql.join(conditions, sql` and `);
}

/** Databases that the person reads by role when he opens them: he administers there and the environment allows it. */
export async function readByRole(
  db: Db,
  personId: string,
  databaseIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ databaseId: string; role: string }>`
    with own_group as (select group_id from tidegate.group_member where person_id = ${personId}),
    everywhere as (
      select role from tidegate.workspace_role
      where (person_id = ${personId} or group_id in (select group_id from own_group))
        and role in ('workspace_admin', 'workspace_dba', 'project_owner')
    ),
    owned as (
      select project_id from tidegate.project_member
      where (person_id = ${personId} or group_id in (select group_id from own_group))
        and role = 'project_owner' and (expires_at is null or expires_at > ${now})
    )
    select database.id as "databaseId",
      coalesce((select min(role) from everywhere where role <> 'project_owner' or database.project_id is not null), 'project_owner') as role
    from tidegate.database
    join tidegate.instance on instance.id = database.instance_id and instance.unregistering_at is null
    join tidegate.environment on environment.id = coalesce(database.environment_id, instance.environment_id)
    join tidegate.person on person.id = ${personId} and person.state = 'active'
    left join tidegate.project on project.id = database.project_id
    where database.id = any(${[...databaseIds]}::uuid[]) and database.vanished_at is null
      and environment.allows_read_by_role and project.state is distinct from 'archived'
      and (exists (select from everywhere where role <> 'project_owner' or database.project_id is not null)
        or database.project_id in (select project_id from owned))`.execute(db);
  return new Map(rows.map((row) => [row.databaseId, row.role]));
}
