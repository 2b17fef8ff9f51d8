import type { RouteInput, Routes, Scope } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Approvers } from '../approval/index.ts';
import type { AccessRequest, Wish } from './access-request.ts';
import type { AccessRequestStore, RequestFilter } from './access-request-store.ts';
import type { AccessRequestViews, ScopeWords } from './access-request-views.ts';
import type { AskingService } from './asking-service.ts';
import type { DecidingService } from './deciding-service.ts';
import type { Caller } from './request-parts.ts';
import { previewOf } from './request-preview.ts';
import type { RequestStepStore } from './request-step-store.ts';
import type { RequestTalkService } from './request-talk-service.ts';
import type { RequestUpkeepService } from './request-upkeep-service.ts';

type Keys =
  | 'GET /requests'
  | 'POST /requests'
  | 'POST /requests/preview'
  | 'GET /requests/:requestId'
  | 'POST /requests/:requestId/decision'
  | 'POST /requests/:requestId/withdraw'
  | 'POST /requests/:requestId/comments'
  | 'POST /requests/:requestId/ask-changes'
  | 'PUT /requests/:requestId'
  | 'POST /requests/:requestId/remind'
  | 'GET /requests/:requestId/draft'
  | 'POST /grants/:grantId/extend'
  | 'POST /grants/:grantId/add';

export interface RequestRouteParts {
  readonly asking: AskingService;
  readonly deciding: DecidingService;
  readonly talk: RequestTalkService;
  readonly upkeep: RequestUpkeepService;
  readonly store: AccessRequestStore;
  readonly steps: RequestStepStore;
  readonly approvers: Approvers;
  readonly views: AccessRequestViews;
  readonly words: ScopeWords;
  /** A new request like a former one. */
  readonly draftLike: (
    request: AccessRequest,
  ) => Promise<Awaited<ReturnType<HandlersOf<Keys>['GET /requests/:requestId/draft']>>>;
}

export function accessRequestHandlers(parts: RequestRouteParts): HandlersOf<Keys> {
  const { asking, deciding, talk, upkeep, store, views } = parts;
  const visible = visibleRequests(parts);
  const frozen = async <B extends { scope: Scope }>(actor: Actor, body: B): Promise<B> => ({
    ...body,
    scope: await parts.words.freeze(body.scope, actor),
  });

  const detail = async (actor: Actor, requestId: string) => {
    const request = await store.find(requestId);
    if (request === null) throw notFound('request');
    return await views.detail(actor, request);
  };
  const one = async (actor: Actor, request: AccessRequest) => {
    const [view] = await views.many(actor, [request]);
    if (view === undefined) throw notFound('request');
    return view;
  };

  return {
    'GET /requests': async ({ query }, { actor }) => {
      await upkeep.expireOverdue();
      const deciding = { ...callerOf(actor), keys: await parts.approvers.keysOf(actor.personId) };
      // The list of what waits counts it already.
      const isWhole = query.state === undefined || query.state === 'pending';
      const isCounted = query.view === 'to_decide' && !query.search && !query.projectId && isWhole;
      const [{ items, total }, minePending, toDecide] = await Promise.all([
        store.list(filterOf(actor, query, deciding)),
        store.countOwn(actor.personId),
        isCounted ? null : store.countToDecide(deciding),
      ]);
      const counts = { toDecide: toDecide ?? total, minePending };
      return { items: await views.many(actor, items), total, page: query.page, pageSize: query.pageSize, counts };
    },
    'POST /requests': async ({ body }, context) => {
      context.authorizeOrHide('request.create', { projectId: body.projectId }, 'project');
      const { projectId, statementText } = body;
      return await one(
        context.actor,
        await asking.create(callerOf(context.actor), {
          ...wishOf(await frozen(context.actor, body)),
          projectId,
          statementText,
        }),
      );
    },
    'POST /requests/preview': async ({ body }, context) => {
      context.authorizeOrHide('request.create', { projectId: body.projectId }, 'project');
      return await previewOf(parts, callerOf(context.actor), await frozen(context.actor, body));
    },
    'GET /requests/:requestId': async ({ params }, context) =>
      await views.detail(context.actor, await visible(context, params.requestId)),
    'POST /requests/:requestId/decision': async ({ params, body }, context) => {
      const request = await visible(context, params.requestId);
      await deciding.decide(callerOf(context.actor), request.id, body);
      return await detail(context.actor, request.id);
    },
    'POST /requests/:requestId/withdraw': async ({ params }, context) => {
      const request = await visible(context, params.requestId);
      await talk.withdraw(callerOf(context.actor), request.id);
      return await detail(context.actor, request.id);
    },
    'POST /requests/:requestId/comments': async ({ params, body }, context) => {
      const request = await visible(context, params.requestId);
      await talk.comment(callerOf(context.actor), request.id, body.text);
      return await detail(context.actor, request.id);
    },
    'POST /requests/:requestId/ask-changes': async ({ params, body }, context) => {
      const request = await visible(context, params.requestId);
      await deciding.askChanges(callerOf(context.actor), request.id, body.text, body.contentHash);
      return await detail(context.actor, request.id);
    },
    'PUT /requests/:requestId': async ({ params, body }, context) => {
      const request = await visible(context, params.requestId);
      await asking.edit(
        callerOf(context.actor),
        request.id,
        wishOf(await frozen(context.actor, body)),
        body.contentHash,
      );
      return await detail(context.actor, request.id);
    },
    'POST /requests/:requestId/remind': async ({ params }, context) => {
      const request = await visible(context, params.requestId);
      await talk.remind(callerOf(context.actor), request.id);
      return await detail(context.actor, request.id);
    },
    'GET /requests/:requestId/draft': async ({ params }, context) => {
      const request = await visible(context, params.requestId);
      return await parts.draftLike(request);
    },
    'POST /grants/:grantId/extend': async ({ params, body }, { actor }) =>
      await one(actor, await asking.extend(callerOf(actor), params.grantId, body)),
    'POST /grants/:grantId/add': async ({ params, body }, { actor }) =>
      await one(actor, await asking.add(callerOf(actor), params.grantId, await frozen(actor, body))),
  };
}

