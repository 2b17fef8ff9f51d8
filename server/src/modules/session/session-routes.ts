import type { RouteReply, Routes, Session } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf } from '../../platform/http/route.ts';
import type { EffectiveAccess } from '../grant/index.ts';
import type { SessionPlace, SessionRecord } from './session.ts';
import type { SessionService } from './session-service.ts';
import type { SessionStore } from './session-store.ts';
import type { StatementCaller } from './statement-judge.ts';
import type { StatementService } from './statement-service.ts';

type DatabasePage = RouteReply<Routes['GET /editor/databases']>;

/** What these routes show of other modules. */
export interface SessionViews {
  database(actor: Actor, databaseId: string): Promise<Session['database']>;
  /** Readable ones first, then locked ones of the person's projects. */
  editorDatabases(
    actor: Actor,
    query: { search?: string | undefined; projectId?: string | undefined; page: number; pageSize: number },
  ): Promise<DatabasePage>;
  /** The sentence of a grant without its end, and whether its holder may give it back. */
  grant(grantId: string): Promise<{ sentence: string; startsAt: Date; canGiveBack: boolean } | null>;
  access(personId: string, databaseId: string): Promise<EffectiveAccess>;
  now(): Promise<Date>;
}

type Keys =
  | 'GET /editor/databases'
  | 'POST /sessions'
  | 'GET /sessions/:sessionId'
  | 'DELETE /sessions/:sessionId'
  | 'POST /databases/:databaseId/verdict'
  | 'POST /sessions/:sessionId/statements'
  | 'POST /sessions/:sessionId/cancel';

export function sessionHandlers(parts: {
  readonly sessions: SessionService;
  readonly statements: StatementService;
  readonly store: SessionStore;
  readonly views: SessionViews;
}): HandlersOf<Keys> {
  const { sessions, statements, store, views } = parts;

  const requirePlace = async (databaseId: string): Promise<SessionPlace> => {
    const place = await store.findPlace(databaseId);
    if (place === null) throw notFound('database');
    return place;
  };

  const present = async (actor: Actor, record: SessionRecord): Promise<Session> => {
    const access = await views.access(actor.personId, record.databaseId);
    return {
      id: record.id,
      database: await views.database(actor, record.databaseId),
      state: record.state,
      privileges: privilegesOf(access),
      grant: await presentLongest(views, access),
      openedAt: record.openedAt.toISOString(),
      endedAt: record.endedAt?.toISOString() ?? null,
      endReason: record.endReason,
      serverNow: (await views.now()).toISOString(),
    };
  };

  return {
    'GET /editor/databases': async ({ query }, { actor }) => await views.editorDatabases(actor, query),
    'POST /sessions': async ({ body }, context) => {
      const place = await requirePlace(body.databaseId);
      context.authorizeOrHide('project.view', { projectId: place.projectId }, 'database');
      const live = await sessions.open(callerOf(context.actor), place);
      return await present(context.actor, await sessions.record(context.actor.personId, live.id));
    },
    'GET /sessions/:sessionId': async ({ params }, { actor }) =>
      await present(actor, await sessions.record(actor.personId, params.sessionId)),
    'DELETE /sessions/:sessionId': async ({ params }, { actor }) => {
      await sessions.close(actor.personId, params.sessionId);
      return { done: true };
    },
    'POST /databases/:databaseId/verdict': async ({ params, body }, context) => {
      const place = await requirePlace(params.databaseId);
      context.authorizeOrHide('project.view', { projectId: place.projectId }, 'database');
      return await statements.verdict(callerOf(context.actor), place, body.text, body.sessionId ?? null);
    },
    'POST /sessions/:sessionId/statements': async ({ params, body }, { actor }) =>
      await statements.run(callerOf(actor), params.sessionId, body.text, body.maxRows),
    'POST /sessions/:sessionId/cancel': async ({ params }, { actor }) => ({
      wasRunning: await statements.cancel(actor.personId, params.sessionId),
    }),
  };
}

function callerOf(actor: Actor): StatementCaller {
  return {
    personId: actor.personId,
    adminPersonId: actor.adminPersonId,
    name: actor.name,
    email: actor.email,
    canRequest: (projectId) => projectId !== null && actor.can('request.create', { projectId }),
  };
}

function privilegesOf(access: EffectiveAccess): Session['privileges'] {
  return [...new Set(access.grants.flatMap((grant) => [...grant.privileges]))].toSorted();
}

/** The row that lasts longest decides what the tide line shows. */
async function presentLongest(views: SessionViews, access: EffectiveAccess): Promise<Session['grant']> {
  const [longest] = access.grants.toSorted(
    (a, b) =>
      (b.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) - (a.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY),
  );
  const shown: LiveGrant | null = longest === undefined ? null : await views.grant(longest.id);
  if (longest === undefined || shown === null) return null;
  return {
    id: longest.id,
    sentence: shown.sentence,
    startsAt: shown.startsAt.toISOString(),
    expiresAt: longest.expiresAt?.toISOString() ?? null,
    source: longest.source,
    canGiveBack: shown.canGiveBack,
  };
}

type LiveGrant = Awaited<ReturnType<SessionViews['grant']>>;
