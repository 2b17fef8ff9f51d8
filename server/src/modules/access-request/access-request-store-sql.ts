import { type Expiry, roles, type Scope } from '@tidegate/contract';
import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { AccessRequestTable, StoreSchema } from '../../platform/store/store-schema.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AccessRequest, Decision, SettledState } from './access-request.ts';
import type { AccessRequestStore, GrantStateOfRequest, NamedPerson, RequestFilter } from './access-request-store.ts';

const decidingRoles = Object.entries(roles)
  .filter(([, role]) => role.permissions.includes('request.decide'))
  .map(([name]) => name);

export class SqlAccessRequestStore implements AccessRequestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async insert(tx: Tx, request: Parameters<AccessRequestStore['insert']>[1]): Promise<AccessRequest> {
    const row = await tx
      .insertInto('access_request')
      .values({
        project_id: request.projectId,
        requester_id: request.requesterId,
        scope: JSON.stringify(request.scope),
        privileges: [...request.privileges],
        reason: request.reason,
        expiry: JSON.stringify(request.expiry),
        statement_text: request.statementText,
        content_hash: request.contentHash,
        created_at: sql<Date>`tidegate.now()`,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toRequest(row);
  }

  async find(id: string): Promise<AccessRequest | null> {
    const row = await this.#db.selectFrom('access_request').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : toRequest(row);
  }

  async findForChange(tx: Tx, id: string): Promise<AccessRequest | null> {
    const row = await tx.selectFrom('access_request').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    return row === undefined ? null : toRequest(row);
  }

  async settle(tx: Tx, id: string, state: SettledState): Promise<boolean> {
    const result = await tx
      .updateTable('access_request')
      .set({ state, decided_at: sql<Date>`tidegate.now()` })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async addDecision(tx: Tx, decision: Parameters<AccessRequestStore['addDecision']>[1]): Promise<void> {
    await tx
      .insertInto('decision')
      .values({
        request_id: decision.requestId,
        person_id: decision.personId,
        decision: decision.decision,
        comment: decision.comment,
        content_hash: decision.contentHash,
        at: sql<Date>`tidegate.now()`,
      })
      .execute();
  }

  async list(filter: RequestFilter): Promise<{ items: AccessRequest[]; total: number }> {
    const matching = this.#db
      .selectFrom('access_request')
      .innerJoin('person', 'person.id', 'access_request.requester_id')
      .innerJoin('project', 'project.id', 'access_request.project_id')
      .where((eb) => whereOf(eb, filter));
    const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
    const rows = await matching
      .selectAll('access_request')
      .orderBy('access_request.created_at', 'desc')
      .orderBy('access_request.id')
      .limit(filter.pageSize)
      .offset((filter.page - 1) * filter.pageSize)
      .execute();
    return { items: rows.map(toRequest), total };
  }

  async decisionsOf(requestIds: readonly string[]): Promise<Map<string, Decision[]>> {
    if (requestIds.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('decision')
      .innerJoin('person', 'person.id', 'decision.person_id')
      .where('decision.request_id', 'in', requestIds)
      .orderBy('decision.at')
      .select([
        'decision.request_id',
        'person.id',
        'person.name',
        'decision.decision',
        'decision.comment',
        'decision.at',
      ])
      .execute();
    const byRequest = Map.groupBy(rows, (row) => row.request_id);
    return new Map(
      [...byRequest].map(([id, items]) => [
        id,
        items.map((row) => ({
          by: { id: row.id, name: row.name },
          decision: row.decision,
          comment: row.comment,
          at: row.at,
        })),
      ]),
    );
  }

  async grantsOf(requestIds: readonly string[]) {
    if (requestIds.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('access_grant')
      .where('request_id', 'in', requestIds)
      .select([
        'id',
        'request_id',
        'expires_at',
        sql<GrantStateOfRequest>`case when ended_at is not null then 'closed'
          when closing_at is not null or expires_at <= tidegate.now() then 'closing'
          when starts_at > tidegate.now() then 'scheduled' else 'active' end`.as('state'),
      ])
      // What is left after narrowing is made later, and is the request's grant from then on.
      .orderBy('created_at')
      .execute();
    return new Map(
      rows.map((row) => [row.request_id ?? '', { grantId: row.id, expiresAt: row.expires_at, state: row.state }]),
    );
  }

  async people(ids: readonly string[], tx?: Tx): Promise<Map<string, NamedPerson>> {
    if (ids.length === 0) return new Map();
    const rows = await (tx ?? this.#db)
      .selectFrom('person')
      .where('id', 'in', ids)
      .select(['id', 'name', 'email'])
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  async projects(ids: readonly string[], tx?: Tx) {
    if (ids.length === 0) return new Map();
    const rows = await (tx ?? this.#db)
      .selectFrom('project')
      .where('id', 'in', ids)
      .select(['id', 'name', 'state'])
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  async approvers(projectId: string, exceptPersonId: string, tx?: Tx): Promise<{ id: string; name: string }[]> {
    const { rows } = await sql<{ id: string; name: string }>`
      with holder as (
        select person_id, group_id from tidegate.workspace_role where role = any(${decidingRoles})
        union
        select person_id, group_id from tidegate.project_member
        where project_id = ${projectId} and role = any(${decidingRoles})
          and (expires_at is null or expires_at > tidegate.now())
      )
      select person.id, person.name from tidegate.person
      where person.state = 'active' and person.id <> ${exceptPersonId} and person.id in (
        select person_id from holder where person_id is not null
        union
        select group_member.person_id from holder join tidegate.group_member using (group_id)
      )
      order by person.name, person.id
      limit 50`.execute(tx ?? this.#db);
    return rows;
  }

  async typicalMinutes(projectId: string): Promise<number | null> {
    const { rows } = await sql<{ minutes: number | null }>`
      select percentile_cont(0.5) within group (order by extract(epoch from decided_at - created_at) / 60) as minutes
      from tidegate.access_request
      where project_id = ${projectId} and state in ('approved', 'rejected')
        and created_at > tidegate.now() - interval '90 days'`.execute(this.#db);
    return rows[0]?.minutes ?? null;
  }

  async expireOverdue(tx: Tx): Promise<AccessRequest[]> {
    const rows = await tx
      .updateTable('access_request')
      .set({ state: 'expired', decided_at: sql<Date>`tidegate.now()` })
      .where('state', '=', 'pending')
      .where(isOverdue)
      .returningAll()
      .execute();
    return rows.map(toRequest);
  }

  async hasOverdue(): Promise<boolean> {
    const query = this.#db.selectFrom('access_request').where('state', '=', 'pending').where(isOverdue);
    return (await query.select('id').limit(1).executeTakeFirst()) !== undefined;
  }

  async countPending(personId: string, projects: 'all' | readonly string[]) {
    const { rows } = await sql<{ toDecide: number; minePending: number }>`
      select
        count(*) filter (where requester_id <> ${personId}
          and (${projects === 'all'} or project_id = any(${projects === 'all' ? [] : [...projects]}::uuid[])))::int as "toDecide",
        count(*) filter (where requester_id = ${personId})::int as "minePending"
      from tidegate.access_request where state = 'pending'`.execute(this.#db);
    return rows[0] ?? { toDecide: 0, minePending: 0 };
  }
}

/** Its chosen end has passed. */
const isOverdue = sql<boolean>`expiry->>'kind' = 'at' and (expiry->>'at')::timestamptz <= tidegate.now()`;

type ListTables = Pick<StoreSchema, 'access_request' | 'person' | 'project'>;

function whereOf(eb: ExpressionBuilder<ListTables, keyof ListTables>, filter: RequestFilter) {
  const conditions = [];
  if (filter.state !== undefined) conditions.push(eb('access_request.state', '=', filter.state));
  if (filter.projectId !== undefined) conditions.push(eb('access_request.project_id', '=', filter.projectId));
  if (filter.requesterId !== null) conditions.push(eb('access_request.requester_id', '=', filter.requesterId));
  if (filter.exceptRequesterId !== null) {
    conditions.push(eb('access_request.requester_id', '<>', filter.exceptRequesterId));
  }
  if (filter.projects !== 'all') {
    const inProjects = sql<boolean>`access_request.project_id = any(${[...filter.projects]}::uuid[])`;
    conditions.push(
      filter.orRequesterId === null
        ? inProjects
        : eb.or([inProjects, eb('access_request.requester_id', '=', filter.orRequesterId)]),
    );
  }
  if (filter.search !== undefined && filter.search.trim() !== '') {
    const pattern = `%${filter.search.trim().replace(/[\\%_]/g, '\\$&')}%`;
    conditions.push(
      eb.or([
        eb('person.name', 'ilike', pattern),
        eb('project.name', 'ilike', pattern),
        eb('access_request.reason', 'ilike', pattern),
        sql<boolean>`access_request.number::text = ${filter.search.trim().replace(/^#/, '')}`,
      ]),
    );
  }
  return eb.and(conditions);
}

function toRequest(row: Selectable<AccessRequestTable>): AccessRequest {
  return {
    id: row.id,
    number: row.number,
    projectId: row.project_id,
    requesterId: row.requester_id,
    state: row.state,
    // Written by `insert` from a parsed contract value; the store keeps it as it was.
    scope: row.scope as Scope,
    privileges: row.privileges,
    reason: row.reason,
    expiry: row.expiry as Expiry,
    statementText: row.statement_text,
    contentHash: row.content_hash,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
  };
}
