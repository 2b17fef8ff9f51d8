import { sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type ActiveItem, EffectiveAccess } from './effective-access.ts';

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
 * is active and still holds the database, and the instance is not being unregistered.
 */
export async function readActive(
  db: Db,
  personId: string,
  filter: DatabaseFilter,
): Promise<Map<string, EffectiveAccess>> {
  const { rows } = await sql<Row>`${kept}
    with own_group as (select group_id from tidegate.group_member where person_id = ${personId})
    select database.id as "databaseId", g.id as "grantId", g.source, g.starts_at as "startsAt",
      g.expires_at as "expiresAt", g.privileges, item.schema_name as schema, item.table_name as "table"
    from tidegate.access_grant g
    join tidegate.person on person.id = ${personId} and person.state = 'active'
    cross join tidegate.database
    join tidegate.instance on instance.id = database.instance_id and instance.unregistering_at is null
    left join tidegate.project on project.id = database.project_id
    left join tidegate.access_grant_item item on item.grant_id = g.id and item.database_id = database.id
    where (g.person_id = ${personId} or g.group_id in (select group_id from own_group))
      and g.closing_at is null and g.starts_at <= tidegate.now()
      and (g.expires_at is null or g.expires_at > tidegate.now())
      and database.vanished_at is null
      and (${filter.databaseIds === undefined} or database.id = any(${[...(filter.databaseIds ?? [])]}::uuid[]))
      and (${filter.instanceId === undefined} or database.instance_id = ${filter.instanceId ?? null}::uuid)
      and (g.covers_all_databases or item.grant_id is not null)
      and (g.project_id is null or g.project_id = database.project_id)
      and (project.state = 'active' or (database.project_id is null and g.source = 'role'))`.execute(db);
  const byDatabase = Map.groupBy(rows, (row) => row.databaseId);
  return new Map([...byDatabase].map(([id, items]) => [id, new EffectiveAccess(items)]));
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
        and role = 'project_owner' and (expires_at is null or expires_at > tidegate.now())
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
