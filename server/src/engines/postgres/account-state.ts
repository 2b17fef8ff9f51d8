import type { Client } from 'pg';
import type { AccountState, DatabaseAccess, DatabasePrivilege, LiveSession, TableAccess } from '../engine.ts';
import { describeRoles, type Membership, memberQuery, membershipsOfMany, type Role } from './account-role.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { readSessions } from './closure.ts';
import { type DatabaseRight, databaseRights } from './database-connect.ts';
import { type HelperScope, helperRoleName } from './helper-role.ts';
import { type Difference, readDifferences, readDifferencesOf } from './privilege-difference.ts';
import { placeOf } from './privilege-statements.ts';

const absent: AccountState = {
  exists: false,
  canLogIn: false,
  sessions: [],
  rollingBack: 0,
  access: [],
  unexpected: [],
};

/** One account while it is looked at. */
interface Subject {
  readonly role: Role;
  readonly memberships: readonly Membership[];
  readonly rights: readonly DatabaseRight[];
  readonly sessions: readonly LiveSession[];
  readonly access: DatabaseAccess[];
  readonly unexpected: string[];
  /** Roles of which it is rightly a member. */
  readonly explained: Set<string>;
}

/** See `EngineAdmin.inspectAccount`. */
export async function inspectAccount(
  connections: AdminConnections,
  name: string,
  prefix: string,
): Promise<AccountState> {
  return (await inspectAccounts(connections, [name], prefix)).get(name) ?? absent;
}

/** See `ManyAccounts.inspect`. Everything comes from the server's catalogs, with as many queries for all as for one. */
export async function inspectAccounts(
  connections: AdminConnections,
  names: readonly string[],
  prefix: string,
): Promise<Map<string, AccountState>> {
  const { subjects, databases } = await connections.use(null, (client) => readOverview(client, names));
  for (const [database, roles] of databases) {
    const present = subjects.filter(({ role }) => roles.has(role.oid));
    await connections.use(database, (client) => inspectDatabase(client, database, prefix, present));
  }
  const states = new Map(names.map((name) => [name, absent]));
  for (const subject of subjects) states.set(subject.role.name, stateOf(subject, connections.tokenRole));
  return states;
}

function stateOf(subject: Subject, tokenRole: string | null): AccountState {
  const { role, memberships, explained, sessions, access, unexpected } = subject;
  const isByToken = tokenRole !== null && memberships.some((membership) => membership.name === tokenRole);
  const isExplained = ({ name }: Membership): boolean => explained.has(name) || (isByToken && name === tokenRole);
  const strange = memberships.filter((membership) => !isExplained(membership));
  return {
    exists: true,
    // Whatever `VALID UNTIL` says: it is about passwords, and there are other ways to sign in.
    canLogIn: role.canLogIn,
    sessions,
    // PostgreSQL ends a backend and its transaction together.
    rollingBack: 0,
    access,
    unexpected: [...unexpected, ...strange.map(({ name }) => `member of role ${name}`)],
  };
}

/** The accounts that are there, and by name the databases where the server knows of which of their roles. */
async function readOverview(
  client: Client,
  names: readonly string[],
): Promise<{ subjects: Subject[]; databases: Map<string, Set<number>> }> {
  const roles = await describeRoles(client, names);
  const oids = roles.map(({ oid }) => oid);
  const memberships = Map.groupBy(await membershipsOfMany(client, oids), ({ member }) => member);
  const rights = Map.groupBy(await databaseRights(client, oids), ({ role }) => role);
  const elsewhere = Map.groupBy(await readElsewhere(client, oids), ({ role }) => role);
  const sessions = await readSessions(client, oids);
  const subjects = roles.map((role): Subject => {
    const own = rights.get(role.oid) ?? [];
    const strange = own.filter(({ privilege, isGrantable }) => privilege !== 'CONNECT' || isGrantable);
    return {
      role,
      memberships: memberships.get(role.oid) ?? [],
      rights: own,
      sessions: sessions.get(role.oid) ?? [],
      access: [],
      unexpected: [
        ...(elsewhere.get(role.oid) ?? []).map(({ text }) => text),
        ...role.attributes.map((attribute) => `has the attribute ${attribute}`),
        ...strange.map(
          ({ privilege, database, isGrantable }) =>
            `${privilege} on database ${database}${isGrantable ? ' with grant option' : ''}`,
        ),
      ],
      explained: new Set(),
    };
  });
  return { subjects, databases: await readPlaces(client, subjects) };
}

