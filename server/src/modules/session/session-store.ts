import type { Tx } from '../../platform/store/tx.ts';
import type { SessionPlace, SessionRecord } from './session.ts';

export interface SessionStore {
  findPlace(databaseId: string): Promise<SessionPlace | null>;
  countLive(tx: Tx, personId: string): Promise<number>;
  insertOpening(tx: Tx, session: { personId: string; databaseId: string; serverId: string }): Promise<string>;
  /** From `opening` to `open`; false when it was ended meanwhile, and then its connection must be closed unused. */
  markOpen(
    tx: Tx,
    sessionId: string,
    connection: { accountId: string; accountName: string; backendId: string },
  ): Promise<boolean>;
  find(sessionId: string): Promise<SessionRecord | null>;
  /** False when it had ended before: the first reason stays. */
  markEnded(sessionId: string, reason: string): Promise<boolean>;
  touch(sessionId: string): Promise<void>;
  /** Why access to this database last ended for the person, in words; null when nothing ended in the last minute. */
  recentEnd(personId: string, databaseId: string): Promise<string | null>;
  /** Ends sessions of server processes that are gone, and their running statements become `unknown`. */
  /** Server processes that some session still believes in. */
  servers(): Promise<string[]>;
  endAbandoned(livingServerIds: readonly string[], reason: string): Promise<{ sessions: number; statements: string[] }>;
}
