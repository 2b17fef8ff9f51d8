import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { NewGrant } from './grant.ts';

/** A row that is still open, with all that another one made from it needs. */
export interface OpenGrant extends Required<Omit<NewGrant, 'by'>> {
  readonly id: string;
}

interface Row extends Omit<OpenGrant, 'holder' | 'scope'> {
  readonly personId: string | null;
  readonly groupId: string | null;
  readonly coversAll: boolean;
  readonly items: Extract<NewGrant['scope'], { kind: 'items' }>['items'];
}

/**
 * The row, or what took its place when it was narrowed, if that is open and its time is not over; held until the
 * transaction ends. Null otherwise: an end is never undone.
 */
export async function holdOpenGrant(tx: Tx, grantId: string): Promise<OpenGrant | null> {
  const { rows } = await sql<Row>`
    with recursive line as (
      select id from tidegate.access_grant where id = ${grantId}
      union all
      select g.id from tidegate.access_grant g join line on g.replaces_grant_id = line.id
    )
    select g.id, g.source, g.person_id as "personId", g.group_id as "groupId", g.project_id as "projectId",
      g.covers_all_databases as "coversAll", g.privileges, g.reason, g.granted_by as "grantedBy",
      g.starts_at as "startsAt", g.expires_at as "expiresAt", g.request_id as "requestId",
      g.project_member_id as "projectMemberId", g.workspace_role_id as "workspaceRoleId", g.role,
      g.amends_grant_id as "addedTo", g.replaces_grant_id as replaces,
      coalesce((select jsonb_agg(jsonb_build_object('databaseId', database_id, 'schema', schema_name, 'table', table_name))
        from tidegate.access_grant_item where grant_id = g.id), '[]') as items
    from tidegate.access_grant g
    where g.id in (select id from line) and g.closing_at is null
      and (g.expires_at is null or g.expires_at > (select tidegate.now()))
    for update of g`.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const { personId, groupId, coversAll, items, ...grant } = row;
  const holderId = personId ?? groupId;
  if (holderId === null) return null;
  return {
    ...grant,
    holder: { kind: personId === null ? 'group' : 'person', id: holderId },
    scope: coversAll ? { kind: 'project' } : { kind: 'items', items },
  };
}

/**
 * What ends when a row is ended: the row, or what took its place when it was narrowed, and what was added to it; as far
 * as they are open.
 */
export async function openRowsOf(db: Db, grantId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive line as (
      select id from tidegate.access_grant where id = ${grantId}
      union all
      select g.id from tidegate.access_grant g join line on g.replaces_grant_id = line.id
    )
    select id from tidegate.access_grant g
    where g.closing_at is null and (g.id in (select id from line) or g.amends_grant_id in (select id from line))`.execute(
    db,
  );
  return rows.map((row) => row.id);
}