/** Where privileges are held or things owned, by the account or a role that it is a member of; where it may connect. */
async function readPlaces(client: Client, subjects: readonly Subject[]): Promise<Map<string, Set<number>>> {
  const pairs = subjects.flatMap(({ role, memberships }) => [role, ...memberships].map(({ oid }) => [role.oid, oid]));
  const named = subjects.flatMap(({ role, rights }) => rights.map(({ database }) => [role.oid, database] as const));
  const rows = await rowsOf<{ name: string; roles: string[] }>(
    client,
    `select d.datname as name, array_agg(distinct p.role::text) as roles
     from (
       select pair.role, s.dbid from unnest($1::oid[], $2::oid[]) pair(role, holder)
         join (select distinct refobjid, dbid from pg_shdepend
               where refclassid = 'pg_authid'::regclass and refobjid = any($2::oid[]) and dbid <> 0) s
           on s.refobjid = pair.holder
       union
       select pair.role, d.oid from unnest($3::oid[], $4::text[]) pair(role, name) join pg_database d on d.datname = pair.name
     ) p join pg_database d on d.oid = p.dbid and d.datallowconn
     group by 1 order by 1`,
    [
      pairs.map(([role]) => role),
      pairs.map(([, holder]) => holder),
      named.map(([role]) => role),
      named.map(([, database]) => database),
    ],
  );
  return new Map(rows.map(({ name, roles }) => [name, new Set(roles.map(Number))]));
}

/** What belongs to no database. */
async function readElsewhere(client: Client, roles: readonly number[]): Promise<{ role: number; text: string }[]> {
  return rowsOf(
    client,
    `select refobjid as role, 'owns ' || pg_describe_object(classid, objid, objsubid) as text from pg_shdepend
     where refclassid = 'pg_authid'::regclass and refobjid = any($1::oid[]) and dbid = 0 and deptype = 'o'
     union all
     select refobjid, 'privileges on ' || pg_describe_object(classid, objid, objsubid) from pg_shdepend
     where refclassid = 'pg_authid'::regclass and refobjid = any($1::oid[]) and dbid = 0 and deptype = 'a'
       and classid <> 'pg_database'::regclass
     union all
     select r.oid, 'prepared transaction ' || x.gid || ' in ' || x.database
     from pg_prepared_xacts x join pg_roles r on r.rolname = x.owner where r.oid = any($1::oid[])
     union all
     select m.roleid, m.name || ' as a member' from (${memberQuery}) m`,
    [roles],
  );
}

async function inspectDatabase(
  client: Client,
  database: string,
  prefix: string,
  subjects: readonly Subject[],
): Promise<void> {
  const scopes = await scopesOf(client, database, prefix, subjects);
  const oids = subjects.map(({ role }) => role.oid);
  const held = Map.groupBy(await readDifferencesOf(client, oids, []), ({ role }) => role);
  const owned = Map.groupBy(await readOwned(client, oids), ({ role }) => role);
  const tables = new Map(oids.map((oid) => [oid, tablesOf(held.get(oid) ?? [])]));
  const strange = Map.groupBy(await unexplained(client, [...held.keys()], tables), ({ role }) => role);
  for (const { role, rights, access, unexpected } of subjects) {
    unexpected.push(...(owned.get(role.oid) ?? []).map(({ text }) => `owns ${text} in ${database}`));
    unexpected.push(...(strange.get(role.oid) ?? []).map((one) => strangePrivilege(one, database)));
    const whole = scopes.filter(({ members }) => members.has(role.oid)).map(({ scope }) => scope);
    const own = tables.get(role.oid) ?? [];
    const canConnect = rights.some((right) => right.database === database);
    if (whole.length === 0 && own.length === 0 && !canConnect) continue;
    access.push({
      database,
      whole: strongest(whole.filter(({ schema }) => schema === null).map(({ privilege }) => privilege)),
      schemas: whole.flatMap(({ schema, privilege }) => (schema === null ? [] : [{ schema, privilege }])),
      tables: own.map(({ schema, table, privilege }) => ({ schema, table, privilege })),
    });
  }
}

