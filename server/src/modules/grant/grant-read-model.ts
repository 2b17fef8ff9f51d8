import type { Grant, Privilege, ProjectRole, RouteReply, Routes, Scope } from '@tidegate/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { GrantSource } from './grant.ts';
import { type LostTable, lostWords, presentLostTable, readLostTables } from './lost-tables.ts';
import { presentScopes } from './scope-views.ts';
import { accessSentence } from './scope-words.ts';

type GrantDetail = RouteReply<Routes['GET /grants/:grantId']>;
export type GrantState = Grant['state'];

export interface GrantRow {
  readonly id: string;
  readonly source: GrantSource;
  readonly personId: string | null;
  readonly groupId: string | null;
  readonly holderName: string;
  readonly holderEmail: string | null;
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly coversAll: boolean;
  readonly items: { databaseId: string; schema: string | null; table: string | null }[];
  readonly privileges: Privilege[];
  readonly reason: string;
  readonly role: ProjectRole | null;
  readonly requestId: string | null;
  readonly memberId: string | null;
  readonly grantedBy: { id: string; name: string } | null;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  readonly closingAt: Date | null;
  readonly endedAt: Date | null;
  readonly endKind: NonNullable<Grant['end']>['kind'] | null;
  readonly endBy: { id: string; name: string } | null;
  readonly endNote: string | null;
  readonly state: GrantState;
  readonly statements: number;
  readonly rows: number;
  readonly lastAt: Date | null;
  readonly tables: string[] | null;
  readonly liveSessions: number;
  readonly runningStatements: number;
  /** Whether the reader holds it, himself or through a group. */
  readonly isMine: boolean;
}

export interface GrantFilter {
  readonly ids?: readonly string[] | undefined;
  readonly mine?: boolean | undefined;
  readonly projectId?: string | undefined;
  readonly personId?: string | undefined;
  readonly state?: GrantState | 'live' | undefined;
  readonly search?: string | undefined;
  /** Those of these projects; rows of every project only with `all`. */
  readonly projects?: 'all' | readonly string[] | undefined;
}

const stateOf = sql<GrantState>`case
  when g.ended_at is not null then 'closed'
  when g.closing_at is not null or g.expires_at <= (select tidegate.now()) then 'closing'
  when g.starts_at > (select tidegate.now()) then 'scheduled' else 'active' end`;

