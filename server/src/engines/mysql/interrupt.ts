import { EngineError, type InstanceTarget } from '../engine.ts';
import type { AccountKeys } from './account-keys.ts';
import { AdminConnections } from './admin-connections.ts';
import { withOwnConnection } from './own-connection.ts';
import type { Asker } from './processes.ts';

/** Whose statement, on which connection. */
export interface Running {
  readonly account: string;
  readonly backendId: string;
}

/**
 * Stops the statement (`KILL QUERY`) or the whole connection (`KILL`): as the connecting user, where he may end others'
 * connections, else over a second connection of the account itself, which may always end its own.
 */
export async function interrupt(
  target: InstanceTarget,
  keys: AccountKeys,
  { account, backendId }: Running,
  what: 'QUERY' | 'CONNECTION',
): Promise<void> {
  const admin = new AdminConnections(target);
  try {
    await kill(admin, backendId, what);
  } catch (refused) {
    if (!(refused instanceof EngineError) || refused.serverCode !== mayNotKill) throw refused;
    await keys.alone(target, account, () =>
      withOwnConnection(admin, keys, account, ({ connection }) => kill(connection, backendId, what)),
    );
  } finally {
    await admin.close();
  }
}

const mayNotKill = '1095';

async function kill(asker: Asker, backendId: string, what: 'QUERY' | 'CONNECTION'): Promise<void> {
  try {
    await asker.rows(`KILL ${what} ${Number(backendId)}`);
  } catch (error) {
    // 1094: it is over already.
    if (!(error instanceof EngineError && error.serverCode === '1094')) throw error;
  }
}
