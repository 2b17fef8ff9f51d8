import { type ExpressionBuilder, sql } from 'kysely';
import type { StoreSchema } from '../../platform/store/store-schema.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { DecidingPerson, RequestFilter } from './access-request-store.ts';

type ListTables = Pick<StoreSchema, 'access_request' | 'person' | 'project'>;

/** A page of requests as rows, newest first, and how many there are. */
export async function listRequestRows(db: Db, filter: RequestFilter) {
  const matching = matchingRequests(db, filter);
  if (filter.decidableBy !== null) return await listOnce(db, matching, filter);
  const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const rows = await matching
    .selectAll('access_request')
    .orderBy('access_request.created_at', 'desc')
    .orderBy('access_request.id')
    .limit(filter.pageSize)
    .offset((filter.page - 1) * filter.pageSize)
    .execute();
  return { rows, total };
}

function matchingRequests(db: Db, filter: RequestFilter) {
  return db
    .selectFrom('access_request')
    .innerJoin('person', 'person.id', 'access_request.requester_id')
    .innerJoin('project', 'project.id', 'access_request.project_id')
    .where((eb) => whereOf(eb, filter));
}

/** Those who wait are found once, for the count and for the page: looking at each one's steps is what takes the time. */
async function listOnce(db: Db, matching: ReturnType<typeof matchingRequests>, filter: RequestFilter) {
  const { rows: found } = await sql<{ id: string; total: number }>`
    with waiting as materialized (${matching.select(['access_request.id', 'access_request.created_at'])})
    select id, (select count(*)::int from waiting) as total from waiting
    order by created_at desc, id
    limit ${filter.pageSize} offset ${(filter.page - 1) * filter.pageSize}`.execute(db);
  const ids = found.map((row) => row.id);
  if (ids.length === 0) {
    const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
    return { rows: [], total };
  }
  const rows = await db.selectFrom('access_request').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return { rows: ids.flatMap((id) => byId.get(id) ?? []), total: found[0]?.total ?? 0 };
}

/** Requests with an open step that names the person and for which he has not decided in that flow; never his own. */
export function decidableBy({ personId, adminPersonId, keys }: DecidingPerson) {
  return sql<boolean>`access_request.state = 'pending'
    and access_request.requester_id <> ${personId}
    and access_request.requester_id is distinct from ${adminPersonId}
    and (access_request.behind_id is null or access_request.behind_id <> ${personId}
      or exists (select from tidegate.project own where own.id = access_request.project_id and own.is_sample))
    and access_request.id in (
      select step.request_id from tidegate.request_step step
      where step.state = 'open' and step.decider_keys && ${[...keys]}::text[]
        and (step.due_at is null or step.due_at > (select tidegate.now()))
        and not exists (select from tidegate.decision_step counted
          where counted.request_id = step.request_id and counted.round = step.round and counted.track = step.track
            and counted.person_id = ${personId}))`;
}

function whereOf(eb: ExpressionBuilder<ListTables, keyof ListTables>, filter: RequestFilter) {
  const conditions = [];
  if (filter.state !== undefined) conditions.push(eb('access_request.state', '=', filter.state));
  if (filter.projectId !== undefined) conditions.push(eb('access_request.project_id', '=', filter.projectId));
  if (filter.requesterId !== null) conditions.push(eb('access_request.requester_id', '=', filter.requesterId));
  if (filter.decidableBy !== null) conditions.push(decidableBy(filter.decidableBy));
  if (filter.projects !== 'all') {
    const inProjects = sql<boolean>`access_request.project_id = any(${[...filter.projects]}::uuid[])`;
    conditions.push(
      filter.orRequesterId === null
        ? inProjects
        : eb.or([inProjects, eb('access_request.requester_id', '=', filter.orRequesterId)]),
    );
  }
  const search = filter.search?.trim() ?? '';
  if (search !== '') {
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    conditions.push(
      eb.or([
        eb('person.name', 'ilike', pattern),
        eb('project.name', 'ilike', pattern),
        eb('access_request.reason', 'ilike', pattern),
        sql<boolean>`access_request.number::text = ${search.replace(/^#/, '')}`,
      ]),
    );
  }
  return eb.and(conditions);
}
