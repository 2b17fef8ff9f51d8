import { z } from 'zod';
import { defineRoutes } from './route.ts';
import { done, flag, id, instant, pageOf, pageQuery } from './values.ts';

/** What people are told of: their decision is wanted; theirs was decided; it changed, is about to end, has ended, is not closed in time. */
export const noticeKinds = [
  'request.to_decide',
  'request.decided',
  'request.changed',
  'grant.given',
  'grant.changed',
  'grant.about_to_end',
  'grant.ended',
  'grant.overdue',
  'emergency.used',
] as const;
export const noticeKind = z.enum(noticeKinds);
export type NoticeKind = z.output<typeof noticeKind>;

export const notice = z.object({
  id,
  kind: noticeKind,
  /** In words, as it was then. */
  sentence: z.string(),
  /** A reason or a comment, where there is one. */
  detail: z.string().nullable(),
  at: instant,
  readAt: instant.nullable(),
  projectId: id.nullable(),
  requestId: id.nullable(),
  grantId: id.nullable(),
});
export type Notice = z.output<typeof notice>;

export const inboxRoutes = defineRoutes({
  'GET /inbox': {
    access: { permission: 'self.manage' },
    summary: 'My notices, newest first; `unread` counts all that I have not read.',
    query: z.object({ ...pageQuery, unread: flag.optional() }),
    response: pageOf(notice).extend({ unread: z.number().int() }),
  },
  'POST /inbox/:noticeId/read': {
    access: { permission: 'self.manage' },
    summary: 'Marks one of my notices as read, or as unread again.',
    params: z.object({ noticeId: id }),
    body: z.object({ isRead: z.boolean().default(true) }),
    response: notice,
  },
  'POST /inbox/read-all': {
    access: { permission: 'self.manage' },
    summary: 'Marks all my notices up to this instant as read: later ones were not seen.',
    body: z.object({ until: instant }),
    response: done,
  },
});
