import { sql } from 'kysely';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { NewGrant } from './grant.ts';

/**
 * Holds what the row stands on until it is committed: whoever archives the project, moves a database or deactivates the
 * person meanwhile waits, and then sees the row and ends it. A foreign key would not make him wait.
 */
export async function holdReasons(tx: Tx, grant: NewGrant): Promise<void> {
  if (grant.projectId !== null) {
    const project = await tx
      .selectFrom('project')
      .where('id', '=', grant.projectId)
      .select(['name', 'state'])
      .forShare()
      .executeTakeFirst();
    if (project === undefined) throw notFound('project');
    if (project.state === 'archived') {
      throw new AppError('project.archived', `The project ${project.name} is archived: restore it first.`);
    }
  }
  if (grant.holder.kind === 'person') {
    const query = tx.selectFrom('person').where('id', '=', grant.holder.id).select('state').forShare();
    const person = await query.executeTakeFirst();
    if (person === undefined || person.state === 'deactivated') throw notFound('person');
  }
  if (grant.scope.kind === 'items') {
    const ids = [...new Set(grant.scope.items.map((item) => item.databaseId))];
    await tx.selectFrom('database').where('id', 'in', ids).select('id').orderBy('id').forShare().execute();
    const { rows } = await sql<{ moved: boolean }>`
      select exists (select from tidegate.database where id = any(${ids}::uuid[])
        and project_id is distinct from ${grant.projectId}) as moved`.execute(tx);
    if (rows[0]?.moved !== false) {
      throw new AppError('grant.scope_unknown', 'A chosen database is not in this project any more. Choose again.');
    }
  }
}

export async function insertGrant(tx: Tx, grant: NewGrant): Promise<string> {
  const { id: holderId, kind } = grant.holder;
  const { id } = await tx
    .insertInto('access_grant')
    .values({
      source: grant.source,
      person_id: kind === 'person' ? holderId : null,
      group_id: kind === 'group' ? holderId : null,
      group_name:
        kind === 'group' ? sql<string>`(select name from tidegate.person_group where id = ${holderId})` : null,
      project_id: grant.projectId,
      request_id: grant.requestId ?? null,
      project_member_id: grant.projectMemberId ?? null,
      workspace_role_id: grant.workspaceRoleId ?? null,
      role: grant.role ?? null,
      amends_grant_id: grant.addedTo ?? null,
      replaces_grant_id: grant.replaces ?? null,
      covers_all_databases: grant.scope.kind === 'project',
      privileges: [...new Set(grant.privileges)],
      reason: grant.reason,
      granted_by: grant.grantedBy,
      starts_at: grant.startsAt,
      expires_at: grant.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (grant.scope.kind === 'items') {
    await sql`
      insert into tidegate.access_grant_item (grant_id, database_id, schema_name, table_name)
      select distinct ${id}::uuid, item."databaseId", item.schema, item."table"
      from jsonb_to_recordset(${JSON.stringify(grant.scope.items)}::jsonb) as item("databaseId" uuid, schema text, "table" text)`.execute(
      tx,
    );
  }
  if (grant.replaces != null) await remember(tx, id, grant.replaces);
  return id;
}

/** What is left of a narrowed row means the tables that it meant: what it had lost by then stays lost. */
async function remember(tx: Tx, grantId: string, formerId: string): Promise<void> {
  await sql`
    update tidegate.access_grant_item item set identity = former.identity, lost_at = former.lost_at
    from tidegate.access_grant_item former
    where item.grant_id = ${grantId} and former.grant_id = ${formerId} and former.database_id = item.database_id
      and former.schema_name is not distinct from item.schema_name and former.table_name = item.table_name`.execute(tx);
}
