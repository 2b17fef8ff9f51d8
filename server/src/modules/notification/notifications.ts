import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import { inboxHandlers } from './inbox-routes.ts';
import { InboxStore } from './inbox-store.ts';
import { noticeChannel } from './notify.ts';
import { OutboxReader } from './outbox-reader.ts';

/** The module, put together. */
export function openNotifications(parts: {
  readonly db: Db;
  readonly feed: ChangeFeed;
  readonly log: Log;
  /** Calls back for each notification of the store; `onGap` when some may have been missed. */
  readonly listen: (channel: string, handler: () => void, onGap: () => void) => unknown;
}) {
  const inbox = new InboxStore(parts.db, parts.feed);
  const readers = [new OutboxReader({ ...parts, reader: inbox })];
  const wakeAll = () => {
    for (const reader of readers) reader.wake();
  };
  return {
    handlers: inboxHandlers(inbox),
    start: () => {
      parts.listen(noticeChannel, wakeAll, wakeAll);
      wakeAll();
    },
    stop: async () => {
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}
