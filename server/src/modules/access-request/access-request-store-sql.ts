import type { Expiry, Scope } from '@tidegate/contract';
import { type Selectable, sql } from 'kysely';
import type { AccessRequestTable } from '../../platform/store/request-tables.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AccessRequest, Decision, NewAccessRequest, SettledState, Wanted, Wish } from './access-request.ts';
import { decidableBy, listRequestRows } from './access-request-list-sql.ts';
import type {
  AccessRequestStore,
  DecidingPerson,
  GrantOfRequest,
  LiveGrant,
  NamedPerson,
  NamedProject,
  RequestFilter,
  RoundFacts,
} from './access-request-store.ts';

const now = sql<Date>`tidegate.now()`;
/** The transition is checked by a foreign key on both columns. */
const fromState = sql<string>`state`;
/** Requests by which the middle time to a decision is measured. */
const measuredRequests = 100;

export class SqlAccessRequestStore implements AccessRequestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async insert(tx: Tx, request: NewAccessRequest & RoundFacts): Promise<AccessRequest> {
    const row = await tx
      .insertInto('access_request')
      .values({
        ...wishColumns(request),
        ...{ project_id: request.projectId, requester_id: request.requesterId, behind_id: request.behindId },
        ...{ kind: request.kind, amends_grant_id: request.amendsGrantId },
        statement_text: request.statementText,
        created_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toRequest(row);
  }

  async saveEdit(tx: Tx, id: string, wish: Wish & RoundFacts): Promise<AccessRequest> {
    const row = await tx
      .updateTable('access_request')
      .set({
        ...wishColumns(wish),
        ...{ state: 'pending', former_state: fromState, narrowed: null },
        round: sql<number>`round + 1`,
      })
      .where('id', '=', id)
      .where('state', 'in', ['pending', 'changes_wanted'])
      .returningAll()
      .executeTakeFirstOrThrow();
    return toRequest(row);
  }

  async saveNarrowed(tx: Tx, id: string, narrowed: Wanted, contentHash: string): Promise<void> {
    await tx
      .updateTable('access_request')
      .set({ narrowed: JSON.stringify(narrowed), content_hash: contentHash })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .execute();
  }

  async markAutoApproved(tx: Tx, id: string): Promise<void> {
    await tx.updateTable('access_request').set({ is_auto_approved: true }).where('id', '=', id).execute();
  }

  async markReminded(tx: Tx, id: string): Promise<void> {
    await tx.updateTable('access_request').set({ reminded_at: now }).where('id', '=', id).execute();
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
      .set({ state, former_state: fromState, decided_at: now })
      .where('id', '=', id)
      .where('state', 'in', ['pending', 'changes_wanted'])
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async wantChanges(tx: Tx, id: string): Promise<boolean> {
    const result = await tx
      .updateTable('access_request')
      .set({ state: 'changes_wanted', former_state: fromState })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async list(filter: RequestFilter): Promise<{ items: AccessRequest[]; total: number }> {
    const { rows, total } = await listRequestRows(this.#db, filter);
    return { items: rows.map(toRequest), total };
  }

  async decisionsOf(requestIds: readonly string[]): Promise<Map<string, Decision[]>> {
    if (requestIds.length === 0) return new Map();
    const { rows } = await sql<Decision & { requestId: string }>`
      select decision.request_id as "requestId", decision.decision, decision.comment, decision.at,
        jsonb_build_object('id', person.id, 'name', person.name) as by
      from tidegate.decision
      join tidegate.access_request request on request.id = decision.request_id and request.round = decision.round
      join tidegate.person on person.id = decision.person_id
      where decision.request_id = any(${[...requestIds]}::uuid[]) order by decision.at`.execute(this.#db);
    return Map.groupBy(rows, (row) => row.requestId);
  }

  /** What came of them: the row a request made, or the one it extended. */
  async grantsOf(requestIds: readonly string[]): Promise<Map<string, GrantOfRequest>> {
    if (requestIds.length === 0) return new Map();
    const { rows } = await sql<GrantOfRequest & { requestId: string }>`
      select request.id as "requestId", g.id as "grantId", g.starts_at as "startsAt", g.expires_at as "expiresAt",
        case when g.ended_at is not null then 'closed'
          when g.closing_at is not null or g.expires_at <= tidegate.now() then 'closing'
          when g.starts_at > tidegate.now() then 'scheduled' else 'active' end as state
      from tidegate.access_request request
      join tidegate.access_grant g on g.request_id = request.id
        or (request.kind = 'extend' and g.id = request.amends_grant_id)
      where request.id = any(${[...requestIds]}::uuid[]) and request.state = 'approved'
      order by g.created_at`.execute(this.#db);
    return new Map(rows.map((row) => [row.requestId, row]));
  }

  async findGrant(id: string, tx?: Tx): Promise<LiveGrant | null> {
    const { rows } = await sql<Omit<LiveGrant, 'scope'> & { coversAll: boolean; items: unknown }>`
      select g.id, g.source, g.person_id as "personId", g.project_id as "projectId", g.privileges,
        g.starts_at as "startsAt", g.expires_at as "expiresAt", g.covers_all_databases as "coversAll",
        g.closing_at is null and (g.expires_at is null or g.expires_at > tidegate.now()) as "isLive",
        coalesce((select jsonb_agg(jsonb_build_object('databaseId', database_id, 'schema', schema_name, 'table', table_name))
          from tidegate.access_grant_item where grant_id = g.id), '[]') as items
      from tidegate.access_grant g where g.id = ${id}`.execute(tx ?? this.#db);
    const [row] = rows;
    if (row === undefined) return null;
    const { coversAll, items, ...grant } = row;
    const own = items as Extract<Scope, { kind: 'items' }>['items'];
    return { ...grant, scope: coversAll ? { kind: 'project' } : { kind: 'items', items: own } };
  }

  async extendedMinutes(tx: Tx, grantId: string): Promise<number> {
    const { rows } = await sql<{ minutes: number }>`
      select coalesce(sum((coalesce(narrowed, jsonb_build_object('expiry', expiry)) #>> '{expiry,minutes}')::int), 0)::int
        as minutes
      from tidegate.access_request
      where amends_grant_id = ${grantId} and kind = 'extend' and state = 'approved'`.execute(tx);
    return rows[0]?.minutes ?? 0;
  }

  async hasPendingAmendment(tx: Tx, grantId: string, kind: 'extend' | 'add'): Promise<boolean> {
    const query = tx.selectFrom('access_request').select('id').where('amends_grant_id', '=', grantId);
    const found = await query.where('kind', '=', kind).where('state', '=', 'pending').executeTakeFirst();
    return found !== undefined;
  }

  async people(ids: readonly string[], tx?: Tx): Promise<Map<string, NamedPerson>> {
    if (ids.length === 0) return new Map();
    const query = (tx ?? this.#db).selectFrom('person').where('id', 'in', ids).select(['id', 'name', 'email']);
    return new Map((await query.execute()).map((row) => [row.id, row]));
  }

  async projects(ids: readonly string[], tx?: Tx): Promise<Map<string, NamedProject>> {
    if (ids.length === 0) return new Map();
    const query = (tx ?? this.#db).selectFrom('project').where('id', 'in', ids);
    const rows = await query.select(['id', 'name', 'state', 'is_sample as isSample']).execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  async typicalMinutes(projectIds: readonly string[]): Promise<Map<string, number>> {
    if (projectIds.length === 0) return new Map();
    const { rows } = await sql<{ projectId: string; minutes: number | null }>`
      select wanted.id as "projectId", (
        select percentile_cont(0.5) within group (order by extract(epoch from decided_at - created_at) / 60)
        from (
          (select created_at, decided_at from tidegate.access_request
            where project_id = wanted.id and state = 'approved' and not is_auto_approved
            order by created_at desc limit ${measuredRequests})
          union all
          (select created_at, decided_at from tidegate.access_request
            where project_id = wanted.id and state = 'rejected' order by created_at desc limit ${measuredRequests})
        ) as latest
        where created_at > tidegate.now() - interval '90 days') as minutes
      from unnest(${[...projectIds]}::uuid[]) as wanted(id)`.execute(this.#db);
    return new Map(rows.flatMap((row) => (row.minutes === null ? [] : [[row.projectId, row.minutes] as const])));
  }

  async expireOverdue(tx: Tx): Promise<AccessRequest[]> {
    const rows = await tx
      .updateTable('access_request')
      .set({ state: 'expired', former_state: fromState, decided_at: now })
      .where('state', 'in', ['pending', 'changes_wanted'])
      .where(isOverdue)
      .returningAll()
      .execute();
    return rows.map(toRequest);
  }

  async hasOverdue(): Promise<boolean> {
    const query = this.#db.selectFrom('access_request').where('state', 'in', ['pending', 'changes_wanted']);
    return (await query.where(isOverdue).select('id').limit(1).executeTakeFirst()) !== undefined;
  }

  async countToDecide(person: DecidingPerson): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from tidegate.access_request where ${decidableBy(person)}`.execute(this.#db);
    return rows[0]?.count ?? 0;
  }

  async countOwn(personId: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from tidegate.access_request
      where state in ('pending', 'changes_wanted') and requester_id = ${personId}`.execute(this.#db);
    return rows[0]?.count ?? 0;
  }
}

/** Its chosen end has passed, or the grant it would change has ended: what is added ends with its grant, however long. */
const isOverdue = sql<boolean>`(
  (access_request.amends_grant_id is null and expiry->>'kind' = 'at'
    and (expiry->>'at')::timestamptz <= (select tidegate.now()))
  or (access_request.amends_grant_id is not null and exists (select from tidegate.access_grant g
    where g.id = access_request.amends_grant_id
    and (g.closing_at is not null or g.expires_at <= (select tidegate.now())))))`;

function wishColumns(wish: Wish & RoundFacts) {
  return {
    scope: JSON.stringify(wish.scope),
    privileges: [...new Set(wish.privileges)],
    reason: wish.reason,
    ticket: wish.ticket,
    expiry: JSON.stringify(wish.expiry),
    starts_at: wish.startsAt,
    content_hash: wish.contentHash,
    level: wish.level,
  };
}

function toRequest(row: Selectable<AccessRequestTable>): AccessRequest {
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    amendsGrantId: row.amends_grant_id,
    projectId: row.project_id,
    requesterId: row.requester_id,
    behindId: row.behind_id,
    state: row.state,
    // Written by `insert` from a parsed contract value; the store keeps it as it was.
    scope: row.scope as Scope,
    privileges: row.privileges,
    reason: row.reason,
    ticket: row.ticket,
    expiry: row.expiry as Expiry,
    startsAt: row.starts_at,
    statementText: row.statement_text,
    round: row.round,
    level: row.level,
    isAutoApproved: row.is_auto_approved,
    narrowed: row.narrowed as Wanted | null,
    contentHash: row.content_hash,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
    remindedAt: row.reminded_at,
  };
}