async function readOwned(client: Client, roles: readonly number[]): Promise<{ role: number; text: string }[]> {
  return rowsOf(
    client,
    `select refobjid as role, pg_describe_object(classid, objid, objsubid) as text from pg_shdepend
     where refclassid = 'pg_authid'::regclass and refobjid = any($1::oid[]) and deptype <> 'a'
       and dbid = (select oid from pg_database where datname = current_database())`,
    [roles],
  );
}

function strongest(privileges: readonly DatabasePrivilege[]): DatabasePrivilege | null {
  return privileges.includes('write') ? 'write' : (privileges[0] ?? null);
}

/** The whole scopes that memberships stand for here, with their members; a role that holds more than its scope is told. */
async function scopesOf(
  client: Client,
  database: string,
  prefix: string,
  subjects: readonly Subject[],
): Promise<{ scope: HelperScope; members: ReadonlySet<number> }[]> {
  const memberships = subjects.flatMap((subject) => subject.memberships.map((helper) => ({ subject, helper })));
  if (memberships.length === 0) return [];
  const byName = Map.groupBy(memberships, ({ helper }) => helper.name);
  const schemas = await rowsOf<{ name: string }>(client, 'select nspname as name from pg_namespace');
  const possible = [null, ...schemas.map(({ name }) => name)].flatMap((schema) =>
    (['read', 'write'] as const).map((privilege): HelperScope => ({ database, schema, privilege })),
  );
  const scopes: { scope: HelperScope; members: ReadonlySet<number> }[] = [];
  for (const scope of possible) {
    const members = byName.get(helperRoleName(prefix, scope)) ?? [];
    const [first] = members;
    if (first === undefined) continue;
    scopes.push({ scope, members: new Set(members.map(({ subject }) => subject.role.oid)) });
    const surplus = await surplusOfHelper(client, first.helper, scope);
    for (const { subject, helper } of members) {
      subject.explained.add(helper.name);
      subject.unexpected.push(...surplus);
    }
  }
  return scopes;
}

async function surplusOfHelper(client: Client, helper: Membership, scope: HelperScope): Promise<string[]> {
  const isWrite = scope.privilege === 'write';
  const differences = await readDifferences(client, helper.oid, { kind: 'all', schema: scope.schema, isWrite });
  const surplus = differences.filter(({ is }) => is !== 'missing');
  return surplus.map((one) => `${one.privilege} on ${placeOf(one, scope.database)} through role ${helper.name}`);
}

type HeldTable = TableAccess & { readonly oid: number };

/** `write` needs all of its privileges; less than that is `read` and the rest is told as unexpected. */
function tablesOf(held: readonly Difference[]): HeldTable[] {
  const privileges = new Map<number, { first: Difference; set: Set<string> }>();
  for (const one of held.filter(({ what }) => what === 'relation')) {
    const entry = privileges.get(one.oid);
    if (entry === undefined) privileges.set(one.oid, { first: one, set: new Set([one.privilege]) });
    else entry.set.add(one.privilege);
  }
  return [...privileges.values()].flatMap(({ first, set }): HeldTable[] => {
    if (!set.has('SELECT')) return [];
    const privilege = ['INSERT', 'UPDATE', 'DELETE'].every((one) => set.has(one)) ? 'write' : 'read';
    return [{ oid: first.oid, schema: first.schema ?? '', table: first.name, privilege }];
  });
}

/** What holding exactly these tables does not explain. */
async function unexplained(
  client: Client,
  roles: readonly number[],
  tables: ReadonlyMap<number, readonly HeldTable[]>,
): Promise<Difference[]> {
  if (roles.length === 0) return [];
  const targets = roles.flatMap((role) =>
    (tables.get(role) ?? []).map(({ oid, privilege }) => ({ role, oid, isWrite: privilege === 'write' })),
  );
  const differences = await readDifferencesOf(client, roles, targets);
  return differences.filter((one) => one.is !== 'missing' && !opensNothing(one));
}

function strangePrivilege(one: Difference, database: string): string {
  const option = one.is === 'option' ? ' with grant option' : '';
  return `${one.privilege} on ${placeOf(one, database)}${option}`;
}

/** The right to enter a schema shows no row; it stays behind when the tables granted in it are dropped. */
function opensNothing({ what, privilege, is }: Difference): boolean {
  return what === 'schema' && privilege === 'USAGE' && is === 'surplus';
}
