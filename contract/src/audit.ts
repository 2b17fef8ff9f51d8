import { z } from 'zod';
import { defineRoutes } from './route.ts';
import { abilities, done, flag, id, instant, pageOf, pageQuery, privilege } from './values.ts';

export const auditEvent = z.object({
  /** Its place in its chain: `writer.sequence`. */
  key: z.string(),
  writer: z.string(),
  sequence: z.number().int(),
  at: instant,
  kind: z.string(),
  actor: z.object({ id, name: z.string() }).nullable(),
  /** Set when an administrator acted through the sample person. */
  onBehalfOf: z.object({ id, name: z.string() }).nullable(),
  sentence: z.string(),
  projectId: id.nullable(),
  instanceId: id.nullable(),
  databaseId: id.nullable(),
  requestId: id.nullable(),
  grantId: id.nullable(),
  sessionId: id.nullable(),
  statementId: id.nullable(),
  data: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
});

/** What narrows the record; the list and the export take the same. */
const auditFilters = {
  search: z.string().max(200).optional(),
  kind: z.string().max(100).optional(),
  /** As actor, behind the sample person, as whom the event is about, or whose request it is. */
  personId: id.optional(),
  projectId: id.optional(),
  databaseId: id.optional(),
  /** As statements are recorded: `schema.table`, or the name alone where there are no schemas. With `databaseId`. */
  table: z.string().max(400).optional(),
  requestId: id.optional(),
  grantId: id.optional(),
  /** Included. */
  from: instant.optional(),
  /** Excluded. */
  to: instant.optional(),
};

const signed = {
  /** Canonical JSON, exactly as it was signed. */
  document: z.string(),
  /** Ed25519, base64. */
  signature: z.string(),
};

export const auditKey = z.object({
  id: z.string(),
  algorithm: z.literal('Ed25519'),
  /** SPKI, DER, base64. */
  publicKey: z.string(),
});

/**
 * A line of an exported record, see docs/audit-export.md: `export`, the keys, anchors, the checkpoint that was made for
 * it, the events of each chain in their order, and `end` with a signature over all lines before it.
 */
export const auditExportLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('export'),
    version: z.literal(1),
    at: instant,
    /** The whole record, or only what the filters left. */
    isWhole: z.boolean(),
    follows: z.boolean(),
    filters: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('key'), ...auditKey.shape }),
  z.object({ type: z.literal('anchor'), ...signed }),
  z.object({ type: z.literal('checkpoint'), ...signed }),
  z.object({
    type: z.literal('event'),
    writer: z.string(),
    sequence: z.number().int(),
    at: instant,
    kind: z.string(),
    actorId: id.nullable(),
    onBehalfOfId: id.nullable(),
    projectId: id.nullable(),
    instanceId: id.nullable(),
    databaseId: id.nullable(),
    requestId: id.nullable(),
    grantId: id.nullable(),
    sessionId: id.nullable(),
    statementId: id.nullable(),
    data: z.unknown(),
    previousHash: z.string(),
    hash: z.string(),
  }),
  z.object({ type: z.literal('end'), ...signed }),
]);
export type AuditExportLine = z.output<typeof auditExportLine>;

const whoThen = z.object({ id, name: z.string(), email: z.string() });
const personThen = z.object({
  person: whoThen,
  privileges: z.array(privilege),
  /** `dev could read salary in hr_prod: by request #7, approved by Ada.` */
  sentence: z.string(),
  rows: z.array(
    z.object({
      grantId: id,
      source: z.enum(['request', 'membership', 'role', 'emergency']),
      privileges: z.array(privilege),
      /** How wide the row was: every database of the project, down to this table. */
      reach: z.enum(['project', 'database', 'schema', 'table']),
      role: z.string().nullable(),
      /** The group through which the person held it. */
      group: z.string().nullable(),
      grantedBy: z.string().nullable(),
      requestId: id.nullable(),
      requestNumber: z.number().int().nullable(),
      approvedBy: z.array(z.string()),
      startsAt: instant,
      endsAt: instant.nullable(),
      way: z.string(),
    }),
  ),
});

const checkpoint = z.object({
  number: z.number().int(),
  at: instant,
  keyId: z.string(),
  chains: z.number().int(),
  /** The events of all chains up to it. */
  events: z.number().int(),
  digest: z.string(),
  ...signed,
});

