import type { RouteAnswer, Routes, ScopeView } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Caller } from '../access-request/index.ts';
import type { Approvers } from '../approval/index.ts';
import type { Reauthenticate } from '../identity/index.ts';
import { type EmergencyReview, reviewHash } from './emergency.ts';
import type { EmergencyService } from './emergency-service.ts';
import type { EmergencyStore } from './emergency-store.ts';

type Keys =
  | 'GET /emergency/policies'
  | 'PUT /emergency/policies/:environmentId'
  | 'GET /emergency'
  | 'POST /emergency'
  | 'GET /emergency/reviews'
  | 'GET /emergency/reviews/:reviewId'
  | 'POST /emergency/reviews/:reviewId/close';
type ReviewView = RouteAnswer<Routes['POST /emergency']>;
type ReviewDetail = RouteAnswer<Routes['GET /emergency/reviews/:reviewId']>;

export interface EmergencyRouteParts {
  readonly service: EmergencyService;
  readonly store: EmergencyStore;
  readonly approvers: Approvers;
  readonly reauthenticate: Reauthenticate;
  /** The scopes of these grants in words, in their order; null where one is gone. */
  readonly scopesOf: (grantIds: readonly string[]) => Promise<(ScopeView | null)[]>;
  readonly environmentName: (id: string) => Promise<string | null>;
}

export function emergencyHandlers(parts: EmergencyRouteParts): HandlersOf<Keys> {
  const { service, store, approvers } = parts;

  /** The person himself, whoever may close it, whoever reads the record. */
  const visible = async (context: RequestContext, id: string): Promise<EmergencyReview> => {
    const review = await store.find(id);
    if (review === null) throw notFound('review');
    const { personId } = context.actor;
    const keys = await approvers.keysOf(personId);
    const isOwn = review.personId === personId || review.reviewerKeys.some((key) => keys.includes(key));
    if (!isOwn) context.authorizeOrHide('audit.list', 'workspace', 'review');
    return review;
  };
  const detail = async (actor: Actor, id: string): Promise<ReviewDetail> => {
    const review = await store.find(id);
    if (review === null) throw notFound('review');
    const [view] = await present(parts, actor, [review]);
    if (view === undefined) throw notFound('review');
    const statements = await store.statementsOf(review.grantId);
    const statementList = statements.map(({ startedAt, tables, ...one }) => ({
      ...one,
      startedAt: startedAt.toISOString(),
      tables: tables === null ? null : [...tables],
    }));
    return { ...view, statementList, contentHash: reviewHash(review, statements) };
  };

  return {
    'GET /emergency/policies': async (_input, context) => {
      context.authorize('approval.list', 'workspace');
      const items = (await store.listPolicies()).map((policy) => ({ ...policy, principals: [...policy.principals] }));
      return { items, abilities: { manage: context.actor.can('approval.manage', 'workspace') } };
    },
    'PUT /emergency/policies/:environmentId': async ({ params: { environmentId: id }, body }, context) => {
      context.authorize('approval.manage', 'workspace');
      const name = await parts.environmentName(id);
      if (name === null) throw notFound('environment');
      const saved = await service.setPolicy(callerOf(context.actor), id, body);
      const nobody = { environment: { id, name }, longestMinutes: body.longestMinutes, principals: [] };
      return saved === null ? nobody : { ...saved, principals: [...saved.principals] };
    },
    'GET /emergency': async (_input, { actor }) => ({
      databases: (await store.openable(actor.personId)).filter((one) =>
        actor.can('request.create', { projectId: one.projectId }),
      ),
      openReview: await store.findOpenReview(actor.personId),
    }),
    'POST /emergency': async ({ body }, context) => {
      const { password, ...wish } = body;
      await parts.reauthenticate(context.actor, password, context.address);
      return await detailless(await detail(context.actor, await service.open(callerOf(context.actor), wish)));
    },
    'GET /emergency/reviews': async ({ query }, { actor }) => {
      const of = actor.can('audit.list', 'workspace')
        ? null
        : { personId: actor.personId, keys: await approvers.keysOf(actor.personId) };
      return { items: await present(parts, actor, await store.list({ state: query.state, of })) };
    },
    'GET /emergency/reviews/:reviewId': async ({ params }, context) =>
      await detail(context.actor, (await visible(context, params.reviewId)).id),
    'POST /emergency/reviews/:reviewId/close': async ({ params, body }, context) => {
      const review = await visible(context, params.reviewId);
      await service.close(callerOf(context.actor), review.id, body.note, body.contentHash);
      return await detail(context.actor, review.id);
    },
  };
}

async function present(
  { store, approvers, scopesOf }: EmergencyRouteParts,
  actor: Actor,
  reviews: readonly EmergencyReview[],
): Promise<ReviewView[]> {
  const [names, scopes, people, keys] = await Promise.all([
    store.names([...new Set(reviews.map((one) => one.personId))], [...new Set(reviews.map((one) => one.projectId))]),
    scopesOf(reviews.map((one) => one.grantId)),
    approvers.peopleByKey([...new Set(reviews.flatMap((one) => one.reviewerKeys))]),
    approvers.keysOf(actor.personId),
  ]);
  return reviews.flatMap((review, index) => {
    const scope = scopes[index];
    if (scope === null || scope === undefined) return [];
    const reviewers = [
      ...new Map(review.reviewerKeys.flatMap((key) => people.get(key) ?? []).map((one) => [one.id, one])).values(),
    ].filter(({ id }) => id !== review.personId);
    const gains = actor.personId === review.personId || actor.adminPersonId === review.personId;
    const mayClose = review.state === 'open' && !gains && review.reviewerKeys.some((key) => keys.includes(key));
    return [
      {
        ...{ id: review.id, grantId: review.grantId, reason: review.reason, incident: review.incident, scope },
        person: { id: review.personId, name: names.get(review.personId) ?? 'somebody' },
        project: { id: review.projectId, name: names.get(review.projectId) ?? 'a project' },
        ...{ level: review.level, riskReason: review.riskReason, hasEnded: review.hasEnded, state: review.state },
        startsAt: review.startsAt.toISOString(),
        expiresAt: review.expiresAt.toISOString(),
        ...{ reviewers, closedBy: review.closedBy, closedAt: review.closedAt?.toISOString() ?? null },
        ...{ note: review.note, statements: review.statements },
        abilities: { close: mayClose && review.hasEnded },
      },
    ];
  });
}

function detailless({ statementList: _list, contentHash: _hash, ...view }: ReviewDetail): ReviewView {
  return view;
}

function callerOf(actor: Actor): Caller {
  return { personId: actor.personId, adminPersonId: actor.adminPersonId, name: actor.name };
}
