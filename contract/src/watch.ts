import { z } from 'zod';
import { defineRoutes } from './route.ts';
import { abilities, done, id, instant, pageOf, pageQuery } from './values.ts';

/** What Tidegate notices about servers and about its own store. */
export const watchRoutes = defineRoutes({
  'GET /instances/:instanceId/findings': {
    access: { permission: 'instance.list' },
    summary:
      'What the sweep found there that nobody of Tidegate had done (privileges changed by hand, sessions that were not opened through it, left-over accounts, objects that accounts own), newest first, and what was done about it.',
    params: z.object({ instanceId: id }),
    query: z.object(pageQuery),
    response: pageOf(
      z.object({
        id: z.string(),
        kind: z.enum(['drift', 'stranger', 'orphan', 'owned']),
        account: z.string(),
        person: z.string().nullable(),
        what: z.string(),
        at: instant,
        /** Null while nothing has been done yet. */
        action: z.string().nullable(),
        doneAt: instant.nullable(),
      }),
    ),
  },
  'GET /pause': {
    access: { permission: 'self.manage' },
    summary: 'Whether nothing opens now, because the metadata store may have been restored from a backup, and why.',
    response: z.object({ pause: z.object({ since: instant, reason: z.string() }).nullable(), abilities }),
  },
  'POST /pause/end': {
    access: { permission: 'workspace.settings' },
    summary: 'Confirms that the store is the one to go by: sessions may open again.',
    response: done,
  },
});
