import type { Client } from 'pg';
import { type AccountChange, type AccountSpec, type DatabaseAccess, EngineError } from '../engine.ts';
import { ensureAccountRole, findRole, memberQuery, membershipsOf, type Role, shut } from './account-role.ts';
import { changeAccounts, whileRowIsHeld } from './account-row.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { connectStatements, disconnectStatements } from './database-connect.ts';
import { isHelperRoleName } from './helper-role.ts';
import type { KeyedLock } from './keyed-lock.ts';
import { quoteLiteral, quoteName } from './quote.ts';
import { clearDatabase, reconcileDatabase } from './reconcile-database.ts';
import { dropUnusedHelpers } from './removal.ts';
import { scramVerifier } from './scram.ts';

/** What the verbs on accounts share. Catalog changes to one database run one after the other. */
export interface AccountContext {
  readonly connections: AdminConnections;
  readonly locks: KeyedLock;
}

/** See `EngineAdmin.applyAccount`. Additions come before removals, database by database. */
export async function applyAccount(context: AccountContext, spec: AccountSpec): Promise<AccountChange> {
  const usesHelpers = spec.access.some(({ whole, schemas }) => whole !== null || schemas.length > 0);
  const apply = (): ReturnType<typeof applyNow> => applyNow(context, spec);
  // A role that two people share must not be dropped for one while it is being given to the other.
  const { actions, missing, leftHelpers } = await (usesHelpers ? context.locks.run('helpers', apply) : apply());
  if (leftHelpers.length > 0) actions.push(...(await dropUnusedHelpers(context, leftHelpers)));
  return { actions, missing };
}

async function applyNow(
  context: AccountContext,
  spec: AccountSpec,
): Promise<{ actions: string[]; missing: string[]; leftHelpers: string[] }> {
  const { connections } = context;
  const actions: string[] = [];
  const account = await changeAccounts(connections, [spec.name], (client) => {
    actions.length = 0;
    return ensureAccountRole(client, spec, actions);
  });
  const known = await databasesToVisit(connections, account.oid, spec.access);
  const missing = spec.access.map(({ database }) => database).filter((name) => !known.wanted.has(name));
  const helpers: string[] = [];
  for (const access of spec.access.filter(({ database }) => known.wanted.has(database))) {
    const change = await reconcile(context, account, spec.prefix, access);
    actions.push(...change.actions);
    missing.push(...change.missing);
    helpers.push(...change.helpers);
  }
  for (const database of known.others) {
    const cleared = await context.locks.run(`database ${database}`, () =>
      connections.transaction(database, (client) => clearDatabase(client, account, database)),
    );
    actions.push(...cleared);
  }
  const left = await leaveRest(connections, account, [...known.wanted], helpers);
  return { actions: [...actions, ...left.actions], missing, leftHelpers: left.helpers };
}

function reconcile(
  context: AccountContext,
  account: Role,
  prefix: string,
  access: DatabaseAccess,
): ReturnType<typeof reconcileDatabase> {
  const { database } = access;
  return context.locks.run(`database ${database}`, () =>
    context.connections.transaction(database, async (client) => {
      const change = await reconcileDatabase(client, account, prefix, access);
      for (const { statement, action } of await connectStatements(client, account, database)) {
        await client.query(statement);
        change.actions.push(action);
      }
      return change;
    }),
  );
}

/** The databases of the spec that exist, and the others in which the server knows of the account. */
async function databasesToVisit(
  connections: AdminConnections,
  account: number,
  access: readonly DatabaseAccess[],
): Promise<{ wanted: Set<string>; others: string[] }> {
  const rows = await connections.use(null, (client) =>
    rowsOf<{ name: string; isWanted: boolean }>(
      client,
      `select d.datname as name, d.datname::text = any($2::text[]) as "isWanted" from pg_database d
       where d.datallowconn and (d.datname::text = any($2::text[]) or d.oid in (
         select dbid from pg_shdepend
         where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype = 'a' and dbid <> 0))
       order by 1`,
      [account, access.map(({ database }) => database).filter((name) => !name.includes('\0'))],
    ),
  );
  const wanted = new Set(rows.filter(({ isWanted }) => isWanted).map(({ name }) => name));
  return { wanted, others: rows.filter(({ isWanted }) => !isWanted).map(({ name }) => name) };
}

