import type { RouteAnswer, Routes } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type AuditLog, byActor } from './audit-event.ts';
import { AuditExport } from './audit-export.ts';
import { type AuditRow, findAuditEvent, listAuditEvents, listAuditKinds, listRelated } from './audit-read-model.ts';
import type { AuditRetention } from './audit-retention.ts';
import { type AuditSentences, describeEvent } from './audit-sentence.ts';
import { verifyChains } from './audit-verify.ts';
import { pageOfCheckpoints, presentCheckpoint, readRemoved } from './checkpoint-read-model.ts';
import type { Checkpoints } from './checkpoints.ts';
import { toKeyObject } from './signed-document.ts';
import { type AuditSigner, listPublicKeys } from './signing-key.ts';

export interface AuditRouteParts {
  readonly db: Db;
  readonly audit: AuditLog;
  readonly signer: AuditSigner;
  readonly checkpoints: Checkpoints;
  readonly retention: AuditRetention;
  /** All modules' words for their events. */
  readonly sentences: AuditSentences;
}

type AuditEventView = RouteAnswer<Routes['GET /audit-events']>['items'][number];
type AuditRouteKey =
  | 'GET /audit-events'
  | 'GET /audit-events/:eventKey'
  | 'GET /audit-events/export'
  | 'POST /audit-events/verify'
  | 'GET /audit-checkpoints'
  | 'POST /audit-checkpoints'
  | 'GET /audit-keys'
  | 'GET /audit-retention'
  | 'PUT /audit-retention';

export function auditHandlers(parts: AuditRouteParts): HandlersOf<AuditRouteKey> {
  const { db, sentences } = parts;
  return {
    'GET /audit-events': async ({ query }, context) => {
      context.authorize('audit.list', 'workspace');
      const page = await listAuditEvents(db, query);
      const items = page.items.map((row) => presentEvent(row, sentences));
      return { ...page, items, kinds: await listAuditKinds(db) };
    },
    'GET /audit-events/:eventKey': async ({ params }, context) => {
      context.authorize('audit.list', 'workspace');
      const event = await getEvent(db, params.eventKey);
      const { items, hasMore } = await listRelated(db, event);
      const related = items.map((row) => presentEvent(row, sentences));
      return { event: presentEvent(event, sentences), related, hasMore };
    },
    ...evidenceHandlers(parts),
    ...keepingHandlers(parts),
  };
}

function evidenceHandlers(
  parts: AuditRouteParts,
): HandlersOf<
  'GET /audit-events/export' | 'POST /audit-events/verify' | 'GET /audit-checkpoints' | 'POST /audit-checkpoints'
> {
  const { db, audit, checkpoints } = parts;
  return {
    'GET /audit-events/export': async ({ query }, context) => {
      context.authorize('audit.list', 'workspace');
      const { follow, ...filters } = query;
      const data = { filters, follows: follow };
      await audit.record({ kind: 'audit.exported', ...byActor(context.actor), data });
      return new AuditExport(parts, filters, readerOf(context)).lines(follow);
    },
    'POST /audit-events/verify': async (_input, context) => {
      context.authorize('audit.list', 'workspace');
      const found = await verifyChains(db);
      await audit.record({ kind: 'audit.verified', ...byActor(context.actor), data: { ...found } });
      return found;
    },
    'GET /audit-checkpoints': async ({ query }, context) => {
      context.authorize('audit.list', 'workspace');
      return await pageOfCheckpoints(db, query.page, query.pageSize);
    },
    'POST /audit-checkpoints': async (_input, context) => {
      context.authorize('audit.list', 'workspace');
      await audit.record({ kind: 'audit.checkpoint_asked', ...byActor(context.actor), data: {} });
      return presentCheckpoint(await checkpoints.makeFull(), null);
    },
  };
}

function keepingHandlers(
  parts: AuditRouteParts,
): HandlersOf<'GET /audit-keys' | 'GET /audit-retention' | 'PUT /audit-retention'> {
  const { db, retention } = parts;
  return {
    'GET /audit-keys': async (_input, context) => {
      context.authorize('audit.list', 'workspace');
      const keys = await listPublicKeys(db);
      return {
        items: keys.map((key) => {
          const pem = toKeyObject(key.publicKey).export({ format: 'pem', type: 'spki' }).toString();
          return { ...key, algorithm: 'Ed25519' as const, pem };
        }),
      };
    },
    'GET /audit-retention': async (_input, context) => {
      context.authorize('audit.list', 'workspace');
      const { days } = await retention.read();
      const removed = await readRemoved(db);
      return { days, ...removed, abilities: { change: context.actor.can('audit.manage', 'workspace') } };
    },
    'PUT /audit-retention': async ({ body }, context) => {
      context.authorize('audit.manage', 'workspace');
      await retention.set(byActor(context.actor), body);
      return { done: true };
    },
  };
}

function readerOf(context: RequestContext) {
  return { signal: context.signal, mayStill: () => context.isStillAllowed('audit.list', 'workspace') };
}

async function getEvent(db: Db, key: string): Promise<AuditRow> {
  const [, writer, sequence] = /^([0-9a-z]{1,40})\.(\d{1,15})$/.exec(key) ?? [];
  const event = writer === undefined ? null : await findAuditEvent(db, writer, Number(sequence));
  if (event === null) throw notFound('audit event');
  return event;
}

function presentEvent(row: AuditRow, sentences: AuditSentences): AuditEventView {
  const { actorId: _actor, onBehalfOfId: _onBehalfOf, ...shown } = row;
  const data = row.data as Record<string, unknown>;
  const sentence = describeEvent(row.kind, { who: whoOf(row), data }, sentences);
  return { ...shown, data, key: `${row.writer}.${row.sequence}`, sentence };
}

/** The person who was really there comes first. */
function whoOf({ actor, onBehalfOf }: AuditRow): string {
  if (onBehalfOf !== null) return `${onBehalfOf.name} (as ${actor?.name ?? 'somebody'})`;
  return actor?.name ?? 'Tidegate';
}
