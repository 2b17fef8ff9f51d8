import type { AccountState } from '../engine.ts';
import { readAbilities } from './abilities.ts';
import { describeHeld, heldObjects } from './account-access.ts';
import type { AccountKeys } from './account-keys.ts';
import { type NamedAccounts, readHeld, readHosts, readOwnRecord, readRecord } from './account-record.ts';
import type { AdminConnections } from './admin-connections.ts';
import { withOwnConnection } from './own-connection.ts';
import { type Process, readSessions, readSessionsOfAll } from './processes.ts';
import type { DatabaseReading } from './quote.ts';
import { readNature } from './server-facts.ts';

interface Named extends Pick<NamedAccounts, 'otherHosts'> {
  readonly account: Omit<NonNullable<NamedAccounts['account']>, 'label'> | null;
}

/** What the server says about an account; over the account's own connection where the connecting user may not look. */
export async function inspectAccount(admin: AdminConnections, keys: AccountKeys, name: string): Promise<AccountState> {
  const { readsAccounts, seesSessions } = await readAbilities(admin);
  const { isMariaDb, reading } = await readNature(admin);
  let found: NamedAccounts = { account: null, otherHosts: [] };
  let sessions: readonly Process[] = [];
  if (readsAccounts) found = await readRecord(admin, name);
  if (seesSessions) sessions = await admin.use((connection) => readSessions(connection, name, true));
  if (!readsAccounts || (!seesSessions && found.account !== null)) {
    await withOwnConnection(admin, keys, name, async ({ connection, backendId, wasLocked }) => {
      if (!readsAccounts) {
        const account = await readOwnRecord(connection, name, isMariaDb);
        found = { account: { ...account, isLocked: wasLocked }, otherHosts: [] };
      }
      const own = await readSessions(connection, name, false);
      if (!seesSessions) sessions = own.filter((session) => session.backendId !== backendId);
      else sessions = sessions.filter((session) => session.backendId !== backendId);
    });
  }
  return stateOf(name, found, sessions, reading);
}

/**
 * See `ManyAccounts.inspect`: who has them and their sessions in one statement each, what each holds in two more. Null
 * where the connecting user may not look, and each has to be asked itself.
 */
export async function inspectAccounts(
  admin: AdminConnections,
  names: readonly string[],
): Promise<ReadonlyMap<string, AccountState> | null> {
  const { readsAccounts, seesSessions } = await readAbilities(admin);
  if (!readsAccounts || !seesSessions || names.length === 0) return null;
  const { reading } = await readNature(admin);
  return await admin.use(async (connection) => {
    const hosts = await readHosts(connection, names);
    const found = new Map<string, Named>();
    for (const name of names) {
      const own = hosts.get(name) ?? [];
      const account = own.includes('%') ? await readHeld(connection, name) : null;
      found.set(name, { account, otherHosts: own.filter((host) => host !== '%') });
    }
    // Read last: a session that came in meanwhile is seen.
    const sessions = await readSessionsOfAll(connection, true);
    return new Map([...found].map(([name, one]) => [name, stateOf(name, one, sessions.get(name) ?? [], reading)]));
  });
}

function stateOf(
  name: string,
  { account, otherHosts }: Named,
  processes: readonly Process[],
  reading: DatabaseReading,
): AccountState {
  const all = processes.filter(({ isAttempt }) => !isAttempt);
  const sessions = all.filter(({ state }) => state !== 'rolling back').map(({ isAttempt: _, ...session }) => session);
  const { access, unexpected } = describeHeld(heldObjects(account?.grants ?? [], reading));
  return {
    exists: account !== null || otherHosts.length > 0,
    canLogIn: account?.isLocked === false || otherHosts.length > 0,
    sessions,
    rollingBack: all.length - sessions.length,
    access,
    unexpected: [...unexpected, ...otherHosts.map((host) => `the account ${name}@${host} exists and takes its logins`)],
  };
}
