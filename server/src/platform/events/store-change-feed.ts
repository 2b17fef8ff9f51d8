import { type Kysely, sql } from 'kysely';
import type { Log } from '../log/log.ts';
import type { StoreSchema } from '../store/store-schema.ts';
import type { Change, ChangeAudience, ChangeFeed } from './change-feed.ts';

/** What the feed needs of the store: to hear what any server process notifies. */
export interface StoreListener {
  listen(channel: string, handler: (payload: string) => void): Promise<unknown>;
}

const channel = 'tidegate_change';
/** A notification holds less than 8000 bytes; an id in JSON takes 39. */
const personsPerNotification = 150;

/** Live changes by NOTIFY: every server process hears every change, its own too, once it is committed. */
export async function createStoreChangeFeed(store: StoreListener, log: Log): Promise<ChangeFeed> {
  const listeners = new Set<(change: Change) => void>();
  await store.listen(channel, (payload) => {
    const change = parseChange(payload);
    if (change === null) {
      log.warn({ bytes: payload.length }, 'a change notification could not be read');
      return;
    }
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (err) {
        // One broken listener must not keep the change from the others.
        log.error({ err }, 'a listener of changes failed');
      }
    }
  });

  return {
    async publish(tx: Kysely<StoreSchema>, change) {
      for (const audience of splitAudience(change.audience)) {
        const payload = JSON.stringify({ event: change.event, audience });
        await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function splitAudience(audience: ChangeAudience): ChangeAudience[] {
  const personIds = [...new Set(audience.personIds)];
  const parts: ChangeAudience[] = [{ ...audience, personIds: personIds.slice(0, personsPerNotification) }];
  for (let start = personsPerNotification; start < personIds.length; start += personsPerNotification) {
    parts.push({ personIds: personIds.slice(start, start + personsPerNotification), projectId: null });
  }
  return parts;
}

function parseChange(payload: string): Change | null {
  try {
    return JSON.parse(payload) as Change;
  } catch {
    return null;
  }
}
