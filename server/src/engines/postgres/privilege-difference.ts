import type { Client } from 'pg';
import { rowsOf } from './admin-connections.ts';

/** The tables that a role is to hold, all in the database of the connection. */
export type Targets =
  | { readonly kind: 'tables'; readonly tables: readonly { readonly oid: number; readonly isWrite: boolean }[] }
  /** All of them, or all of one schema (null: of every schema but the system's). */
  | { readonly kind: 'all'; readonly schema: string | null; readonly isWrite: boolean };

export type HeldKind = 'relation' | 'column' | 'sequence' | 'schema' | 'other';

/** One privilege that is held and should not be, or the other way round. */
export interface Difference {
  readonly role: number;
  readonly what: HeldKind;
  readonly oid: number;
  readonly privilege: string;
  /** `missing`: to grant. `surplus`: to revoke. `option`: held rightly, but with the right to pass it on. */
  readonly is: 'missing' | 'surplus' | 'option';
  /** Null where the thing lies in no schema. */
  readonly schema: string | null;
  readonly name: string;
  readonly column: string | null;
  /** For `other`: what it is and how SQL calls it, quoted, e.g. `function` and `public.f(integer)`. */
  readonly otherType: string | null;
  readonly identity: string | null;
  /** For `missing`: whether the connecting user may grant it. */
  readonly canGrant: boolean;
}

export const systemSchemas = `(n.nspname ~ '^pg_' or n.nspname = 'information_schema')`;

const targetTables = `
  select t.role, c.oid, c.relkind, c.relnamespace, t.is_write
  from unnest($2::oid[], $3::oid[], $4::bool[]) t(role, oid, is_write) join pg_class c on c.oid = t.oid`;

const targetAll = `
  select r.role, c.oid, c.relkind, c.relnamespace, $2::bool as is_write
  from unnest($1::oid[]) r(role) cross join pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not ${systemSchemas} and ($3::text is null or n.nspname = $3)`;

/**
 * What `write` means: rows of tables and views, and the sequences behind their columns (`serial` and identity).
 * A materialized view can only be read.
 */
const wanted = `
  select role, 'relation' as what, oid, 0 as subid, 'SELECT' as privilege from targets
  union all
  select t.role, 'relation', t.oid, 0, p from targets t cross join unnest(array['INSERT', 'UPDATE', 'DELETE']) p
  where t.is_write and t.relkind <> 'm'
  union
  select t.role, 'sequence', s.oid, 0, 'USAGE'
  from targets t
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid
                    and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    join pg_class s on s.oid = d.objid and s.relkind = 'S'
  where t.is_write
  union
  select role, 'schema', relnamespace, 0, 'USAGE' from targets`;

/**
 * `aclexplode` unpacks a long access list anew for each of its rows; what `array` makes is unpacked already. It takes no
 * empty list.
 */
export const explode = (acl: string): string =>
  `aclexplode(case when cardinality(${acl}) > 0 then array(select unnest(${acl})) end)`;

/**
 * Found through the server's own list of who appears in which access list, not by reading every list; a list in which
 * many of the roles appear is read once.
 */
const held = `
  select a.grantee as role, case c.relkind when 'S' then 'sequence' else 'relation' end as what, c.oid, 0 as subid,
         a.privilege_type as privilege, a.is_grantable
  from objects o join pg_class c on o.classid = 'pg_class'::regclass and o.objsubid = 0 and c.oid = o.objid
    cross join lateral ${explode('c.relacl')} a join roles on roles.role = a.grantee
  union all
  select a.grantee, 'column', t.attrelid, t.attnum, a.privilege_type, a.is_grantable
  from objects o join pg_attribute t on o.classid = 'pg_class'::regclass and t.attrelid = o.objid and t.attnum = o.objsubid
    cross join lateral ${explode('t.attacl')} a join roles on roles.role = a.grantee
  where o.objsubid <> 0
  union all
  select a.grantee, 'schema', n.oid, 0, a.privilege_type, a.is_grantable
  from objects o join pg_namespace n on o.classid = 'pg_namespace'::regclass and n.oid = o.objid
    cross join lateral ${explode('n.nspacl')} a join roles on roles.role = a.grantee
  union all
  select m.refobjid, 'other', m.objid, m.classid::int, 'ALL', false
  from mentions m where m.classid not in ('pg_class'::regclass, 'pg_namespace'::regclass)`;

