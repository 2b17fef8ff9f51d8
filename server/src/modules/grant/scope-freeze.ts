import type { Scope, ScopeItem } from '@tidegate/contract';
import { sql } from 'kysely';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Db } from '../../platform/store/tx.ts';

/** What a person may know of the names in a project's databases: `Actor` fits. */
export interface NameReader {
  can(permission: 'project.view' | 'project.manage' | 'request.decide', place: { projectId: string }): boolean;
}

/**
 * Makes of whole databases and schemas that are meant as of now the list of the tables that they hold: what comes later
 * is not covered. Refuses with `grant.scope_empty` where there are none, with `grant.scope_unknown` where the person
 * does not see the database, and where its project hides names from him: a list would tell them.
 */
export async function freezeScope(db: Db, scope: Scope, reader: NameReader): Promise<Scope> {
  if (scope.kind === 'project') return scope;
  const frozen = scope.items.filter((item) => item.asOfNow === true && item.table === null);
  const kept = scope.items.filter((item) => !frozen.includes(item)).map(({ asOfNow: _, ...item }) => item);
  if (frozen.length === 0) return { kind: 'items', items: kept };
  await refuseUnseen(db, frozen, reader);
  const { rows } = await sql<ScopeItem>`
    select distinct relation.database_id as "databaseId", relation.schema_name as schema, relation.name as "table"
    from jsonb_to_recordset(${JSON.stringify(frozen)}::jsonb) as item("databaseId" uuid, schema text)
    join tidegate.relation on relation.database_id = item."databaseId"
      and (item.schema is null or relation.schema_name = item.schema)
    order by 1, 2, 3`.execute(db);
  const items = [...kept, ...rows];
  if (items.length === 0) {
    throw new AppError('grant.scope_empty', 'There are no tables now. Choose “also tables that come later”, or wait.');
  }
  return { kind: 'items', items };
}

async function refuseUnseen(db: Db, items: readonly ScopeItem[], reader: NameReader): Promise<void> {
  const ids = [...new Set(items.map((item) => item.databaseId))];
  const rows = await db
    .selectFrom('database')
    .innerJoin('project', 'project.id', 'database.project_id')
    .where('database.id', 'in', ids)
    .where('database.vanished_at', 'is', null)
    .select(['project.id as projectId', 'project.hides_names as hidesNames'])
    .execute();
  const isSeen = ({ projectId }: { projectId: string }) => reader.can('project.view', { projectId });
  if (rows.length < ids.length || !rows.every(isSeen)) {
    throw new AppError('grant.scope_unknown', 'A chosen database is not in this project any more. Choose again.');
  }
  const isHidden = rows.some(
    ({ projectId, hidesNames }) =>
      hidesNames && !reader.can('project.manage', { projectId }) && !reader.can('request.decide', { projectId }),
  );
  if (isHidden) {
    throw new AppError('request.invalid', 'This project hides its tables: ask for all of them, also later ones.');
  }
}