/** Grants as people see them: scope in words, use, live sessions. */
export class GrantReadModel {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async list(
    readerId: string,
    filter: GrantFilter,
    page: number,
    pageSize: number,
  ): Promise<{ rows: GrantRow[]; total: number }> {
    const where = this.#where(readerId, filter);
    const { rows: counted } = await sql<{ total: number }>`
      select count(*)::int as total from tidegate.access_grant g
      left join tidegate.person on person.id = g.person_id where ${where}`.execute(this.#db);
    const order = sql`order by (g.closing_at is null) desc, g.created_at desc, g.id limit ${pageSize} offset ${(page - 1) * pageSize}`;
    return { rows: await this.#read(readerId, where, order), total: counted[0]?.total ?? 0 };
  }

  async find(readerId: string, id: string): Promise<GrantRow | null> {
    return (await this.#read(readerId, this.#where(readerId, { ids: [id] }), sql``))[0] ?? null;
  }

  async present(actor: Pick<Actor, 'personId' | 'can'>, rows: readonly GrantRow[]): Promise<Grant[]> {
    const [scopes, lost] = await Promise.all([
      presentScopes(
        this.#db,
        rows.map((row) => ({ projectId: row.projectId, scope: scopeOf(row) })),
      ),
      readLostTables(
        this.#db,
        rows.filter((row) => row.closingAt === null).map((row) => row.id),
      ),
    ]);
    return rows.flatMap((row, index) => {
      const scope = scopes[index];
      if (scope === undefined) return [];
      return [
        {
          id: row.id,
          source: row.source,
          holder: {
            kind: row.personId === null ? ('group' as const) : ('person' as const),
            id: row.personId ?? row.groupId ?? row.id,
            name: row.holderName,
            email: row.holderEmail,
          },
          project:
            row.projectId === null || row.projectName === null ? null : { id: row.projectId, name: row.projectName },
          scope,
          privileges: row.privileges,
          sentence: accessSentence(row.holderName, row.privileges, scope) + lostWords(lost.get(row.id) ?? []),
          reason: row.reason,
          role: row.source === 'membership' ? row.role : null,
          requestId: row.requestId,
          memberId: row.memberId,
          grantedBy: row.grantedBy,
          startsAt: row.startsAt.toISOString(),
          expiresAt: row.expiresAt?.toISOString() ?? null,
          state: row.state,
          end: endOf(row),
          use: {
            statements: row.statements,
            rows: row.rows,
            lastAt: row.lastAt?.toISOString() ?? null,
            tables: row.tables ?? [],
          },
          liveSessions: row.liveSessions,
          runningStatements: row.runningStatements,
          lostTables: (lost.get(row.id) ?? []).map(presentLostTable),
          abilities: abilitiesOf(actor, row, lost.get(row.id) ?? []),
        },
      ];
    });
  }

  async closureOf(grantId: string): Promise<GrantDetail['closure']> {
    const { rows } = await sql<Omit<GrantDetail['closure'][number], 'at'> & { at: Date }>`
      select s.step, s.ok, s.summary, s.details, instance.title as "instanceTitle", person.name as "personName", s.at
      from tidegate.closure_step s
      left join tidegate.instance on instance.id = s.instance_id
      left join tidegate.person on person.id = s.person_id
      where s.grant_id = ${grantId} order by s.id`.execute(this.#db);
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  async sessionsOf(row: GrantRow): Promise<GrantDetail['sessions']> {
    const { rows } = await sql<{
      id: string;
      personId: string;
      personName: string;
      databaseName: string;
      account: string | null;
      backendId: string | null;
      state: 'opening' | 'open' | 'ended';
      openedAt: Date;
      endedAt: Date | null;
      endReason: string | null;
      text: string | null;
      startedAt: Date | null;
    }>`
      select s.id, s.person_id as "personId", person.name as "personName", database.name as "databaseName",
        s.account_name as account, s.backend_id as "backendId", s.state, s.opened_at as "openedAt",
        s.ended_at as "endedAt", s.end_reason as "endReason", running.text, running.started_at as "startedAt"
      from tidegate.session s
      join tidegate.person on person.id = s.person_id
      join tidegate.database on database.id = s.database_id
      left join lateral (select text, started_at from tidegate.statement
        where session_id = s.id and state = 'started' order by started_at desc limit 1) running on true
      where ${sessionOfGrant(row.id)} order by s.opened_at desc limit 50`.execute(this.#db);
    return rows.map((one) => ({
      id: one.id,
      person: { id: one.personId, name: one.personName },
      databaseName: one.databaseName,
      account: one.account ?? '',
      backendId: one.backendId,
      state: one.state,
      openedAt: one.openedAt.toISOString(),
      endedAt: one.endedAt?.toISOString() ?? null,
      endReason: one.endReason,
      runningStatement:
        one.text === null || one.startedAt === null ? null : { text: one.text, startedAt: one.startedAt.toISOString() },
    }));
  }

  async statementsOf(grantId: string): Promise<GrantDetail['statements']> {
    const { rows } = await sql<{
      id: string;
      text: string;
      state: string;
      startedAt: Date;
      rows: number | null;
      person: string;
    }>`
      select s.id, left(s.text, 2000) as text, s.state, s.started_at as "startedAt", s.rows, person.name as person
      from tidegate.statement s join tidegate.person on person.id = s.person_id
      where s.grant_ids @> array[${grantId}]::uuid[] order by s.started_at desc limit 50`.execute(this.#db);
    return rows.map((row) => ({ ...row, startedAt: row.startedAt.toISOString() }));
  }

  #where(readerId: string, filter: GrantFilter): RawBuilder<unknown> {
    const conditions: RawBuilder<unknown>[] = [sql`true`];
    if (filter.ids !== undefined) conditions.push(sql`g.id = any(${[...filter.ids]}::uuid[])`);
    if (filter.mine === true) conditions.push(holds(readerId));
    if (filter.personId !== undefined) conditions.push(holds(filter.personId));
    if (filter.projectId !== undefined) conditions.push(sql`g.project_id = ${filter.projectId}`);
    if (filter.projects !== undefined && filter.projects !== 'all') {
      conditions.push(sql`g.project_id = any(${[...filter.projects]}::uuid[])`);
    }
    if (filter.state === 'live') conditions.push(sql`g.ended_at is null`);
    else if (filter.state !== undefined) conditions.push(sql`${stateOf} = ${filter.state}`);
    const search = filter.search?.trim() ?? '';
    if (search !== '') {
      const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
      conditions.push(sql`(person.name ilike ${pattern} or g.group_name ilike ${pattern} or g.reason ilike ${pattern}
        or exists (select from tidegate.access_grant_item item join tidegate.database on database.id = item.database_id
          where item.grant_id = g.id and (database.name ilike ${pattern} or item.table_name ilike ${pattern})))`);
    }
    return sql.join(conditions, sql` and `);
  }

  async #read(readerId: string, where: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<GrantRow[]> {
    const { rows } = await sql<GrantRow>`
      with g as (
        select g.*, person.name as person_name, person.email as person_email
        from tidegate.access_grant g left join tidegate.person on person.id = g.person_id
        where ${where} ${order})
      select g.id, g.source, g.person_id as "personId", g.group_id as "groupId",
        coalesce(g.person_name, g.group_name, '') as "holderName", g.person_email as "holderEmail",
        g.project_id as "projectId", project.name as "projectName", g.covers_all_databases as "coversAll",
        coalesce((select jsonb_agg(jsonb_build_object('databaseId', database_id, 'schema', schema_name, 'table', table_name))
          from tidegate.access_grant_item where grant_id = g.id), '[]') as items,
        g.privileges, g.reason, g.role, g.request_id as "requestId", g.project_member_id as "memberId",
        (select jsonb_build_object('id', id, 'name', name) from tidegate.person where id = g.granted_by) as "grantedBy",
        g.starts_at as "startsAt", g.expires_at as "expiresAt", g.closing_at as "closingAt", g.ended_at as "endedAt",
        g.end_kind as "endKind", g.end_note as "endNote",
        (select jsonb_build_object('id', id, 'name', name) from tidegate.person where id = g.end_by) as "endBy",
        ${stateOf} as state, use.statements, use.rows, use.last_at as "lastAt", use.tables,
        live.sessions as "liveSessions", live.running as "runningStatements",
        coalesce(${holds(readerId)}, false) as "isMine"
      from g
      left join tidegate.project on project.id = g.project_id
      cross join lateral (
        select count(*)::int as statements, coalesce(sum(s.rows), 0) as rows, max(s.started_at) as last_at,
          (select array_agg(distinct name) from tidegate.statement t cross join unnest(t.tables) as name
            where t.grant_ids @> array[g.id]) as tables
        from tidegate.statement s where s.grant_ids @> array[g.id]) use
      cross join lateral (
        select count(*)::int as sessions,
          count(*) filter (where exists (select from tidegate.statement t where t.session_id = s.id and t.state = 'started'))::int as running
        from tidegate.session s
        where s.state <> 'ended' and ${sessionOfGrant(sql.ref('g.id'))}) live
      order by (g.closing_at is null) desc, g.created_at desc, g.id`.execute(this.#db);
    return rows;
  }
}

/** Whether a person holds the row `g`, himself or through a group. */
function holds(personId: string): RawBuilder<unknown> {
  return sql`(g.person_id = ${personId} or g.group_id in (select group_id from tidegate.group_member where person_id = ${personId}))`;
}

/** Sessions of the grant's holders on databases that it covers, while it was in force. */
function sessionOfGrant(grantId: string | RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`exists (
    select from tidegate.access_grant of_grant
    join tidegate.database place on place.id = s.database_id
    where of_grant.id = ${grantId}
      and (of_grant.person_id = s.person_id or of_grant.group_id in (
        select group_id from tidegate.group_member where person_id = s.person_id))
      and s.opened_at < coalesce(of_grant.closing_at, 'infinity') and coalesce(s.ended_at, 'infinity') > of_grant.starts_at
      and ((of_grant.covers_all_databases and (of_grant.project_id is null or of_grant.project_id = place.project_id))
        or exists (select from tidegate.access_grant_item item where item.grant_id = of_grant.id and item.database_id = s.database_id)))`;
}

export function scopeOf(row: Pick<GrantRow, 'coversAll' | 'items'>): Scope {
  return row.coversAll ? { kind: 'project' } : { kind: 'items', items: row.items };
}

function endOf(row: GrantRow): Grant['end'] {
  if (row.closingAt === null || row.endKind === null) return null;
  return {
    kind: row.endKind,
    by: row.endBy,
    note: row.endNote,
    closingAt: row.closingAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

function abilitiesOf(
  actor: Pick<Actor, 'personId' | 'can'>,
  row: GrantRow,
  lost: readonly LostTable[],
): Record<string, boolean> {
  const isAmendable = row.source !== 'role' && row.projectId !== null;
  const isAssigned = row.source === 'membership' && row.memberId !== null && row.expiresAt !== null;
  const isOpen = row.closingAt === null && (row.state === 'active' || row.state === 'scheduled');
  return {
    revoke: isOpen && actor.can('grant.revoke', { projectId: row.projectId }),
    confirmTables:
      isOpen &&
      !row.isMine &&
      lost.some(({ isReplaced }) => isReplaced) &&
      actor.can('member.grant_access', { projectId: row.projectId }),
    giveBack: isOpen && row.isMine && row.personId === actor.personId,
    extend: isOpen && row.isMine && row.source === 'request' && row.projectId !== null,
    narrow:
      isOpen &&
      isAmendable &&
      (row.personId === actor.personId || actor.can('grant.revoke', { projectId: row.projectId })),
    prolong:
      isOpen &&
      isAmendable &&
      isAssigned &&
      !row.isMine &&
      actor.can('member.grant_access', { projectId: row.projectId }),
  };
}
