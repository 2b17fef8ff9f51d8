import type { RouteReply, Routes } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { GrantAmendments } from './grant-amendments.ts';
import { readLoss } from './grant-effect.ts';
import type { GrantReadModel, GrantRow } from './grant-read-model.ts';
import { readFamily, readReceipts } from './grant-receipt.ts';
import type { GrantService } from './grant-service.ts';
import { narrowingEffect } from './narrowing-effect.ts';
import { openRowsOf } from './open-grant.ts';
import { lossSentence } from './scope-words.ts';

type Keys =
  | 'GET /grants'
  | 'GET /grants/:grantId'
  | 'GET /grants/:grantId/effect'
  | 'POST /grants/:grantId/narrow/effect'
  | 'POST /grants/:grantId/narrow'
  | 'POST /grants/:grantId/revoke'
  | 'POST /grants/:grantId/confirm-tables'
  | 'POST /grants/:grantId/give-back'
  | 'GET /my-access';

const mostOfMine = 200;

export function grantHandlers(parts: {
  readonly db: Db;
  readonly service: GrantService;
  readonly amendments: GrantAmendments;
  readonly views: GrantReadModel;
  readonly now: () => Promise<Date>;
}): HandlersOf<Keys> {
  const { db, service, amendments, views, now } = parts;

  /** The holder's own, or whoever may list the project's grants; for others it does not exist. */
  const visible = async (context: RequestContext, grantId: string): Promise<GrantRow> => {
    const row = await views.find(context.actor.personId, grantId);
    if (row === null) throw notFound('grant');
    if (!row.isMine) context.authorizeOrHide('grant.list', { projectId: row.projectId }, 'grant');
    return row;
  };

  /** The holder gives part of it back; others need to be able to revoke it. */
  const narrowable = async (context: RequestContext, grantId: string): Promise<GrantRow> => {
    const row = await visible(context, grantId);
    if (row.personId !== context.actor.personId) context.authorize('grant.revoke', { projectId: row.projectId });
    return row;
  };

  const detail = async (actor: Actor, grantId: string): Promise<RouteReply<Routes['GET /grants/:grantId']>> => {
    const row = await views.find(actor.personId, grantId);
    const [grant] = row === null ? [] : await views.present(actor, [row]);
    if (row === null || grant === undefined) throw notFound('grant');
    const [closure, sessions, statements, receipts, family] = await Promise.all([
      views.closureOf(grantId),
      views.sessionsOf(row),
      views.statementsOf(grantId),
      readReceipts(db, [grantId]),
      readFamily(db, grantId),
    ]);
    const receipt = receipts.get(grantId) ?? { granted: 0, used: [], hasWritten: false };
    return { ...grant, closure, sessions, statements, receipt, family };
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
      const ids = await openRowsOf(db, row.id);
      const loss = await readLoss(db, ids.length === 0 ? [row.id] : ids);
      const { people, sessions, runningStatements } = loss;
      const also = ids.length > 1 ? ' What was added to it ends with it.' : '';
      const sentence = `${lossSentence(row.holderName, row.privileges, grant.scope, loss)}${also}`;
      return { people, sessions, runningStatements, sentence };
    },
    'POST /grants/:grantId/narrow/effect': async ({ params, body }, context) => {
      const row = await narrowable(context, params.grantId);
      return await narrowingEffect(db, row, body);
    },
    'POST /grants/:grantId/narrow': async ({ params, body }, context) => {
      const row = await narrowable(context, params.grantId);
      const { expiresAt, ...left } = body;
      const id = await service.withHolders(row.id, (tx) =>
        amendments.narrowGrant(tx, {
          ...{ grantId: row.id, ...left, ...causedBy(context.actor) },
          expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
        }),
      );
      return await detail(context.actor, id);
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
