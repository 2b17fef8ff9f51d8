import type { ProjectRole, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { GrantState } from './grant-read-model.ts';

export interface MemberRow {
  readonly id: string;
  readonly kind: 'person' | 'group';
  readonly principalId: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: ProjectRole;
  readonly expiresAt: Date | null;
  readonly addedBy: { readonly id: string; readonly name: string } | null;
  readonly addedAt: Date;
  readonly grantId: string | null;
  readonly grantState: GrantState | null;
  readonly coversAll: boolean | null;
  readonly items: Extract<Scope, { kind: 'items' }>['items'];
  readonly privileges: ('read' | 'write' | 'export')[] | null;
  readonly isWorkspaceWide: boolean;
}

export interface MemberToAdd {
  readonly projectId: string;
  readonly role: ProjectRole;
  readonly principal: { readonly kind: 'person' | 'group'; readonly id: string };
  readonly expiresAt: Date | null;
  readonly addedBy: string;
}

export class MemberStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Members of the project and those who hold a project role in every project, people first by name. */
  async list(
    projectId: string,
    filter: { search?: string | undefined; memberIds?: readonly string[] },
    page: number,
    pageSize: number,
  ): Promise<{ rows: MemberRow[]; total: number }> {
    const search = filter.search?.trim() ?? '';
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    const { rows } = await sql<MemberRow & { total: number }>`
      with held as (
        select m.id, m.person_id, m.group_id, m.role, m.expires_at, m.added_by, m.added_at, false as everywhere
        from tidegate.project_member m where m.project_id = ${projectId}
          and (m.expires_at is null or m.expires_at > (select tidegate.now()))
        union all
        select w.id, w.person_id, w.group_id, w.role, null, w.added_by, w.added_at, true
        from tidegate.workspace_role w where w.role not like 'workspace%'
      )
      select held.id, case when held.person_id is null then 'group' else 'person' end as kind,
        coalesce(held.person_id, held.group_id) as "principalId", coalesce(person.name, person_group.name) as name,
        person.email, held.role, held.expires_at as "expiresAt", held.added_at as "addedAt",
        (select jsonb_build_object('id', id, 'name', name) from tidegate.person by where by.id = held.added_by) as "addedBy",
        g.id as "grantId", g.covers_all_databases as "coversAll", g.privileges,
        case when g.id is null then null when g.ended_at is not null then 'closed'
          when g.closing_at is not null or g.expires_at <= (select tidegate.now()) then 'closing'
          when g.starts_at > (select tidegate.now()) then 'scheduled' else 'active' end as "grantState",
        coalesce((select jsonb_agg(jsonb_build_object('databaseId', database_id, 'schema', schema_name, 'table', table_name))
          from tidegate.access_grant_item where grant_id = g.id), '[]') as items,
        held.everywhere as "isWorkspaceWide", count(*) over ()::int as total
      from held
      left join tidegate.person on person.id = held.person_id
      left join tidegate.person_group on person_group.id = held.group_id
      left join lateral (select * from tidegate.access_grant
        where (project_member_id = held.id or workspace_role_id = held.id) and amends_grant_id is null order by created_at desc limit 1) g on true
      where coalesce(person.state, 'active') <> 'deactivated'
        and (${search === ''} or person.name ilike ${pattern} or person.email ilike ${pattern} or person_group.name ilike ${pattern})
        and (${filter.memberIds === undefined} or held.id = any(${[...(filter.memberIds ?? [])]}::uuid[]))
      order by kind desc, lower(coalesce(person.name, person_group.name)), held.added_at, held.id
      limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(this.#db);
    return { rows, total: rows[0]?.total ?? 0 };
  }

  async find(projectId: string, memberId: string): Promise<MemberRow | null> {
    const { rows } = await this.list(projectId, { memberIds: [memberId] }, 1, 1);
    const row = rows[0];
    return row === undefined || row.isWorkspaceWide ? null : row;
  }

  /** People behind principals: themselves, or the members of a group. Unknown and inactive ones are left out. */
  async peopleOf(tx: Tx, principals: readonly { kind: 'person' | 'group'; id: string }[]): Promise<string[]> {
    const ids = (kind: 'person' | 'group') => principals.filter((one) => one.kind === kind).map((one) => one.id);
    const { rows } = await sql<{ id: string }>`
      select id from tidegate.person where id = any(${ids('person')}::uuid[])
      union select person_id from tidegate.group_member where group_id = any(${ids('group')}::uuid[])`.execute(tx);
    return rows.map((row) => row.id);
  }

  /** Names of the principals that can be members: active or invited people, and groups. */
  async knownPrincipals(
    tx: Tx,
    principals: readonly { kind: 'person' | 'group'; id: string }[],
  ): Promise<Map<string, string>> {
    const ids = principals.map((one) => one.id);
    const { rows } = await sql<{ id: string; name: string }>`
      select id, name from tidegate.person where id = any(${ids}::uuid[]) and state <> 'deactivated'
      union all select id, name from tidegate.person_group where id = any(${ids}::uuid[])`.execute(tx);
    return new Map(rows.map((row) => [row.id, row.name]));
  }

  async insert(tx: Tx, member: MemberToAdd): Promise<string> {
    const { id } = await tx
      .insertInto('project_member')
      .values({
        project_id: member.projectId,
        role: member.role,
        person_id: member.principal.kind === 'person' ? member.principal.id : null,
        group_id: member.principal.kind === 'group' ? member.principal.id : null,
        expires_at: member.expiresAt,
        added_by: member.addedBy,
        added_at: sql<Date>`tidegate.now()`,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** Of a role that carries no access. False where it is over, or would not last longer. */
  async moveEnd(tx: Tx, memberId: string, expiresAt: Date | null): Promise<boolean> {
    const { rows } = await sql`
      update tidegate.project_member set expires_at = ${expiresAt}::timestamptz
      where id = ${memberId} and expires_at > (select tidegate.now())
        and (${expiresAt}::timestamptz is null or ${expiresAt}::timestamptz > expires_at)
      returning id`.execute(tx);
    return rows.length === 1;
  }

  /** False when it was gone already. */
  async remove(tx: Tx, projectId: string, memberId: string): Promise<boolean> {
    const result = await tx
      .deleteFrom('project_member')
      .where('id', '=', memberId)
      .where('project_id', '=', projectId)
      .executeTakeFirst();
    return result.numDeletedRows === 1n;
  }

  /** Owners of the project besides this membership, the project's row locked so that two removals follow each other. */
  async countOtherOwners(tx: Tx, projectId: string, memberId: string): Promise<number> {
    await tx.selectFrom('project').where('id', '=', projectId).select('id').forUpdate().execute();
    const { rows } = await sql<{ owners: number }>`
      select count(*)::int as owners from tidegate.project_member m
      left join tidegate.person on person.id = m.person_id
      where m.project_id = ${projectId} and m.role = 'project_owner' and m.id <> ${memberId}
        and (m.expires_at is null or m.expires_at > (select tidegate.now()))
        and (person.state = 'active' or exists (
          select from tidegate.group_member gm join tidegate.person p on p.id = gm.person_id
          where gm.group_id = m.group_id and p.state = 'active'))`.execute(tx);
    return rows[0]?.owners ?? 0;
  }

  async projectState(tx: Tx, projectId: string): Promise<{ name: string; state: 'active' | 'archived' } | null> {
    const row = await tx.selectFrom('project').where('id', '=', projectId).select(['name', 'state']).executeTakeFirst();
    return row ?? null;
  }
}
