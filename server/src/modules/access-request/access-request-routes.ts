import type { RouteInput, Routes } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import { type AccessRequest, longestMinutes } from './access-request.ts';
import type { AccessRequestService, Caller } from './access-request-service.ts';
import type { AccessRequestStore, RequestFilter } from './access-request-store.ts';
import type { AccessRequestViews, ScopeWords } from './access-request-views.ts';

type Keys =
  | 'GET /requests'
  | 'POST /requests'
  | 'POST /requests/preview'
  | 'GET /requests/:requestId'
  | 'POST /requests/:requestId/decision'
  | 'POST /requests/:requestId/withdraw';

const durations = [
  { label: '30m', minutes: 30 },
  { label: '1h', minutes: 60 },
  { label: '4h', minutes: 240 },
  { label: '1 day', minutes: 1440 },
];

export function accessRequestHandlers(parts: {
  readonly service: AccessRequestService;
  readonly store: AccessRequestStore;
  readonly views: AccessRequestViews;
  readonly words: ScopeWords;
  /** Whether the scope lies in sample databases, where a minute is a sensible duration to try. */
  readonly isSampleProject: (projectId: string) => Promise<boolean>;
}): HandlersOf<Keys> {
  const { service, store, views, words, isSampleProject } = parts;

  /** The requester himself, or whoever may list the project's requests; for others it does not exist. */
  const visible = async (context: RequestContext, requestId: string): Promise<AccessRequest> => {
    await service.expireOverdue();
    const request = await store.find(requestId);
    if (request === null) throw notFound('request');
    const isOwn = request.requesterId === context.actor.personId;
    if (!isOwn) context.authorizeOrHide('request.list', { projectId: request.projectId }, 'request');
    return request;
  };

  const detail = async (actor: Actor, requestId: string) => {
    const request = await store.find(requestId);
    if (request === null) throw notFound('request');
    return await views.detail(actor, request);
  };

  return {
    'GET /requests': async ({ query }, { actor }) => {
      await service.expireOverdue();
      const [{ items, total }, counts] = await Promise.all([
        store.list(filterOf(actor, query)),
        store.countPending(actor.personId, actor.projectsWith('request.decide')),
      ]);
      return { items: await views.many(actor, items), total, page: query.page, pageSize: query.pageSize, counts };
    },
    'POST /requests': async ({ body }, context) => {
      context.authorizeOrHide('request.create', { projectId: body.projectId }, 'project');
      if (body.startsAt !== null || body.ticket !== null) {
        throw new AppError('request.invalid', 'A later start and a ticket cannot be asked for yet.');
      }
      const request = await service.create(callerOf(context.actor), body);
      const [view] = await views.many(context.actor, [request]);
      if (view === undefined) throw notFound('request');
      return view;
    },
    'POST /requests/preview': async ({ body }, context) => {
      context.authorizeOrHide('request.create', { projectId: body.projectId }, 'project');
      const [flow, [scope], isSample] = await Promise.all([
        views.flow(body.projectId, context.actor.personId),
        words.presentScopes([body]),
        isSampleProject(body.projectId),
      ]);
      if (scope === undefined) throw new AppError('grant.scope_empty', 'Choose at least one database or table.');
      return {
        flow,
        sentence: words.sentenceOf('You', body.privileges, scope),
        blocked:
          flow.approvers.length > 0
            ? null
            : 'Nobody could decide this request. An administrator has to add another Project Owner under Members, or a DBA.',
        steps: [flow.sentence],
        risk: [],
        level: null,
        isAutoApproved: false,
        longestMinutes,
        allowsNoEnd: false,
        needsTicket: false,
        durations: isSample ? [{ label: '1m', minutes: 1 }, ...durations] : durations,
      };
    },
    'GET /requests/:requestId': async ({ params }, context) =>
      await views.detail(context.actor, await visible(context, params.requestId)),
    'POST /requests/:requestId/decision': async ({ params, body }, context) => {
      const request = await visible(context, params.requestId);
      if (body.narrow !== null) throw new AppError('request.invalid', 'Less than asked cannot be approved yet.');
      await service.decide(callerOf(context.actor), request.id, body);
      return await detail(context.actor, request.id);
    },
    'POST /requests/:requestId/withdraw': async ({ params }, context) => {
      const request = await visible(context, params.requestId);
      await service.withdraw(callerOf(context.actor), request.id);
      return await detail(context.actor, request.id);
    },
  };
}

function callerOf(actor: Actor): Caller {
  return { personId: actor.personId, adminPersonId: actor.adminPersonId, name: actor.name };
}

type RequestListQuery = RouteInput<Routes['GET /requests']>['query'];

function filterOf(actor: Actor, query: RequestListQuery): RequestFilter {
  const { view, search, state, projectId, page, pageSize } = query;
  const rest = { search, state, projectId, page, pageSize };
  const common = { ...rest, requesterId: null, orRequesterId: null, exceptRequesterId: null };
  if (view === 'mine') return { ...common, requesterId: actor.personId, projects: 'all' };
  if (view === 'to_decide') {
    return {
      ...common,
      state: 'pending',
      projects: actor.projectsWith('request.decide'),
      exceptRequesterId: actor.personId,
    };
  }
  return { ...common, projects: actor.projectsWith('request.list'), orRequesterId: actor.personId };
}
