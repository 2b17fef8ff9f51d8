import type { Client } from 'pg';
import { type DatabaseAccess, EngineError, isSameRelation, type TableAccess } from '../engine.ts';
import { ensureGroupRole, membershipsOf, type Role } from './account-role.ts';
import { rowsOf } from './admin-connections.ts';
import { describeScope, type HelperScope, helperRoleName } from './helper-role.ts';
import { type Difference, readDifferences, systemSchemas, type Targets } from './privilege-difference.ts';
import { describeDifferences, placeOf, privilegeStatements } from './privilege-statements.ts';
import { isPossibleName, quoteName, quoteQualified } from './quote.ts';

export interface DatabaseChange {
  readonly actions: string[];
  readonly missing: string[];
  /** Names of the helper roles that the account is a member of because of this database. */
  readonly helpers: string[];
}

/**
 * Makes the account hold in the database of the connection exactly what `access` says (null: nothing). To be run in
 * one transaction, so that nobody sees it half done. Memberships are added here and taken away by the caller, who
 * knows all databases.
 */
export async function reconcileDatabase(
  client: Client,
  account: Role,
  prefix: string,
  access: DatabaseAccess,
): Promise<DatabaseChange> {
  const change: DatabaseChange = { actions: [], missing: [], helpers: [] };
  const tables = await resolveTables(client, access, change.missing);
  for (const scope of await resolveScopes(client, access, change.missing)) {
    await joinHelper(client, account, prefix, scope, change);
  }
  const targets: Targets = { kind: 'tables', tables };
  const differences = await readDifferences(client, account.oid, targets);
  refuseUngrantable(differences, access.database);
  for (const statement of privilegeStatements(differences, account.name)) await client.query(statement);
  change.actions.push(...describeDifferences(differences, access.database));
  if (differences.length > 0) await verify(client, account, targets, access.database);
  return change;
}

/** Removes everything that the account holds in the database of the connection. */
export async function clearDatabase(client: Client, account: Role, database: string): Promise<string[]> {
  const nothing: DatabaseAccess = { database, whole: null, schemas: [], tables: [] };
  return (await reconcileDatabase(client, account, '', nothing)).actions;
}

async function resolveTables(
  client: Client,
  access: DatabaseAccess,
  missing: string[],
): Promise<{ oid: number; isWrite: boolean }[]> {
  if (access.tables.length === 0) return [];
  const possible = access.tables.filter(({ schema, table }) => isPossibleName(schema) && isPossibleName(table));
  const rows = await rowsOf<{ schema: string; table: string; oid: number }>(
    client,
    `select w.schema, w.name as table, c.oid
     from unnest($1::text[], $2::text[]) w(schema, name)
       join pg_namespace n on n.nspname = w.schema and not ${systemSchemas}
       join pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
    [possible.map(({ schema }) => schema), possible.map(({ table }) => table)],
  );
  const oids = new Map(rows.map(({ schema, table, oid }) => [JSON.stringify([schema, table]), oid]));
  return access.tables.flatMap(({ schema, table, privilege, identity }: TableAccess) => {
    const oid = oids.get(JSON.stringify([schema, table]));
    const isMeant = identity === undefined || isSameRelation(String(oid), identity);
    if (oid !== undefined && isMeant) return [{ oid, isWrite: privilege === 'write' }];
    missing.push(`${access.database}.${schema}.${table}`);
    return [];
  });
}

async function resolveScopes(client: Client, access: DatabaseAccess, missing: string[]): Promise<HelperScope[]> {
  const { database, whole } = access;
  const scopes: HelperScope[] = whole === null ? [] : [{ database, schema: null, privilege: whole }];
  if (access.schemas.length === 0) return scopes;
  const rows = await rowsOf<{ name: string }>(
    client,
    `select n.nspname as name from pg_namespace n where n.nspname::text = any($1::text[]) and not ${systemSchemas}`,
    [access.schemas.map(({ schema }) => schema).filter(isPossibleName)],
  );
  const known = new Set(rows.map(({ name }) => name));
  for (const { schema, privilege } of access.schemas) {
    if (known.has(schema)) scopes.push({ database, schema, privilege });
    else missing.push(`${database}.${schema}`);
  }
  return scopes;
}

/** Brings the scope's role up to date, for all its members, and makes the account one of them. */
async function joinHelper(
  client: Client,
  account: Role,
  prefix: string,
  scope: HelperScope,
  change: DatabaseChange,
): Promise<void> {
  const name = helperRoleName(prefix, scope);
  const helper = await ensureGroupRole(client, name, `Tidegate: ${describeScope(scope)}`);
  const targets: Targets = { kind: 'all', schema: scope.schema, isWrite: scope.privilege === 'write' };
  const differences = await readDifferences(client, helper.oid, targets);
  const possible = differences.filter(({ is, canGrant }) => is !== 'missing' || canGrant);
  for (const statement of privilegeStatements(possible, name)) await client.query(statement);
  if (possible.length > 0) change.actions.push(`brought role ${name} up to date: ${countObjects(possible)} objects`);
  const left = differences.filter(({ is, canGrant, what }) => is === 'missing' && !canGrant && what === 'relation');
  change.missing.push(
    ...new Set(left.map((one) => `${placeOf(one, scope.database)} (not the connecting user's to grant)`)),
  );
  change.helpers.push(name);
  const memberships = await membershipsOf(client, account.oid);
  if (memberships.some((membership) => membership.name === name)) return;
  await client.query(`GRANT ${quoteName(name)} TO ${quoteName(account.name)}`);
  change.actions.push(`joined role ${name} (${describeScope(scope)})`);
}

function countObjects(differences: readonly Difference[]): number {
  return new Set(differences.map(({ what, oid }) => `${what} ${oid}`)).size;
}

function refuseUngrantable(differences: readonly Difference[], database: string): void {
  const refused = differences.find(({ is, canGrant }) => is === 'missing' && !canGrant);
  if (refused !== undefined) throw cannotGrant(refused, database);
}

/** `GRANT` only warns when it grants less than it was told; what is not there afterwards is an error here. */
async function verify(client: Client, account: Role, targets: Targets, database: string): Promise<void> {
  const left = await readDifferences(client, account.oid, targets);
  const notGranted = left.find(({ is }) => is === 'missing');
  if (notGranted !== undefined) throw cannotGrant(notGranted, database);
  const notRevoked = left.find(({ what }) => what !== 'other');
  if (notRevoked !== undefined) {
    throw new EngineError(
      'access_refused',
      `${notRevoked.privilege} on ${placeOf(notRevoked, database)} was granted by somebody else and cannot be revoked.`,
      { hint: 'Whoever granted it must revoke it; or end the account, which removes it.' },
    );
  }
}

function cannotGrant(difference: Difference, database: string): EngineError {
  const { what, schema, name, privilege } = difference;
  const isTable = what === 'relation';
  return new EngineError(
    'access_refused',
    `The connecting user may not grant ${privilege} on ${placeOf(difference, database)}.`,
    {
      hint: isTable
        ? `Make the connecting user a member of the owner, or: GRANT ${privilege} ON ${quoteQualified(schema ?? '', name)} TO <connecting user> WITH GRANT OPTION`
        : 'Make the connecting user a member of its owner.',
      relation: isTable ? { schema, name } : null,
    },
  );
}
