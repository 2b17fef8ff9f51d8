import { z } from 'zod';
import { scopeItem } from './access.ts';
import { database } from './inventory.ts';
import { problem } from './problem.ts';
import { defineRoutes } from './route.ts';
import { done, id, instant, pageOf, pageQuery, privilege } from './values.ts';

/** A value as the server's own text; a long one as its beginning with its true length. */
export const cell = z.union([
  z.string(),
  z.null(),
  z.object({ head: z.string(), length: z.number(), unit: z.enum(['characters', 'bytes']) }),
]);
export type Cell = z.output<typeof cell>;

export const resultColumn = z.object({
  name: z.string(),
  type: z.string(),
  shape: z.enum(['number', 'text', 'binary', 'json', 'time', 'boolean']),
});
export type ResultColumn = z.output<typeof resultColumn>;

export const missingAccess = z.object({
  databaseId: id,
  databaseName: z.string(),
  schema: z.string(),
  table: z.string(),
  privilege,
  /** False where the person may not even ask. */
  isRequestable: z.boolean(),
});
export type MissingAccess = z.output<typeof missingAccess>;

export const verdictRelation = z.object({
  schema: z.string(),
  name: z.string(),
  privilege: z.enum(['read', 'write']),
  status: z.enum(['granted', 'requestable', 'out_of_reach', 'unknown']),
  positions: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
});
/** What the ledger says about a statement before the database is asked. */
export const verdict = z.object({
  isSure: z.boolean(),
  /** False only when it is sure that something is missing, or, with a reason, that it is not sent at all. */
  isAllowed: z.boolean(),
  kind: z.string().nullable(),
  reason: z.string().nullable(),
  relations: z.array(verdictRelation),
  missing: z.array(missingAccess),
});
export type Verdict = z.output<typeof verdict>;

/** Details of a `statement.access_missing` problem: everything a request needs. */
export const accessMissingDetails = z.object({
  missing: z.array(missingAccess),
  projectId: id.nullable(),
  privileges: z.array(privilege),
  items: z.array(scopeItem),
  /** Whether our ledger or the database server refused. */
  refusedBy: z.enum(['ledger', 'server']),
  canRequest: z.boolean(),
});
export type AccessMissingDetails = z.output<typeof accessMissingDetails>;

export const statementLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), statementId: id, startedAt: instant }),
  z.object({ type: z.literal('columns'), columns: z.array(resultColumn) }),
  z.object({ type: z.literal('rows'), rows: z.array(z.array(cell)) }),
  z.object({
    type: z.literal('finished'),
    command: z.string(),
    rowCount: z.number(),
    affectedRows: z.number().nullable(),
    cut: z.object({ rule: z.string(), limit: z.number() }).nullable(),
    notices: z.array(z.string()),
    databaseMs: z.number(),
    tidegateMs: z.number(),
    isInTransaction: z.boolean(),
  }),
  z.object({ type: z.literal('failed'), problem, position: z.number().nullable() }),
]);
export type StatementLine = z.output<typeof statementLine>;

export const session = z.object({
  id,
  database,
  state: z.enum(['opening', 'open', 'ended']),
  privileges: z.array(privilege),
  /** The grant whose end matters here: the one that lasts longest. */
  grant: z
    .object({
      id,
      sentence: z.string(),
      startsAt: instant,
      expiresAt: instant.nullable(),
      source: z.string(),
      canGiveBack: z.boolean(),
    })
    .nullable(),
  openedAt: instant,
  endedAt: instant.nullable(),
  endReason: z.string().nullable(),
  serverNow: instant,
});
export type Session = z.output<typeof session>;

const sessionId = z.object({ sessionId: id });

export const editorRoutes = defineRoutes({
  'GET /editor/databases': {
    access: { permission: 'self.manage' },
    summary: 'Databases for the editor: readable ones first, then locked ones of my projects that I may ask for.',
    query: z.object({ ...pageQuery, projectId: id.optional() }),
    response: pageOf(database),
  },
  'POST /sessions': {
    access: { permission: 'self.manage' },
    summary: 'Opens a session to a database that I have access to. Those who administer get a `role` row.',
    body: z.object({ databaseId: id }),
    response: session,
    status: 201,
  },
  'GET /sessions/:sessionId': {
    access: { permission: 'self.manage' },
    summary: 'My session.',
    params: sessionId,
    response: session,
  },
  'DELETE /sessions/:sessionId': {
    access: { permission: 'self.manage' },
    summary: 'Ends my session.',
    params: sessionId,
    response: done,
  },
  'POST /databases/:databaseId/verdict': {
    access: { permission: 'project.view' },
    summary:
      'Which tables a statement needs and which of them I have; runs nothing. With my session there, its names mean what they mean in it.',
    params: z.object({ databaseId: id }),
    body: z.object({ text: z.string().max(1_000_000), sessionId: id.optional() }),
    response: verdict,
  },
  'POST /sessions/:sessionId/statements': {
    access: { permission: 'self.manage' },
    summary: 'Runs one statement in my session and streams its result as lines of JSON.',
    params: sessionId,
    body: z.object({ text: z.string().max(1_000_000), maxRows: z.number().int().min(1).max(5_000_000).default(1000) }),
    response: statementLine,
    stream: 'ndjson',
  },
  'POST /sessions/:sessionId/cancel': {
    access: { permission: 'self.manage' },
    summary: 'Asks the database server to stop the running statement.',
    params: sessionId,
    response: z.object({ wasRunning: z.boolean() }),
  },
});
