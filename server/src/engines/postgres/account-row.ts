import type { Client } from 'pg';
import { EngineError } from '../engine.ts';
import { describeRoles, findRole, holdRole } from './account-role.ts';
import { type AdminConnections, isPassing } from './admin-connections.ts';
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

interface HeldChange {
  /** Makes the statement that opens. */
  open(client: Client): Promise<string>;
  /** Shuts again. */
  readonly shut: string;
  /** The same in a transaction of its own, whoever holds the row. */
  block(): Promise<void>;
}

/**
 * `during`, which must not reject, runs while the account's row is as `open` has left it, held by the change that shuts it
 * again and that nobody sees yet: a change by the account itself waits for that, and then fails. It is shut when this
 * resolves.
 *
 * Only between two statements of one message can the account change its row. Where it did, a login begun since may have
 * succeeded: refuses with `auth_failed` before `during` runs, or makes the login fail that `during` is about.
 */
export async function whileRowIsHeld(
  connections: AdminConnections,
  name: string,
  change: HeldChange,
  during: () => Promise<void>,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const isShut = await holdRow(connections, change, during).catch((error: unknown) => error);
    if (isShut === true) return;
    const role = await connections.use(null, (client) => findRole(client, name));
    await change.block();
    if (isShut === false) return;
    if (role?.canLogIn === true) throw changedMeanwhile(name, isShut);
    const isHeldUp = isShut instanceof EngineError && (isShut.serverCode === lockTimeout || isPassing(isShut));
    if (!isHeldUp || round === rounds) throw isShut;
  }
}

/** Answers whether it was shut for sure; rejects before `during` has begun, and only then. */
async function holdRow(
  connections: AdminConnections,
  change: HeldChange,
  during: () => Promise<void>,
): Promise<boolean> {
  const begin = `begin; set local lock_timeout = ${rowWaitMs}`;
  return await connections.use(null, async (client) => {
    try {
      await client.query(`${begin}; ${await change.open(client)}; commit; ${begin}; ${change.shut}`);
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
    await during();
    return await client.query('commit').then(
      () => true,
      () => false,
    );
  });
}

function changedMeanwhile(name: string, cause: unknown): EngineError {
  return new EngineError('auth_failed', `${name} was changed at the database server while it was let in.`, { cause });
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
