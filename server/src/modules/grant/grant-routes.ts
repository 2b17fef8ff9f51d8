import type { RouteReply, Routes } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Loss } from './grant-effect.ts';
import type { GrantReadModel, GrantRow } from './grant-read-model.ts';
import type { GrantService } from './grant-service.ts';
import { lossSentence } from './scope-words.ts';

type Keys =
  | 'GET /grants'
  | 'GET /grants/:grantId'
  | 'GET /grants/:grantId/effect'
  | 'POST /grants/:grantId/revoke'
  | 'POST /grants/:grantId/confirm-tables'
  | 'POST /grants/:grantId/give-back'
  | 'GET /my-access';

const mostOfMine = 200;

export function grantHandlers(parts: {
  readonly service: GrantService;
  readonly views: GrantReadModel;
  readonly now: () => Promise<Date>;
  readonly lossOf: (grantIds: readonly string[]) => Promise<Loss>;
}): HandlersOf<Keys> {
  const { service, views, now, lossOf } = parts;

  /** The holder's own, or whoever may list the project's grants; for others it does not exist. */
  const visible = async (context: RequestContext, grantId: string): Promise<GrantRow> => {
    const row = await views.find(context.actor.personId, grantId);
    if (row === null) throw notFound('grant');
    if (!row.isMine) context.authorizeOrHide('grant.list', { projectId: row.projectId }, 'grant');
    return row;
  };

  const detail = async (actor: Actor, grantId: string): Promise<RouteReply<Routes['GET /grants/:grantId']>> => {
    const row = await views.find(actor.personId, grantId);
    const [grant] = row === null ? [] : await views.present(actor, [row]);
    if (row === null || grant === undefined) throw notFound('grant');
    const [closure, sessions, statements] = await Promise.all([
      views.closureOf(grantId),
      views.sessionsOf(row),
      views.statementsOf(grantId),
    ]);
    return { ...grant, closure, sessions, statements };
  };

  return {
    'GET /grants': async ({ query }, { actor }) => {
      const { page, pageSize, ...filter } = query;
      const scope = filter.mine ? {} : { projects: actor.projectsWith('grant.list') };
      const { rows, total } = await views.list(actor.personId, { ...filter, ...scope }, page, pageSize);
      return { items: await views.present(actor, rows), total, page, pageSize };
    },
    'GET /grants/:grantId': async ({ params }, context) => {
      const row = await visible(context, params.grantId);
      return await detail(context.actor, row.id);
    },
    'GET /grants/:grantId/effect': async ({ params }, context) => {
      const row = await visible(context, params.grantId);
      const [grant] = await views.present(context.actor, [row]);
      if (grant === undefined) throw notFound('grant');
      const { kept, ...loss } = await lossOf([row.id]);
      return { ...loss, sentence: lossSentence(row.holderName, row.privileges, grant.scope, { ...loss, kept }) };
    },
    'POST /grants/:grantId/revoke': async ({ params, body }, context) => {
      const row = await visible(context, params.grantId);
      context.authorize('grant.revoke', { projectId: row.projectId });
      await service.end(row.id, { kind: 'revoked', ...causedBy(context.actor), note: body.note });
      return await detail(context.actor, row.id);
    },
    'POST /grants/:grantId/confirm-tables': async ({ params }, context) => {
      const row = await visible(context, params.grantId);
      context.authorize('member.grant_access', { projectId: row.projectId });
      await service.confirmTables(row.id, context.actor);
      return await detail(context.actor, row.id);
    },
    'POST /grants/:grantId/give-back': async ({ params }, context) => {
      const row = await visible(context, params.grantId);
      if (row.personId !== context.actor.personId) {
        throw new AppError('auth.forbidden', 'Only its holder gives a grant back. To end a group’s access, revoke it.');
      }
      await service.end(row.id, { kind: 'given_back', ...causedBy(context.actor) });
      return await detail(context.actor, row.id);
    },
    'GET /my-access': async (_input, { actor }) => {
      const { rows } = await views.list(actor.personId, { mine: true, state: 'live' }, 1, mostOfMine);
      return { items: await views.present(actor, rows), serverNow: (await now()).toISOString() };
    },
  };
}

function causedBy(actor: Actor): { by: string; onBehalfOf: string | null } {
  return { by: actor.personId, onBehalfOf: actor.adminPersonId };
}
