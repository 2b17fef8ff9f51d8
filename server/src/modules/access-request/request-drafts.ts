import type { RouteReply, Routes, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { type AccessRequest, wantedOf } from './access-request.ts';
import { minutesOf } from './request-words.ts';

type Draft = RouteReply<Routes['GET /requests/:requestId/draft']>;
type Items = Extract<Scope, { kind: 'items' }>['items'];

interface Found {
  readonly databaseId: string;
  readonly schema: string | null;
  readonly table: string | null;
  readonly name: string | null;
  readonly isThere: boolean;
}

/** A new request like a former one: without what is gone, and the smaller one that the former use suggests. */
export async function draftLike(db: Db, request: AccessRequest): Promise<Draft> {
  const { scope, privileges } = request;
  const found = scope.kind === 'project' ? [] : await lookUp(db, request.projectId, scope.items);
  const left = found
    .filter((item) => item.isThere)
    .map(({ databaseId, schema, table }) => ({ databaseId, schema, table }));
  const gone = found.filter((item) => !item.isThere);
  const used = await usedTables(db, request.id);
  return {
    projectId: request.projectId,
    scope: scope.kind === 'project' ? scope : left.length === 0 ? null : { kind: 'items', items: left },
    privileges: [...privileges],
    reason: request.reason,
    ticket: request.ticket,
    minutes: minutesOf(wantedOf(request)),
    dropped: gone.map(({ name, schema, table }) =>
      name === null
        ? 'A database that has left the project'
        : `${[schema, table].filter(Boolean).join('.')} in ${name}`,
    ),
    used: suggestion(scope, wantedOf(request).scope, used),
  };
}

/** Counted against what was granted, as the receipt does; offered where it is less than what was asked. */
function suggestion(asked: Scope, granted: Scope, used: Items): Draft['used'] {
  const wanted = tablesOf(asked);
  if (used.length === 0 || (wanted !== null && used.length >= wanted)) return null;
  const given = tablesOf(granted);
  const tables = (given ?? used.length) === 1 ? 'table' : 'tables';
  const sentence = `Used ${used.length}${given === null ? '' : ` of ${given}`} ${tables}.`;
  return { scope: { kind: 'items', items: used }, sentence };
}

/** How many tables a list of tables names; null for whatever holds also others. */
function tablesOf(scope: Scope): number | null {
  return scope.kind === 'items' && scope.items.every((item) => item.table !== null) ? scope.items.length : null;
}

/** Which of the items still lie in the project's catalog. */
async function lookUp(db: Db, projectId: string, items: Items): Promise<Found[]> {
  const { rows } = await sql<Found>`
    select item."databaseId", item.schema, item."table", database.name,
      database.id is not null and (item."table" is null and item.schema is null or exists (
        select from tidegate.relation where relation.database_id = database.id
          and relation.schema_name = coalesce(item.schema, '')
          and (item."table" is null or relation.name = item."table"))) as "isThere"
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as item("databaseId" uuid, schema text, "table" text)
    left join tidegate.database on database.id = item."databaseId" and database.project_id = ${projectId}
      and database.vanished_at is null`.execute(db);
  return rows;
}

/** Tables that statements under the request's grants named and that still exist. */
async function usedTables(db: Db, requestId: string): Promise<Items> {
  const { rows } = await sql<{ databaseId: string; schema: string; table: string }>`
    select distinct relation.database_id as "databaseId", relation.schema_name as schema, relation.name as "table"
    from tidegate.statement
    cross join lateral unnest(statement.tables) as named(name)
    join tidegate.relation on relation.database_id = statement.database_id
      and named.name = case when relation.schema_name = '' then relation.name
        else relation.schema_name || '.' || relation.name end
    where statement.person_id = (select requester_id from tidegate.access_request where id = ${requestId})
      and statement.grant_ids && (select coalesce(array_agg(g.id), '{}') from tidegate.access_grant g
        where g.request_id = ${requestId})
    order by 1, 2, 3 limit 500`.execute(db);
  return rows;
}