const comparison = (targets: string): string => `
with targets as (${targets}),
wanted as (${wanted}),
roles as (select unnest($1::oid[]) as role),
mentions as (
  select classid, objid, objsubid, refobjid from pg_shdepend
  where refclassid = 'pg_authid'::regclass and refobjid = any($1::oid[]) and deptype = 'a'
    and dbid = (select oid from pg_database where datname = current_database())
),
objects as (select distinct classid, objid, objsubid from mentions),
held as (${held}),
difference as (
  select distinct coalesce(w.role, h.role) as role, coalesce(w.what, h.what) as what, coalesce(w.oid, h.oid) as oid, coalesce(w.subid, h.subid) as subid,
         coalesce(w.privilege, h.privilege) as privilege,
         case when h.oid is null then 'missing' when w.oid is null then 'surplus' else 'option' end as is
  from wanted w full join held h
    on h.role = w.role and h.what = w.what and h.oid = w.oid and h.subid = w.subid and h.privilege = w.privilege
  where w.oid is null or h.oid is null or h.is_grantable
)
select d.role, d.what, d.oid, d.privilege, d.is, n.nspname as schema, coalesce(c.relname, n.nspname, i.identity) as name,
       t.attname as column, i.type as "otherType", i.identity,
       case d.what when 'schema' then pg_has_role(n.nspowner, 'USAGE') or has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION')
                   when 'sequence' then pg_has_role(c.relowner, 'USAGE') or has_sequence_privilege(c.oid, 'USAGE WITH GRANT OPTION')
                   when 'relation' then pg_has_role(c.relowner, 'USAGE') or has_table_privilege(c.oid, d.privilege || ' WITH GRANT OPTION')
                   else false end as "canGrant"
from difference d
  left join pg_class c on d.what in ('relation', 'sequence', 'column') and c.oid = d.oid
  left join pg_attribute t on d.what = 'column' and t.attrelid = d.oid and t.attnum = d.subid
  left join pg_namespace n on n.oid = case d.what when 'schema' then d.oid else c.relnamespace end
  left join lateral pg_identify_object(case d.what when 'other' then d.subid::oid end, d.oid, 0) i on true
-- Everybody's right to enter a schema that is not ours to grant is enough.
where not (d.what = 'schema' and d.is = 'missing' and not pg_has_role(n.nspowner, 'USAGE')
           and exists (select from aclexplode(n.nspacl) a where a.grantee = 0 and a.privilege_type = 'USAGE'))
order by d.what, n.nspname, c.relname, d.privilege`;

const compareTables = comparison(targetTables);
const compareAll = comparison(targetAll);

/**
 * What separates the role from holding exactly the targets in the database of the connection. Without any
 * target it is simply everything that the role holds there, as `surplus`.
 */
export async function readDifferences(client: Client, role: number, targets: Targets): Promise<Difference[]> {
  if (targets.kind === 'all') {
    return rowsOf<Difference>(client, compareAll, [[role], targets.isWrite, targets.schema]);
  }
  return await readDifferencesOf(
    client,
    [role],
    targets.tables.map((table) => ({ role, ...table })),
  );
}

/** The same of many roles at once, each against its own tables. */
export async function readDifferencesOf(
  client: Client,
  roles: readonly number[],
  tables: readonly { readonly role: number; readonly oid: number; readonly isWrite: boolean }[],
): Promise<Difference[]> {
  return rowsOf<Difference>(client, compareTables, [
    roles,
    tables.map(({ role }) => role),
    tables.map(({ oid }) => oid),
    tables.map(({ isWrite }) => isWrite),
  ]);
}
