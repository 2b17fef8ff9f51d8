import type { Client } from 'pg';
import { EngineError } from '../engine.ts';
import { ensureGroupRole, findRole, holdRole, membershipsOf, type Role } from './account-role.ts';
import { changeAccounts } from './account-row.ts';
import type { AccountContext } from './accounts.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { endSessions } from './closure.ts';
import { toEngineError } from './errors.ts';
import { isHelperRoleName } from './helper-role.ts';
import { quoteName } from './quote.ts';

const sessionsTimeoutMs = 5_000;

/** See `EngineAdmin.dropAccount`. Ends what sessions are left; a helper role that others use stays. */
export async function dropAccount(context: AccountContext, name: string): Promise<readonly string[]> {
  if (isHelperRoleName(name)) return dropUnusedHelpers(context, [name]);
  const { connections } = context;
  const account = await changeAccounts(connections, [name], async (client) => {
    const role = await findRole(client, name);
    if (role === null) return null;
    await client.query(`ALTER ROLE ${quoteName(name)} NOLOGIN PASSWORD NULL`);
    await holdRole(client, role);
    const memberships = await membershipsOf(client, role.oid);
    return { role, helpers: memberships.map((membership) => membership.name).filter(isHelperRoleName) };
  });
  if (account === null) return [];
  const ended = await endSessions(connections, name, null, sessionsTimeoutMs);
  const actions = ended.map(({ backendId }) => `ended session ${backendId}`);
  actions.push(...(await removeRole(context, account.role)));
  if (account.helpers.length > 0) actions.push(...(await dropUnusedHelpers(context, account.helpers)));
  return actions;
}

/** Drops those of the helper roles that nobody but the connecting user is a member of any more. */
export async function dropUnusedHelpers(context: AccountContext, names: readonly string[]): Promise<string[]> {
  return context.locks.run('helpers', async () => {
    const unused = await context.connections.use(null, (client) =>
      rowsOf<{ name: string }>(
        client,
        `select r.rolname as name from pg_roles r
         where r.rolname::text = any($1::text[]) and not r.rolcanlogin and not exists (
           select from pg_auth_members m join pg_roles u on u.oid = m.member
           where m.roleid = r.oid and u.rolname <> current_user)`,
        [names],
      ),
    );
    const actions: string[] = [];
    for (const { name } of unused) {
      try {
        actions.push(...(await dropHelper(context, name)));
      } catch (error) {
        // Nobody is a member, so nobody gains from it; it stays listed, and is tried again with the next account.
        actions.push(`could not drop role ${name}: ${toEngineError(error).message}`);
      }
    }
    return actions;
  });
}

async function dropHelper(context: AccountContext, name: string): Promise<string[]> {
  const role = await context.connections.transaction(null, async (client) => {
    const found = await findRole(client, name);
    if (found !== null) await holdRole(client, found);
    return found;
  });
  return role === null ? [] : removeRole(context, role);
}

/** Frees every database of the role, then drops it. */
async function removeRole(context: AccountContext, role: Role): Promise<string[]> {
  const { connections, locks } = context;
  const actions: string[] = [];
  for (const { database, owned } of await databasesWith(connections, role)) {
    const freed = await locks.run(`database ${database}`, () =>
      connections.transaction(database, (client) => freeDatabase(client, role, database, owned)),
    );
    actions.push(...freed);
  }
  await connections.transaction(null, async (client) => {
    // A login that was under way while it was blocked shows only now; dropping would leave it without an owner.
    const [late] = await rowsOf(client, 'select pid from pg_stat_activity where usesysid = $1 limit 1', [role.oid]);
    if (late !== undefined)
      throw new EngineError('sessions_remain', `A session of ${role.name} came in while it was closed.`);
    await client.query(`DROP ROLE IF EXISTS ${quoteName(role.name)}`);
  });
  actions.push(`dropped ${isHelperRoleName(role.name) ? 'role' : 'account'} ${role.name}`);
  return actions;
}

/** Every database in which the role owns something or is named in an access list, and the maintenance database for what lies in none. */
async function databasesWith(
  connections: AdminConnections,
  role: Role,
): Promise<{ database: string; owned: number }[]> {
  return connections.use(null, (client) =>
    rowsOf<{ database: string; owned: number }>(
      client,
      `select d.datname as database, (count(*) filter (where s.deptype = 'o'))::int as owned
       from pg_shdepend s
         join pg_database d on d.datallowconn
           and d.oid = case s.dbid when 0 then (select oid from pg_database where datname = current_database()) else s.dbid end
       where s.refclassid = 'pg_authid'::regclass and s.refobjid = $1
       group by 1 order by 1`,
      [role.oid],
    ),
  );
}

async function freeDatabase(client: Client, role: Role, database: string, owned: number): Promise<string[]> {
  const actions: string[] = [];
  if (owned > 0) actions.push(await disown(client, role, database, owned));
  await client.query(`DROP OWNED BY ${quoteName(role.name)}`);
  actions.push(`revoked everything in ${database}`);
  return actions;
}

/**
 * What a person left behind goes to a role that holds nothing. Never to the connecting user: a view or a
 * `SECURITY DEFINER` function would then run with his rights. Where that is not possible it is removed.
 */
async function disown(client: Client, role: Role, database: string, owned: number): Promise<string> {
  const keeper = await ensureKeeper(client);
  await client.query('SAVEPOINT disown');
  try {
    await client.query(`REASSIGN OWNED BY ${quoteName(role.name)} TO ${quoteName(keeper.name)}`);
    return `reassigned ${owned} objects in ${database} to ${keeper.name}`;
  } catch {
    // For example a function in a schema where the keeper may create nothing: DROP OWNED, which follows, removes it.
    await client.query('ROLLBACK TO SAVEPOINT disown');
    return `removed ${owned} objects in ${database}`;
  }
}

async function ensureKeeper(client: Client): Promise<Role> {
  const [row] = await rowsOf<{ name: string }>(
    client,
    `select 'tidegate_left_behind_' || oid as name from pg_roles where rolname = current_user`,
  );
  return ensureGroupRole(
    client,
    row?.name ?? '',
    'Tidegate: owns what closed accounts left behind; holds no privileges',
  );
}
