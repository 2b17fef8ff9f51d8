import { EngineError, type InstanceTarget } from '../engine.ts';
import { accountOf, connectingUser, type SignIn } from '../sign-in.ts';
import type { AccountKeys } from './account-keys.ts';
import { connect } from './connection.ts';

/** Whose statement, on which connection. */
export interface Running {
  readonly account: string;
  /** As the session was opened; a newer one that this process knows is tried first. */
  readonly password: string;
  readonly backendId: string;
}

/**
 * Stops the statement (`KILL QUERY`) or the whole connection (`KILL`) over a second connection of the same account,
 * which may always end its own. Where that login fails (a new password, a lock), the connecting user tries; he
 * succeeds with the right to end others' connections.
 */
export async function interrupt(
  target: InstanceTarget,
  keys: AccountKeys,
  running: Running,
  what: 'QUERY' | 'CONNECTION',
): Promise<void> {
  const { account, backendId } = running;
  const password = keys.find(target, account) ?? running.password;
  try {
    await kill(target, accountOf(target, account, password), backendId, what);
  } catch (cause) {
    try {
      await kill(target, connectingUser(target), backendId, what);
    } catch {
      // The first refusal says more: the second user needs a right that he may do without.
      throw cause;
    }
  }
}

async function kill(
  target: InstanceTarget,
  signIn: SignIn,
  backendId: string,
  what: 'QUERY' | 'CONNECTION',
): Promise<void> {
  const connection = await connect(target, { ...signIn, database: null, programName: 'Tidegate: cancel' });
  try {
    await connection.rows(`KILL ${what} ${Number(backendId)}`);
  } catch (error) {
    // 1094: it is over already.
    if (!(error instanceof EngineError && error.serverCode === '1094')) throw error;
  } finally {
    await connection.close();
  }
}
