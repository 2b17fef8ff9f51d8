import type { Client } from 'pg';
import type { AccountContext } from './accounts.ts';
import { rowsOf } from './admin-connections.ts';
import { isHelperRoleName } from './helper-role.ts';
import { chunksOf, findRoles, type KnownRole } from './many-accounts.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { dropUnusedHelpers } from './removal.ts';

/** Each of them is locked, and stands in the access list of a table, until the transaction commits. */
const atOnce = 125;
const tableWaitMs = 250;

/**
 * See `ManyAccounts.dropAccounts`. An access list is a value in one row of a catalog: `DROP OWNED` would write it anew
 * for each account, one `REVOKE` of all of them writes it once. Who owns something is left to `dropAccount`.
 */
export async function dropAccounts(
  context: AccountContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const done = new Map<string, readonly string[]>();
  const helpers = new Set<string>();
  for (const some of chunksOf(names, atOnce)) {
    const gone = await dropSome(context, some, helpers).catch(() => new Map()); // One by one it will be said why.
    for (const [name, actions] of gone) done.set(name, actions);
  }
  if (helpers.size > 0) await dropUnusedHelpers(context, [...helpers]);
  return done;
}

async function dropSome(
  context: AccountContext,
  names: readonly string[],
  helpers: Set<string>,
): Promise<Map<string, string[]>> {
  const { connections, locks } = context;
  const { roles, places } = await connections.use(null, (client) => survey(client, names, helpers));
  const actions = new Map(names.map((name): [string, string[]] => [name, []]));
  for (const { database, members } of places) {
    await locks.run(`database ${database}`, () =>
      connections.transaction(database, (client) => revokeAll(client, roles)),
    );
    for (const name of members) actions.get(name)?.push(`revoked everything in ${database}`);
  }
  const left = await connections.transaction(null, (client) => dropFree(client, roles));
  for (const name of left) actions.delete(name);
  for (const [name, list] of actions) list.push(`dropped account ${name}`);
  return actions;
}

/** The accounts with the databases where the server knows of them, and the helper roles that they leave. */
async function survey(client: Client, names: readonly string[], helpers: Set<string>) {
  const roles = await findRoles(client, names);
  const oids = roles.map(({ oid }) => oid);
  const memberships = await rowsOf<{ name: string }>(
    client,
    'select distinct r.rolname as name from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = any($1::oid[])',
    [oids],
  );
  for (const { name } of memberships) if (isHelperRoleName(name)) helpers.add(name);
  const places = await rowsOf<{ database: string; members: string[] }>(
    client,
    `select d.datname as database, array_agg(distinct r.rolname::text) as members
     from pg_shdepend s join pg_database d on d.oid = s.dbid and d.datallowconn join pg_roles r on r.oid = s.refobjid
     where s.refclassid = 'pg_authid'::regclass and s.refobjid = any($1::oid[]) and s.deptype = 'a'
     group by 1 order by 1`,
    [oids],
  );
  return { roles, places };
}

interface Held {
  readonly keyword: 'TABLE' | 'SEQUENCE' | 'SCHEMA' | 'DATABASE';
  readonly schema: string | null;
  readonly name: string;
  readonly holders: readonly string[];
}

/** What names these roles in an access list of this database, or of the databases themselves. */
const heldByMany = `
  with mentions as (
    select s.classid, s.objid, s.refobjid from pg_shdepend s
    where s.refclassid = 'pg_authid'::regclass and s.refobjid = any($1::oid[]) and s.deptype = 'a'
      and s.dbid in (0, (select oid from pg_database where datname = current_database()))
  )
  select case when m.classid = 'pg_database'::regclass then 'DATABASE' when m.classid = 'pg_namespace'::regclass then 'SCHEMA'
           when c.relkind = 'S' then 'SEQUENCE' else 'TABLE' end as keyword,
         s.nspname as schema, coalesce(d.datname, n.nspname, c.relname) as name,
         array_agg(distinct r.rolname::text) as holders
  from mentions m join pg_roles r on r.oid = m.refobjid
    left join pg_class c on m.classid = 'pg_class'::regclass and c.oid = m.objid
    left join pg_namespace s on s.oid = c.relnamespace
    left join pg_namespace n on m.classid = 'pg_namespace'::regclass and n.oid = m.objid
    left join pg_database d on m.classid = 'pg_database'::regclass and d.oid = m.objid
  where coalesce(c.oid, n.oid, d.oid) is not null
  group by 1, 2, 3 order by 1, 2, 3`;

/**
 * What is of another kind, or was granted by somebody else, stays, and with it the account: it is not dropped here. From
 * PostgreSQL 18 on `REVOKE` waits for whoever has locked the table. It does not for long: `DROP OWNED`, the way of one
 * account alone, waits for nobody.
 */
async function revokeAll(client: Client, roles: readonly KnownRole[]): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${tableWaitMs}`);
  const held = await rowsOf<Held>(client, heldByMany, [roles.map(({ oid }) => oid)]);
  for (const { keyword, schema, name, holders } of held) {
    const object = schema === null ? quoteName(name) : quoteQualified(schema, name);
    await client.query(`REVOKE ALL ON ${keyword} ${object} FROM ${holders.map(quoteName).join(', ')} CASCADE`);
  }
}

/** Drops those that hold and own nothing any more and have no session; answers the others. */
async function dropFree(client: Client, roles: readonly KnownRole[]): Promise<ReadonlySet<string>> {
  const held = await rowsOf<Held>(client, heldByMany, [roles.map(({ oid }) => oid)]);
  for (const { keyword, name, holders } of held.filter((one) => one.keyword === 'DATABASE')) {
    await client.query(`REVOKE ALL ON ${keyword} ${quoteName(name)} FROM ${holders.map(quoteName).join(', ')} CASCADE`);
  }
  const busy = await rowsOf<{ oid: number }>(
    client,
    `select refobjid as oid from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = any($1::oid[])
       and classid <> 'pg_auth_members'::regclass
     union
     -- A login that was under way while it was blocked shows only now; dropping would leave it without an owner.
     select usesysid from pg_stat_activity where usesysid = any($1::oid[])`,
    [roles.map(({ oid }) => oid)],
  );
  const left = new Set(busy.map(({ oid }) => oid));
  const free = roles.filter(({ oid }) => !left.has(oid)).map(({ name }) => quoteName(name));
  if (free.length > 0) await client.query(`DROP ROLE IF EXISTS ${free.join(', ')}`);
  return new Set(roles.filter(({ oid }) => left.has(oid)).map(({ name }) => name));
}
