import type { Client } from 'pg';
import type { AccountState, DatabaseAccess, DatabasePrivilege, TableAccess } from '../engine.ts';
import { findRole, membershipsOf, type Role } from './account-role.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { readSessions } from './closure.ts';
import { databaseRights } from './database-connect.ts';
import { type HelperScope, helperRoleName } from './helper-role.ts';
import { type Difference, noTargets, readDifferences } from './privilege-difference.ts';
import { placeOf } from './privilege-statements.ts';

const absent: AccountState = {
  exists: false,
  canLogIn: false,
  sessions: [],
  rollingBack: 0,
  access: [],
  unexpected: [],
};

interface Findings {
  readonly access: DatabaseAccess[];
  readonly unexpected: string[];
  readonly explained: Set<string>;
}

interface Membership {
  readonly oid: number;
  readonly name: string;
}

/** See `EngineAdmin.inspectAccount`. Everything comes from the server's catalogs. */
export async function inspectAccount(
  connections: AdminConnections,
  name: string,
  prefix: string,
): Promise<AccountState> {
  const overview = await connections.use(null, (client) => readOverview(client, name));
  if (overview === null) return absent;
  const { role, sessions, memberships, databases, rights, elsewhere } = overview;
  const findings: Findings = { access: [], unexpected: [...elsewhere], explained: new Set() };
  findings.unexpected.push(...role.attributes.map((attribute) => `has the attribute ${attribute}`));
  for (const right of rights) {
    if (right.privilege !== 'CONNECT' || right.isGrantable) {
      findings.unexpected.push(
        `${right.privilege} on database ${right.database}${right.isGrantable ? ' with grant option' : ''}`,
      );
    }
  }
  for (const database of databases) {
    await connections.use(database, (client) => inspectDatabase(client, database, role, prefix, memberships, findings));
  }
  const { tokenRole } = connections;
  // Who signs in by token is let in whatever `VALID UNTIL` says: it is about passwords.
  const isByToken = tokenRole !== null && memberships.some((membership) => membership.name === tokenRole);
  if (isByToken) findings.explained.add(tokenRole);
  for (const membership of memberships) {
    if (!findings.explained.has(membership.name)) findings.unexpected.push(`member of role ${membership.name}`);
  }
  return {
    exists: true,
    canLogIn: role.canLogIn && (isByToken || !role.isExpired),
    sessions,
    // PostgreSQL ends a backend and its transaction together.
    rollingBack: 0,
    access: findings.access,
    unexpected: findings.unexpected,
  };
}

async function readOverview(client: Client, name: string) {
  const role = await findRole(client, name);
  if (role === null) return null;
  const memberships = await membershipsOf(client, role.oid);
  const rights = await databaseRights(client, role.oid);
  const roles = [role.oid, ...memberships.map(({ oid }) => oid)];
  const databases = await rowsOf<{ name: string }>(
    client,
    `select d.datname as name from pg_database d
     where d.datallowconn and (d.datname::text = any($2::text[]) or d.oid in (
       select dbid from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = any($1::oid[]) and dbid <> 0))
     order by 1`,
    [roles, rights.map(({ database }) => database)],
  );
  const elsewhere = await rowsOf<{ text: string }>(
    client,
    `select 'owns ' || pg_describe_object(classid, objid, objsubid) as text from pg_shdepend
     where refclassid = 'pg_authid'::regclass and refobjid = $1 and dbid = 0 and deptype = 'o'
     union all
     select 'privileges on ' || pg_describe_object(classid, objid, objsubid) from pg_shdepend
     where refclassid = 'pg_authid'::regclass and refobjid = $1 and dbid = 0 and deptype = 'a'
       and classid <> 'pg_database'::regclass
     union all
     select 'prepared transaction ' || gid || ' in ' || database from pg_prepared_xacts where owner = $2::text`,
    [role.oid, name],
  );
  return {
    role,
    memberships,
    rights,
    databases: databases.map((database) => database.name),
    elsewhere: elsewhere.map(({ text }) => text),
    sessions: await readSessions(client, role.oid),
  };
}

async function inspectDatabase(
  client: Client,
  database: string,
  role: Role,
  prefix: string,
  memberships: readonly Membership[],
  findings: Findings,
): Promise<void> {
  const scopes = await scopesOf(client, database, prefix, memberships, findings);
  const held = await readDifferences(client, role.oid, noTargets);
  const tables = tablesOf(held);
  const owners = await rowsOf<{ text: string }>(
    client,
    `select pg_describe_object(classid, objid, objsubid) as text from pg_shdepend
     where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype <> 'a'
       and dbid = (select oid from pg_database where datname = current_database())`,
    [role.oid],
  );
  findings.unexpected.push(...owners.map(({ text }) => `owns ${text} in ${database}`));
  findings.unexpected.push(...(await unexplained(client, role, held, tables, database)));
  const rights = await databaseRights(client, role.oid);
  const canConnect = rights.some((right) => right.database === database);
  if (scopes.length === 0 && tables.length === 0 && !canConnect) return;
  findings.access.push({
    database,
    whole: strongest(scopes.filter(({ schema }) => schema === null).map(({ privilege }) => privilege)),
    schemas: scopes.flatMap(({ schema, privilege }) => (schema === null ? [] : [{ schema, privilege }])),
    tables: tables.map(({ schema, table, privilege }) => ({ schema, table, privilege })),
  });
}

function strongest(privileges: readonly DatabasePrivilege[]): DatabasePrivilege | null {
  return privileges.includes('write') ? 'write' : (privileges[0] ?? null);
}

/** The whole scopes that the account's memberships stand for here; a role that holds more than its scope is told. */
async function scopesOf(
  client: Client,
  database: string,
  prefix: string,
  memberships: readonly Membership[],
  findings: Findings,
): Promise<HelperScope[]> {
  const schemas = await rowsOf<{ name: string }>(client, 'select nspname as name from pg_namespace');
  const possible = [null, ...schemas.map(({ name }) => name)].flatMap((schema) =>
    (['read', 'write'] as const).map((privilege): HelperScope => ({ database, schema, privilege })),
  );
  const scopes: HelperScope[] = [];
  for (const scope of possible) {
    const helper = memberships.find(({ name }) => name === helperRoleName(prefix, scope));
    if (helper === undefined) continue;
    scopes.push(scope);
    findings.explained.add(helper.name);
    const isWrite = scope.privilege === 'write';
    const differences = await readDifferences(client, helper.oid, { kind: 'all', schema: scope.schema, isWrite });
    const surplus = differences.filter(({ is }) => is !== 'missing');
    findings.unexpected.push(
      ...surplus.map((one) => `${one.privilege} on ${placeOf(one, database)} through role ${helper.name}`),
    );
  }
  return scopes;
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
  role: Role,
  held: readonly Difference[],
  tables: readonly HeldTable[],
  database: string,
): Promise<string[]> {
  if (held.length === 0) return [];
  const targets = tables.map(({ oid, privilege }) => ({ oid, isWrite: privilege === 'write' }));
  const differences = await readDifferences(client, role.oid, { kind: 'tables', tables: targets });
  return differences
    .filter((one) => one.is !== 'missing' && !opensNothing(one))
    .map(({ is, ...one }) => {
      const option = is === 'option' ? ' with grant option' : '';
      return `${one.privilege} on ${placeOf({ is, ...one }, database)}${option}`;
    });
}

/** The right to enter a schema shows no row; it stays behind when the tables granted in it are dropped. */
function opensNothing({ what, privilege, is }: Difference): boolean {
  return what === 'schema' && privilege === 'USAGE' && is === 'surplus';
}
