import type { Client } from 'pg';
import { EngineError } from '../engine.ts';
import { describeRoles, holdRole } from './account-role.ts';
import type { AdminConnections } from './admin-connections.ts';
import { rollBackPrepared } from './closure.ts';

/** Longer than a change of ours takes. */
const rowWaitMs = 250;
const rounds = 8;
const lockTimeout = '55P03';

/**
 * Runs `work`, which changes the accounts' rows, in one transaction. An account may change its own row too (its password):
 * a transaction of its own that did, and is left open or prepared for later, would hold up everything that is done to the
 * account, its end first of all, and to others with it. Such transactions are ended.
 */
export async function changeAccounts<T>(
  connections: AdminConnections,
  names: readonly string[],
  work: (client: Client) => Promise<T>,
): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await connections.transaction(null, async (client) => {
        if (round < rounds) await client.query(`SET LOCAL lock_timeout = ${rowWaitMs}`);
        return await work(client);
      });
    } catch (error) {
      const isHeldUp = error instanceof EngineError && error.serverCode === lockTimeout;
      if (!isHeldUp || round === rounds) throw error;
      await endHolders(connections, names);
    }
  }
}

async function endHolders(connections: AdminConnections, names: readonly string[]): Promise<void> {
  const roles = await connections.transaction(null, async (client) => {
    const found = await describeRoles(client, names);
    for (const role of found) await holdRole(client, role);
    return found;
  });
  await connections.use(null, (client) =>
    client.query(
      `select pg_terminate_backend(a.pid) from pg_stat_activity a where a.usesysid = any($1::oid[]) and exists (
         select from pg_locks l where l.pid = a.pid and l.relation = 'pg_authid'::regclass and l.mode = 'RowExclusiveLock')`,
      [roles.map(({ oid }) => oid)],
    ),
  );
  await rollBackPrepared(
    connections,
    roles.map((role) => role.name),
    null,
  );
}
