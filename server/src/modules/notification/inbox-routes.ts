import type { Notice } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { HandlersOf } from '../../platform/http/route.ts';
import type { InboxRow, InboxStore } from './inbox-store.ts';

type Keys = 'GET /inbox' | 'POST /inbox/:noticeId/read' | 'POST /inbox/read-all';

/** Everybody's own: the person who is signed in is the only one whose notices are looked at. */
export function inboxHandlers(store: InboxStore): HandlersOf<Keys> {
  return {
    'GET /inbox': async ({ query }, { actor }) => {
      const { page, pageSize, unread: isUnread, search } = query;
      const [{ rows, total }, unread] = await Promise.all([
        store.list(actor.personId, { unread: isUnread, search }, page, pageSize),
        store.countUnread(actor.personId),
      ]);
      return { items: rows.map(present), total, page, pageSize, unread };
    },
    'POST /inbox/:noticeId/read': async ({ params, body }, { actor }) => {
      const row = await store.mark(actor.personId, params.noticeId, body.isRead);
      if (row === null) throw notFound('notice');
      return present(row);
    },
    'POST /inbox/read-all': async ({ body }, { actor }) => {
      await store.markAll(actor.personId, new Date(body.until));
      return { done: true };
    },
  };
}

function present(row: InboxRow): Notice {
  return { ...row, at: row.at.toISOString(), readAt: row.readAt?.toISOString() ?? null };
}
