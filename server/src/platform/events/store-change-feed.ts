import { type Kysely, sql } from 'kysely';
import type { Log } from '../log/log.ts';
import type { StoreSchema } from '../store/store-schema.ts';
import type { Change, ChangeAudience, ChangeFeed } from './change-feed.ts';

/** What the feed needs of the store: to hear what any server process notifies, and that it may have missed some. */
export interface NotificationSource {
  listen(channel: string, handler: (payload: string) => void, onGap: () => void): () => void;
}

interface Subscriber {
  readonly listener: (change: Change) => void;
  readonly onGap: () => void;
}

const channel = 'tidegate_change';
/** A notification holds less than 8000 bytes; an id in JSON takes 39. */
const personsPerNotification = 150;

/** Live changes by NOTIFY: every server process hears every change, its own too, once it is committed. */
export function createStoreChangeFeed(store: NotificationSource, log: Log): ChangeFeed {
  const subscribers = new Set<Subscriber>();
  const tell = (what: (subscriber: Subscriber) => void): void => {
    for (const subscriber of subscribers) {
      try {
        what(subscriber);
      } catch (err) {
        // One broken listener must not keep the change from the others.
        log.error({ err }, 'a listener of changes failed');
      }
    }
  };
  const hear = (payload: string): void => {
    const change = parseChange(payload);
    if (change === null) log.warn({ bytes: payload.length }, 'a change notification could not be read');
    else tell((subscriber) => subscriber.listener(change));
  };
  store.listen(channel, hear, () => tell((subscriber) => subscriber.onGap()));

  return {
    async publish(tx: Kysely<StoreSchema>, change) {
      for (const audience of splitAudience(change.audience)) {
        const payload = JSON.stringify({ event: change.event, audience });
        await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
      }
    },
    subscribe(listener, onGap = () => {}) {
      const subscriber = { listener, onGap };
      subscribers.add(subscriber);
      return () => {
        subscribers.delete(subscriber);
      };
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
