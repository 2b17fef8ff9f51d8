import type { AccountState, LiveSession } from '../engine.ts';
import { readAbilities } from './abilities.ts';
import { describeHeld, heldObjects } from './account-access.ts';
import type { AccountKeys } from './account-keys.ts';
import { type NamedAccounts, readOwnRecord, readRecord } from './account-record.ts';
import type { AdminConnections } from './admin-connections.ts';
import { withOwnConnection } from './own-connection.ts';
import { readSessions } from './processes.ts';
import type { DatabaseReading } from './quote.ts';
import { readNature } from './server-facts.ts';

/** What the server says about an account; over the account's own connection where the connecting user may not look. */
export async function inspectAccount(admin: AdminConnections, keys: AccountKeys, name: string): Promise<AccountState> {
  const { readsAccounts, seesSessions } = await readAbilities(admin);
  const { isMariaDb, reading } = await readNature(admin);
  let found: NamedAccounts = { account: null, otherHosts: [] };
  let sessions: readonly LiveSession[] = [];
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

function stateOf(
  name: string,
  { account, otherHosts }: NamedAccounts,
  all: readonly LiveSession[],
  reading: DatabaseReading,
): AccountState {
  const sessions = all.filter(({ state }) => state !== 'rolling back');
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