export const auditRoutes = defineRoutes({
  'GET /audit-events': {
    access: { permission: 'audit.list' },
    summary:
      'The permanent record, newest first. `next` leads to older events. A search by text looks at so many events a ' +
      'call; `isPartial` says that it stopped there, and `next` goes on.',
    query: z.object({
      ...auditFilters,
      cursor: z.string().max(120).optional(),
      pageSize: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({
      items: z.array(auditEvent),
      next: z.string().nullable(),
      isPartial: z.boolean(),
      kinds: z.array(z.string()),
    }),
  },
  'GET /audit-events/export': {
    access: { permission: 'audit.list' },
    summary:
      'The record, or what the filters leave of it, as lines of JSON that verify without this server. With `follow` the ' +
      'lines go on as events happen, until the caller leaves or loses the right.',
    query: z.object({ ...auditFilters, follow: flag.default(false) }),
    response: auditExportLine,
    stream: 'ndjson',
  },
  'GET /audit-events/:eventKey': {
    access: { permission: 'audit.list' },
    summary: 'One event with what belongs to it: request, grant, statements, closure, oldest first.',
    params: z.object({ eventKey: z.string().max(100) }),
    response: z.object({ event: auditEvent, related: z.array(auditEvent), hasMore: z.boolean() }),
  },
  'POST /audit-events/verify': {
    access: { permission: 'audit.list' },
    summary: 'Recomputes the hash chains, checks the signatures and names the first broken link, if any.',
    response: z.object({
      isIntact: z.boolean(),
      events: z.number().int(),
      chains: z.number().int(),
      checkpoint: z.object({ number: z.number().int(), at: instant, keyId: z.string() }).nullable(),
      /** Linked, but younger than the last checkpoint. */
      eventsAfter: z.number().int(),
      firstBroken: z
        .object({
          part: z.enum(['event', 'anchor', 'checkpoint', 'file']),
          writer: z.string(),
          sequence: z.number().int(),
          reason: z.string(),
        })
        .nullable(),
    }),
  },
  'GET /audit-checkpoints': {
    access: { permission: 'audit.list' },
    summary: 'Signed states of the record, newest first.',
    query: z.object(pageQuery).omit({ search: true }),
    response: pageOf(checkpoint),
  },
  'POST /audit-checkpoints': {
    access: { permission: 'audit.list' },
    summary: 'Signs what the heads of all chains are now.',
    response: checkpoint,
  },
  'GET /audit-keys': {
    access: { permission: 'audit.list' },
    summary: 'The public keys that checkpoints are signed with, to be kept elsewhere.',
    response: z.object({ items: z.array(auditKey.extend({ pem: z.string() })) }),
  },
  'GET /audit-retention': {
    access: { permission: 'audit.list' },
    summary: 'How long events are kept, and what was removed.',
    response: z.object({
      days: z.number().int().nullable(),
      removed: z.number().int(),
      removedUntil: instant.nullable(),
      abilities,
    }),
  },
  'PUT /audit-retention': {
    access: { permission: 'audit.manage' },
    summary: 'Keeps events for so many days, or for ever. Older ones go by whole segments, behind a signed anchor.',
    body: z.object({ days: z.number().int().min(30).max(36_500).nullable() }),
    response: done,
  },
});

export const accessAtRoutes = defineRoutes({
  'GET /audit/access-at': {
    access: { permission: 'audit.list' },
    summary:
      'Who could read or write a table at an instant, by which rows of the ledger, approved by whom; and who could have ' +
      'opened a session by role.',
    query: z.object({
      databaseId: id,
      /** Empty where the engine has no schemas. */
      schema: z.string().max(200).default(''),
      table: z.string().max(200),
      at: instant,
      page: pageQuery.page,
      pageSize: pageQuery.pageSize,
    }),
    response: pageOf(personThen).extend({
      place: z.object({
        databaseName: z.string(),
        instanceTitle: z.string(),
        projectName: z.string().nullable(),
        /** Why nobody could reach it then. */
        closedBecause: z.enum(['vanished', 'unregistered', 'archived']).nullable(),
      }),
      /** The history of groups, roles and places is complete from here on. */
      historySince: instant,
      isBeforeHistory: z.boolean(),
      byRole: z.array(z.object({ person: whoThen, role: z.string() })),
    }),
  },
});

/**
 * Something that I may see has changed: pages read it anew. Carries ids only, never data. `all`: what has changed before
 * cannot be told, everything may have.
 */
export const changeEvent = z.object({
  topic: z.enum([
    'all',
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
      'Changes as server-sent events (`change`), with a `clock` event carrying the server’s time every 15 seconds. Begins with the changes of the last `agoMs` milliseconds and five seconds more; where it cannot, with one of the topic `all`.',
    query: z.object({ agoMs: z.coerce.number().int().min(0).optional() }),
    response: changeEvent,
    stream: 'sse',
  },
});
