import { z } from 'zod';
import { defineRoutes } from './route.ts';
import { id, instant, pageOf, pageQuery } from './values.ts';

export const auditEvent = z.object({
  id,
  writer: z.string(),
  sequence: z.number().int(),
  at: instant,
  kind: z.string(),
  actor: z.object({ id, name: z.string() }).nullable(),
  /** Set when an administrator acted through the sample person. */
  onBehalfOf: z.object({ id, name: z.string() }).nullable(),
  sentence: z.string(),
  projectId: id.nullable(),
  databaseId: id.nullable(),
  requestId: id.nullable(),
  grantId: id.nullable(),
  statementId: id.nullable(),
  data: z.record(z.string(), z.unknown()),
  hash: z.string(),
});

export const auditRoutes = defineRoutes({
  'GET /audit-events': {
    access: { permission: 'audit.list' },
    summary: 'The permanent record, newest first.',
    query: z.object({
      ...pageQuery,
      kind: z.string().max(100).optional(),
      personId: id.optional(),
      projectId: id.optional(),
      databaseId: id.optional(),
      grantId: id.optional(),
      from: instant.optional(),
      to: instant.optional(),
    }),
    response: pageOf(auditEvent).extend({ kinds: z.array(z.string()) }),
  },
  'POST /audit-events/verify': {
    access: { permission: 'audit.list' },
    summary: 'Recomputes the hash chains and names the first broken link, if any.',
    response: z.object({
      isIntact: z.boolean(),
      events: z.number().int(),
      firstBroken: z.object({ writer: z.string(), sequence: z.number().int(), reason: z.string() }).nullable(),
    }),
  },
});

/** Something that I may see has changed: pages read it anew. Carries ids only, never data. */
export const changeEvent = z.object({
  topic: z.enum([
    'request',
    'grant',
    'session',
    'statement',
    'member',
    'project',
    'environment',
    'instance',
    'database',
    'person',
    'sample',
    'me',
    'notice',
    'rule',
  ]),
  id: z.string().nullable(),
  projectId: z.string().nullable(),
});
export type ChangeEvent = z.output<typeof changeEvent>;

export const eventRoutes = defineRoutes({
  'GET /events': {
    access: { permission: 'self.manage' },
    summary:
      'Changes as server-sent events (`change`), with a `clock` event carrying the server’s time every 15 seconds.',
    response: changeEvent,
    stream: 'sse',
  },
});
