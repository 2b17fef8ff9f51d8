import { setTimeout as wait } from 'node:timers/promises';
import { type EndedSession, EngineError, type LiveSession } from '../engine.ts';
import { isTurnedAway } from '../turned-away.ts';
import { readAbilities } from './abilities.ts';
import type { AccountKeys } from './account-keys.ts';
import { isGone, readRecord } from './account-record.ts';
import { blockLogin } from './accounts.ts';
import type { AdminConnections } from './admin-connections.ts';
import { outnumber } from './outnumber.ts';
import { withOwnConnection } from './own-connection.ts';
import { type Asker, type Process, readSessions } from './processes.ts';
import { quoteAccount } from './quote.ts';

/** A killed session that the server still lists after this long is undoing its work. */
const rollingBackAfterMs = 500;

/**
 * Ends sessions and waits until the server no longer lists them. With `PROCESS` and the right to end others'
 * connections this is done directly, else over a connection of the account itself (see the decision record).
 */
export async function endSessions(
  admin: AdminConnections,
  keys: AccountKeys,
  name: string,
  database: string | null,
  timeoutMs: number,
): Promise<readonly EndedSession[]> {
  const abilities = await readAbilities(admin);
  // Kept when the work is done again on another connection: the record names every session that was seen.
  const ending = { name, database, timeoutMs, ended: new Map<string, EndedSession>() };
  if (abilities.seesSessions && abilities.endsSessions) {
    return admin.use((connection) => endOver(connection, { ...ending, ownId: null }));
  }
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await endAsItself(admin, keys, ending);
    } catch (error) {
      if (!isTurnedAway(error) || performance.now() > deadline) throw error;
      if ((await admin.nature()).isMariaDb) await endUnheard(admin, keys, ending);
    }
  }
}

async function endAsItself(
  admin: AdminConnections,
  keys: AccountKeys,
  ending: Omit<Ending, 'ownId'>,
): Promise<readonly EndedSession[]> {
  const { name } = ending;
  const ended = await withOwnConnection(admin, keys, name, async ({ connection, backendId, wasLocked }) => {
    if (wasLocked) return endOver(connection, { ...ending, ownId: backendId });
    // Locked meanwhile, so that nothing opens behind our back; put back as it was.
    await blockLogin(admin, name);
    try {
      return await endOver(connection, { ...ending, ownId: backendId });
    } finally {
      await admin.rows(`ALTER USER ${quoteAccount(name)} ACCOUNT UNLOCK`);
    }
  });
  return ended ?? [];
}

/** All of them, whatever their database. The record says when nobody could see which. */
async function endUnheard(admin: AdminConnections, keys: AccountKeys, { name, ended }: Omit<Ending, 'ownId'>) {
  const seen = await outnumber(admin, keys, name);
  for (const session of seen ?? []) if (!session.isAttempt) ended.set(session.backendId, described(session));
  if (seen !== null) ended.delete(unseen.backendId);
  else if (ended.size === 0) ended.set(unseen.backendId, unseen);
}

/** Who ends whoever looks was not seen; he is gone now. */
const unseen: EndedSession = {
  backendId: 'unseen',
  database: null,
  statement: null,
  state: 'unknown',
  durationMs: null,
};

interface Ending {
  readonly name: string;
  readonly database: string | null;
  readonly timeoutMs: number;
  readonly ended: Map<string, EndedSession>;
  /** The connection of the account itself over which the others are ended; null when they are ended directly. */
  readonly ownId: string | null;
}

