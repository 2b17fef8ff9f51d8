import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Tx } from '../../platform/store/tx.ts';

/** Environments colour everything, so everybody hears of them. Ids only: who may not see reads nothing. */
export async function announceEnvironment(feed: ChangeFeed, tx: Tx, id: string): Promise<void> {
  await feed.publish(tx, {
    event: { topic: 'environment', id, projectId: null },
    audience: { personIds: [], projectId: null, isEverybody: true },
  });
}

/** There is no project to ask for who may list instances; the event carries an id and nothing else. */
export async function announceInstance(feed: ChangeFeed, tx: Tx, id: string): Promise<void> {
  await feed.publish(tx, {
    event: { topic: 'instance', id, projectId: null },
    audience: { personIds: [], projectId: null, isEverybody: true },
  });
}

/** To those who may view one of the projects: the present and the former. */
export async function announceDatabase(
  feed: ChangeFeed,
  tx: Tx,
  id: string | null,
  projectIds: readonly (string | null)[],
): Promise<void> {
  for (const projectId of new Set(projectIds)) {
    if (projectId === null) continue;
    await feed.publish(tx, {
      event: { topic: 'database', id, projectId },
      audience: { personIds: [], projectId },
    });
  }
}

export async function announceProject(feed: ChangeFeed, tx: Tx, id: string): Promise<void> {
  await feed.publish(tx, {
    event: { topic: 'project', id, projectId: id },
    audience: { personIds: [], projectId: id },
  });
}