/** Takes away memberships and rights on databases that nothing in the spec explains. */
async function leaveRest(
  connections: AdminConnections,
  account: Role,
  databases: readonly string[],
  helpers: readonly string[],
): Promise<{ actions: string[]; helpers: string[] }> {
  return connections.transaction(null, async (client) => {
    const memberships = await membershipsOf(client, account.oid);
    const explained = connections.tokenRole === null ? helpers : [...helpers, connections.tokenRole];
    const surplus = memberships.map(({ name }) => name).filter((name) => !explained.includes(name));
    for (const name of surplus) await client.query(`REVOKE ${quoteName(name)} FROM ${quoteName(account.name)}`);
    if (surplus.length > 0) await refuseStuckMembership(client, account, explained);
    const members = await dismissMembers(client, account);
    const rights = await disconnectStatements(client, account, databases);
    for (const { statement } of rights) await client.query(statement);
    return {
      helpers: surplus.filter(isHelperRoleName),
      actions: [...surplus.map((name) => `left role ${name}`), ...members, ...rights.map(({ action }) => action)],
    };
  });
}

async function dismissMembers(client: Client, account: Role): Promise<string[]> {
  const read = () => rowsOf<{ name: string }>(client, memberQuery, [[account.oid]]);
  const members = await read();
  for (const { name } of members) await client.query(`REVOKE ${quoteName(account.name)} FROM ${quoteName(name)}`);
  const [stuck] = members.length === 0 ? [] : await read();
  if (stuck === undefined) return members.map(({ name }) => `${name} is no member of it any more`);
  throw new EngineError('access_refused', `Somebody else made ${stuck.name} a member of the account.`, {
    hint: `REVOKE ${quoteName(account.name)} FROM ${quoteName(stuck.name)}; or end the account, which removes it.`,
  });
}

/** `REVOKE` only warns when somebody else made the account a member. */
async function refuseStuckMembership(client: Client, account: Role, explained: readonly string[]): Promise<void> {
  const rest = await membershipsOf(client, account.oid);
  const stuck = rest.find(({ name }) => !explained.includes(name));
  if (stuck === undefined) return;
  throw new EngineError('access_refused', `Somebody else made the account a member of ${stuck.name}.`, {
    hint: `REVOKE ${quoteName(stuck.name)} FROM ${quoteName(account.name)}; or end the account, which removes it.`,
  });
}

/** See `EngineAdmin.enableLogin`. */
export async function enableLogin(context: AccountContext, name: string, password: string): Promise<void> {
  const opening = await openingOf(context, name, password);
  await changeAccounts(context.connections, [name], async (client) => {
    await client.query(opening(await soonOf(client)));
  });
}

/** See `EngineAdmin.letIn`. */
export async function letIn(
  context: AccountContext,
  entrance: AdminConnections,
  name: string,
  password: string,
  login: () => Promise<void>,
): Promise<void> {
  const open = await openingOf(context, name, password);
  const change = { open: async (client: Client) => open(await soonOf(client)), shut: shutting(name) };
  const block = (): Promise<void> => blockLogin(context, name);
  await whileRowIsHeld(entrance, name, { ...change, block }, login);
}

/** A password that the account may have had from before goes: there must be no other way in. */
async function openingOf(context: AccountContext, name: string, password: string): Promise<(until: string) => string> {
  const { tokenRole } = context.connections;
  const account = quoteName(name);
  const token = tokenRole === null ? '' : `GRANT ${quoteName(tokenRole)} TO ${account}; `;
  const verifier = tokenRole === null ? quoteLiteral(await scramVerifier(password)) : 'NULL';
  return (until) => `${token}ALTER ROLE ${account} LOGIN PASSWORD ${verifier} VALID UNTIL ${quoteLiteral(until)}`;
}

/** Until when a login may begin, by the server's own clock. */
async function soonOf(client: Client): Promise<string> {
  const [row] = await rowsOf<{ soon: string }>(
    client,
    "select (clock_timestamp() + interval '1 minute')::text as soon",
  );
  return row?.soon ?? Promise.reject(new EngineError('internal', 'The server did not tell the time.'));
}

const shutting = (name: string): string => `ALTER ROLE ${quoteName(name)} ${shut}`;

/** See `EngineAdmin.blockLogin`. */
export async function blockLogin(context: AccountContext, name: string): Promise<void> {
  await changeAccounts(context.connections, [name], async (client) => {
    if ((await findRole(client, name)) === null) return;
    await client.query(shutting(name));
  });
}

/** See `EngineAdmin.listAccounts`. */
export async function listAccounts(context: AccountContext, prefix: string): Promise<readonly string[]> {
  const rows = await context.connections.use(null, (client) =>
    rowsOf<{ name: string }>(
      client,
      'select rolname as name from pg_roles where starts_with(rolname::text, $1) order by rolname',
      [prefix],
    ),
  );
  return rows.map(({ name }) => name);
}