async function endOver(asker: Asker, ending: Ending): Promise<readonly EndedSession[]> {
  const { ended } = ending;
  const startedAt = performance.now();
  /** Attempts to log in that may still succeed: a later one meets the block, and whoever tries on and on ends nothing. */
  let early: ReadonlySet<string> | null = null;
  for (let pauseMs = 2; ; pauseMs = Math.min(50, pauseMs * 2)) {
    const sessions = await readSessions(asker, ending.name, ending.ownId === null);
    early ??= new Set(sessions.filter(({ isAttempt }) => isAttempt).map(({ backendId }) => backendId));
    const counts = ({ isAttempt, backendId }: Process): boolean => !isAttempt || early?.has(backendId) === true;
    const left = sessions.filter(
      (session) => session.backendId !== ending.ownId && isIn(session, ending.database) && counts(session),
    );
    const elapsedMs = performance.now() - startedAt;
    for (const session of left) {
      // At least once whatever its state: MariaDB shows a cancelled statement as if its session were killed.
      if (ended.has(session.backendId) && session.state === 'rolling back') continue;
      if (!session.isAttempt && !ended.has(session.backendId)) ended.set(session.backendId, described(session));
      await kill(asker, session.backendId);
    }
    if (left.every(({ state }) => state === 'rolling back') && (left.length === 0 || elapsedMs > rollingBackAfterMs)) {
      for (const session of left) ended.set(session.backendId, { ...described(session), state: 'rolling back' });
      return [...ended.values()];
    }
    if (elapsedMs > ending.timeoutMs) {
      const ids = left.map(({ backendId }) => backendId).join(', ');
      throw new EngineError('sessions_remain', `Sessions of ${ending.name} did not end in time: ${ids}.`);
    }
    await wait(pauseMs);
  }
}

/** A session without a database lost its own (dropped): nobody can say that it is not meant. */
function isIn(session: LiveSession, database: string | null): boolean {
  if (database === null || session.database === null) return true;
  return session.database.toLowerCase() === database.toLowerCase();
}

function described({ backendId, database, statement, state, durationMs }: LiveSession): EndedSession {
  return { backendId, database, statement, state, durationMs };
}

async function kill(asker: Asker, backendId: string): Promise<void> {
  try {
    await asker.rows(`KILL ${Number(backendId)}`);
  } catch (error) {
    // 1094: it ended by itself.
    if (!(error instanceof EngineError && error.serverCode === '1094')) throw error;
  }
}

const dropTimeoutMs = 10_000;

/**
 * Blocks, ends what lives, and drops under every host. `DROP USER` leaves sessions alive, with the database that they had
 * entered: once more it is looked, afterwards or, with few rights, before, when the account holds nothing any more.
 */
export async function dropAccount(
  admin: AdminConnections,
  keys: AccountKeys,
  name: string,
): Promise<readonly string[]> {
  const actions: string[] = [];
  await blockLogin(admin, name);
  const { seesSessions, endsSessions } = await readAbilities(admin);
  const looksAfterwards = seesSessions && endsSessions;
  const ended = [...(await endSessions(admin, keys, name, null, dropTimeoutMs))];
  // Nobody looks over the connection of an account that is gone: who comes in after the last look must find nothing.
  if (!looksAfterwards && (await revokeAll(admin, name))) {
    ended.push(...(await endSessions(admin, keys, name, null, dropTimeoutMs)));
  }
  if (ended.length > 0) actions.push(`ended ${ended.length} sessions`);
  for (const host of await hostsOf(admin, name)) {
    try {
      await admin.rows(`DROP USER ${quoteAccount(name, host)}`);
      actions.push(`dropped account ${name}@${host}`);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  keys.forget(admin.target, name);
  if (looksAfterwards) await endSessions(admin, keys, name, null, dropTimeoutMs);
  return actions;
}

/** False when there is no such account. */
async function revokeAll(admin: AdminConnections, name: string): Promise<boolean> {
  try {
    await admin.rows(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${quoteAccount(name)}`);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function hostsOf(admin: AdminConnections, name: string): Promise<readonly string[]> {
  const { readsAccounts } = await readAbilities(admin);
  return readsAccounts ? ['%', ...(await readRecord(admin, name)).otherHosts] : ['%'];
}