/** The requester himself, those whom its steps name, whoever may list the project's requests; for others it does not exist. */
function visibleRequests({ upkeep, store, steps, approvers }: RequestRouteParts) {
  return async (context: RequestContext, requestId: string): Promise<AccessRequest> => {
    await upkeep.expireOverdue();
    const request = await store.find(requestId);
    if (request === null) throw notFound('request');
    if (request.requesterId === context.actor.personId) return request;
    const keys = new Set(await approvers.keysOf(context.actor.personId));
    const own = (await steps.stepsOf([requestId])).get(requestId) ?? [];
    if (own.some((step) => step.deciderKeys.some((key) => keys.has(key)))) return request;
    context.authorizeOrHide('request.list', { projectId: request.projectId }, 'request');
    return request;
  };
}

function callerOf(actor: Actor): Caller {
  return { personId: actor.personId, adminPersonId: actor.adminPersonId, name: actor.name };
}

type WishBody = Omit<RouteInput<Routes['PUT /requests/:requestId']>['body'], 'contentHash'>;

function wishOf(body: WishBody): Wish {
  const { scope, privileges, reason, expiry, startsAt, ticket } = body;
  if (isEmpty(scope)) throw new AppError('grant.scope_empty', 'Choose at least one database or table.');
  return {
    ...{ scope, privileges, reason, expiry },
    startsAt: startsAt === null ? null : new Date(startsAt),
    ticket: ticket === '' ? null : ticket,
  };
}

function isEmpty(scope: Scope): boolean {
  return scope.kind === 'items' && scope.items.length === 0;
}

type RequestListQuery = RouteInput<Routes['GET /requests']>['query'];

function filterOf(
  actor: Actor,
  query: RequestListQuery,
  decidableBy: NonNullable<RequestFilter['decidableBy']>,
): RequestFilter {
  const { view, search, state, projectId, page, pageSize } = query;
  const rest = { search, state, projectId, page, pageSize };
  const common = { ...rest, requesterId: null, orRequesterId: null, decidableBy: null };
  if (view === 'mine') return { ...common, requesterId: actor.personId, projects: 'all' };
  if (view === 'to_decide') return { ...common, projects: 'all', decidableBy };
  return { ...common, projects: actor.projectsWith('request.list'), orRequesterId: actor.personId };
}
