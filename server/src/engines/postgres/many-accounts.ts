import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { EndedSession } from '../engine.ts';
import { shut } from './account-role.ts';
import { changeAccounts } from './account-row.ts';
import type { AccountContext } from './accounts.ts';
import { rowsOf } from './admin-connections.ts';
import { type Backend, backendColumns, rollBackPrepared, toSession } from './closure.ts';
import { quoteName } from './quote.ts';

/** In one transaction: each locks a row of a catalog that everybody who logs in reads. */
const atOnce = 250;
const longestPollMs = 50;

export interface KnownRole {
  readonly oid: number;
  readonly name: string;
  readonly isOurs: boolean;
}

export async function findRoles(client: Client, names: readonly string[]): Promise<KnownRole[]> {
  return rowsOf<KnownRole>(
    client,
    `select oid, rolname as name, pg_has_role(oid, 'USAGE') as "isOurs" from pg_roles where rolname = any($1::text[])`,
    [names],
  );
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** By account and backend. */
type Ended = ReadonlyMap<string, Map<number, EndedSession>>;

/**
 * See `ManyAccounts.shut`. What runs is told to end at once: accounts are shut already, unless somebody has changed them,
 * so that nearly nobody comes back before they are blocked.
 */
export async function shutMany(
  context: AccountContext,
  names: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, readonly EndedSession[]>> {
  const ended: Ended = new Map(names.map((name) => [name, new Map()]));
  const told = context.connections
    .use(null, async (client) => {
      await tellToEnd(client, await findRoles(client, names), ended);
    })
    .catch(() => undefined); // Not a member of a role yet, which blocking makes sure of: they are told again.
  const blocked = await blockLogins(context, names);
  await told;
  return await endSessionsOf(context, [...blocked], ended, timeoutMs);
}

/** Those that are blocked. Also makes sure that the connecting user may end their sessions. */
async function blockLogins(context: AccountContext, names: readonly string[]): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  for (const some of chunksOf(names, atOnce)) {
    const isDone = await changeAccounts(context.connections, some, async (client) => {
      const roles = await findRoles(client, some);
      if (roles.length === 0) return true;
      await holdRoles(client, roles);
      await client.query(roles.map(({ name }) => `ALTER ROLE ${quoteName(name)} ${shut}`).join('; '));
      return true;
    }).catch(() => false); // One by one it will be said what is wrong.
    if (isDone) for (const name of some) done.add(name);
  }
  return done;
}

async function holdRoles(client: Client, roles: readonly KnownRole[]): Promise<void> {
  const others = roles.filter(({ isOurs }) => !isOurs).map(({ name }) => quoteName(name));
  if (others.length > 0) await client.query(`GRANT ${others.join(', ')} TO CURRENT_USER`);
}

async function endSessionsOf(
  { connections }: AccountContext,
  names: readonly string[],
  ended: Ended,
  timeoutMs: number,
): Promise<ReadonlyMap<string, readonly EndedSession[]>> {
  const left = await connections.use(null, async (client) => {
    const roles = await findRoles(client, names);
    await holdRoles(client, roles);
    return await untilEnded(client, roles, ended, timeoutMs);
  });
  const prepared = await connections.use(null, (client) =>
    rowsOf<{ owner: string }>(
      client,
      'select distinct owner::text from pg_prepared_xacts where owner = any($1::text[])',
      [names],
    ),
  );
  for (const { owner } of prepared) await rollBackPrepared(connections, [owner], null);
  return new Map(
    names.flatMap((name) => (left.has(name) ? [] : [[name, [...(ended.get(name) ?? new Map()).values()]] as const])),
  );
}

/** Tells all of them to end until none is listed; answers the accounts that still have one when the time is up. */
async function untilEnded(
  client: Client,
  roles: readonly KnownRole[],
  ended: Ended,
  timeoutMs: number,
): Promise<ReadonlySet<string>> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(longestPollMs, pauseMs * 2)) {
    const left = await tellToEnd(client, roles, ended);
    if (left.size === 0 || performance.now() >= deadline) return left;
    await pause(pauseMs);
  }
}

/** Answers the accounts that had a session, and adds what was not seen before to `ended`. */
async function tellToEnd(client: Client, roles: readonly KnownRole[], ended: Ended): Promise<ReadonlySet<string>> {
  const byOid = new Map(roles.map(({ oid, name }) => [oid, name]));
  const rows = await rowsOf<Backend & { role: number; leader: number | null; told: boolean }>(
    client,
    `select ${backendColumns}, a.usesysid as role, a.leader_pid as leader, pg_terminate_backend(a.pid) as told
     from pg_stat_activity a where a.usesysid = any($1::oid[])`,
    [[...byOid.keys()]],
  );
  for (const row of rows.filter(({ leader }) => leader === null)) {
    const some = ended.get(byOid.get(row.role) ?? '');
    if (some?.has(row.pid) === false) some.set(row.pid, toSession(row));
  }
  return new Set(rows.map(({ role }) => byOid.get(role) ?? ''));
}
