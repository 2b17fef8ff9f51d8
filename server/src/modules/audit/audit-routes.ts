import type { RouteAnswer, Routes } from '@tidegate/contract';
import type { HandlersOf } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type AuditLog, byActor } from './audit-event.ts';
import { type AuditRow, listAuditEvents, listAuditKinds } from './audit-read-model.ts';
import { type AuditSentences, describeEvent } from './audit-sentence.ts';
import { verifyChains } from './audit-verify.ts';

export interface AuditRouteParts {
  readonly db: Db;
  readonly audit: AuditLog;
  /** All modules' words for their events. */
  readonly sentences: AuditSentences;
}

type AuditEventView = RouteAnswer<Routes['GET /audit-events']>['items'][number];

export function auditHandlers(parts: AuditRouteParts): HandlersOf<'GET /audit-events' | 'POST /audit-events/verify'> {
  const { db, audit, sentences } = parts;
  return {
    'GET /audit-events': async ({ query }, context) => {
      context.authorize('audit.list', 'workspace');
      const { items, total } = await listAuditEvents(db, query);
      const { page, pageSize } = query;
      const shown = items.map((row) => presentEvent(row, sentences));
      return { items: shown, total, page, pageSize, kinds: await listAuditKinds(db) };
    },
    'POST /audit-events/verify': async (_input, context) => {
      context.authorize('audit.list', 'workspace');
      const found = await verifyChains(db);
      await audit.record({ kind: 'audit.verified', ...byActor(context.actor), data: { ...found } });
      return found;
    },
  };
}

function presentEvent(row: AuditRow, sentences: AuditSentences): AuditEventView {
  return {
    ...row,
    at: row.at.toISOString(),
    sentence: describeEvent(row.kind, { who: whoOf(row), data: row.data }, sentences),
  };
}

/** The person who was really there comes first. */
function whoOf({ actor, onBehalfOf }: AuditRow): string {
  if (onBehalfOf !== null) return `${onBehalfOf.name} (as ${actor?.name ?? 'somebody'})`;
  return actor?.name ?? 'Tidegate';
}
