import type { Db, Tx } from '../../platform/store/tx.ts';
import type { SessionPlace, SessionRecord } from './session.ts';

export interface SessionStore {
  findPlace(databaseId: string): Promise<SessionPlace | null>;
  countLive(tx: Tx, personId: string): Promise<number>;
  insertOpening(tx: Tx, session: { id: string; personId: string; databaseId: string; serverId: string }): Promise<void>;
  /** Of one that is being opened, while its account is locked: what the server lists must be known to be ours. */
  noteConnection(
    sessionId: string,
    connection: { accountId: string; accountName: string; backendId: string },
  ): Promise<void>;
  /** From `opening` to `open`; false when it was ended meanwhile, and then its connection must be closed unused. */
  markOpen(tx: Tx, sessionId: string): Promise<boolean>;
  find(sessionId: string): Promise<SessionRecord | null>;
  /** False when it had ended before: the first reason stays. */
  markEnded(db: Db, sessionId: string, reason: string): Promise<boolean>;
  /** The sessions that a server process holds by the record; idle ones have not been used for `idleMinutes`. */
  listLive(serverId: string): Promise<{ id: string; isIdle: boolean }[]>;
  /** Whether other server processes hold sessions of the account by the record. */
  hasElsewhere(accountId: string, serverId: string): Promise<boolean>;
  /** Why access to this database last ended for the person, in words; null when nothing ended in the last minute. */
  recentEnd(personId: string, databaseId: string): Promise<string | null>;
}
