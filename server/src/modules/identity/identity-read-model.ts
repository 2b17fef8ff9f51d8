import type { Role } from '@tidegate/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { isRole } from './actor.ts';
import type { PersonState } from './person-store.ts';

export interface Page {
  readonly search?: string | undefined;
  readonly page: number;
  readonly pageSize: number;
}
export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly state: PersonState;
  readonly isSample: boolean;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
  readonly roles: readonly Role[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}
export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly roles: readonly Role[];
  readonly members: readonly { readonly id: string; readonly name: string; readonly email: string }[];
}
export interface PrincipalRow {
  readonly kind: 'person' | 'group';
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}

/** What people typed, as a pattern in which nothing but themselves matches. */
const pattern = (search: string | undefined): string => `%${(search ?? '').replaceAll(/[\\%_]/g, '\\$&')}%`;

const personColumns = sql`
  p.id, p.name, p.email, p.state, p.is_sample as "isSample", p.created_at as "createdAt",
  p.last_seen_at as "lastSeenAt",
  coalesce((select array_agg(w.role order by w.role) from tidegate.workspace_role w
    where w.person_id = p.id), '{}') as roles,
  coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'name', g.name) order by g.name)
    from tidegate.group_member m join tidegate.person_group g on g.id = m.group_id
    where m.person_id = p.id), '[]') as groups`;

const groupColumns = sql`
  g.id, g.name, g.created_at as "createdAt",
  coalesce((select array_agg(w.role order by w.role) from tidegate.workspace_role w
    where w.group_id = g.id), '{}') as roles,
  coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'email', p.email) order by p.name)
    from tidegate.group_member m join tidegate.person p on p.id = m.person_id
    where m.group_id = g.id), '[]') as members`;

const knownRoles = <T extends { readonly roles: readonly string[] }>(row: T) => ({
  ...row,
  roles: row.roles.filter(isRole),
});

export async function listPeople(db: Db, query: Page & { readonly state?: PersonState | undefined }) {
  const like = pattern(query.search);
  const matching = sql`
    from tidegate.person p
    where (p.name ilike ${like} or p.email ilike ${like})
      and (${query.state ?? null}::text is null or p.state = ${query.state ?? null})`;
  return readPage<PersonRow>(db, query, personColumns, matching, sql`lower(p.name), p.id`);
}

export async function listGroups(db: Db, query: Page) {
  const matching = sql`from tidegate.person_group g where g.name ilike ${pattern(query.search)}`;
  return readPage<GroupRow>(db, query, groupColumns, matching, sql`lower(g.name), g.id`);
}

export async function findPersonRow(db: Db, personId: string): Promise<PersonRow | null> {
  const query = sql<PersonRow>`select ${personColumns} from tidegate.person p where p.id = ${personId}`;
  const row = (await query.execute(db)).rows[0];
  return row === undefined ? null : knownRoles(row);
}

export async function findGroupRow(db: Db, groupId: string): Promise<GroupRow | null> {
  const query = sql<GroupRow>`select ${groupColumns} from tidegate.person_group g where g.id = ${groupId}`;
  const row = (await query.execute(db)).rows[0];
  return row === undefined ? null : knownRoles(row);
}

const mostPrincipals = 50;

/** For pickers: those whose name or e-mail begins with the text come first. Nobody who is deactivated. */
export async function searchPrincipals(db: Db, search: string | undefined): Promise<PrincipalRow[]> {
  const like = pattern(search);
  const { rows } = await sql<PrincipalRow>`
    select kind, id, name, email from (
      select 'group' as kind, id, name, null as email from tidegate.person_group where name ilike ${like}
      union all
      select 'person', id, name, email from tidegate.person
      where state <> 'deactivated' and (name ilike ${like} or email ilike ${like})) found
    order by not (name ilike ${like.slice(1)} or coalesce(email, '') ilike ${like.slice(1)}), lower(name), id
    limit ${mostPrincipals}`.execute(db);
  return rows;
}

async function readPage<T extends { readonly roles: readonly string[] }>(
  db: Db,
  { page, pageSize }: Page,
  columns: RawBuilder<unknown>,
  matching: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
) {
  const counted = await sql<{ total: number }>`select count(*)::int as total ${matching}`.execute(db);
  const found = await sql<T>`
    select ${columns} ${matching} order by ${order} limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(db);
  return { items: found.rows.map(knownRoles), total: counted.rows[0]?.total ?? 0, page, pageSize };
}
