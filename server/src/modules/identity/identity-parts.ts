import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from './access-guard.ts';
import type { ActorLoader } from './actor-loader.ts';
import type { WorkspaceRoleAccess } from './workspace-role-access.ts';

/** What the services of this module work with. */
export interface IdentityParts {
  readonly db: Db;
  readonly actors: ActorLoader;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly guard: AccessGuard;
  readonly roleAccess: WorkspaceRoleAccess;
}

/** Tells these people's open pages that what they may do, or their sign-in, has changed. */
export async function announceMe(feed: ChangeFeed, tx: Tx, personIds: readonly string[]): Promise<void> {
  if (personIds.length === 0) return;
  await feed.publish(tx, {
    event: { topic: 'me', id: null, projectId: null },
    audience: { personIds: [...personIds], projectId: null },
  });
}

/** Tells all pages that people or groups have changed; ids only. */
export async function announcePeople(feed: ChangeFeed, tx: Tx, id: string): Promise<void> {
  await feed.publish(tx, {
    event: { topic: 'person', id, projectId: null },
    audience: { personIds: [], projectId: null, isEverybody: true },
  });
}
