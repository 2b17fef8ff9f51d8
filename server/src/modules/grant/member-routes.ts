import { type Grant, type RouteReply, type Routes, roles } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import { grantsOfMember, type Loss, readLoss } from './grant-effect.ts';
import type { GrantReadModel } from './grant-read-model.ts';
import type { MemberCaller, MemberService } from './member-service.ts';
import type { MemberRow, MemberStore } from './member-store.ts';
import { freezeScope } from './scope-freeze.ts';
import { presentScopes } from './scope-views.ts';
import { endsWords, lossSentence } from './scope-words.ts';

type Keys =
  | 'GET /projects/:projectId/members'
  | 'POST /projects/:projectId/members'
  | 'GET /projects/:projectId/members/:memberId/effect'
  | 'POST /projects/:projectId/members/:memberId/extend'
  | 'DELETE /projects/:projectId/members/:memberId';
type Member = RouteReply<Routes['GET /projects/:projectId/members']>['items'][number];

const mostAdded = 100;

export function memberHandlers(parts: {
  readonly db: Db;
  readonly service: MemberService;
  readonly store: MemberStore;
  readonly grants: GrantReadModel;
}): HandlersOf<Keys> {
  const { db, service, store, grants } = parts;

  const present = async (actor: Actor, projectId: string, rows: readonly MemberRow[]): Promise<Member[]> => {
    const scopes = await presentScopes(
      db,
      rows.map((row) => ({
        projectId: row.isWorkspaceWide ? null : projectId,
        scope: row.coversAll === true ? { kind: 'project' as const } : { kind: 'items' as const, items: row.items },
      })),
    );
    return rows.map((row, index) => presentMember(actor, projectId, row, scopes[index] ?? null));
  };

  const find = async (projectId: string, memberId: string): Promise<MemberRow> => {
    const member = await store.find(projectId, memberId);
    if (member === null) throw notFound('member');
    return member;
  };

  return {
    'GET /projects/:projectId/members': async ({ params, query }, context) => {
      const { projectId } = params;
      context.authorizeOrHide('member.list', { projectId }, 'project');
      const { rows, total } = await store.list(projectId, query, query.page, query.pageSize);
      const items = await present(context.actor, projectId, rows);
      const { page, pageSize } = query;
      return { items, total, page, pageSize, abilities: listAbilities(context.actor, projectId) };
    },
    'POST /projects/:projectId/members': async ({ params, body }, context) => {
      const { projectId } = params;
      context.authorizeOrHide('member.list', { projectId }, 'project');
      context.authorize('member.grant', { projectId });
      const scope = await freezeScope(db, body.scope, context.actor);
      const memberIds = await service.grantAccess(callerOf(context.actor, projectId), projectId, { ...body, scope });
      const { rows } = await store.list(projectId, { memberIds }, 1, mostAdded);
      return { items: await present(context.actor, projectId, rows) };
    },
    'GET /projects/:projectId/members/:memberId/effect': async ({ params }, context) => {
      const { projectId } = params;
      context.authorizeOrHide('member.list', { projectId }, 'project');
      context.authorize('member.revoke', { projectId });
      const member = await find(projectId, params.memberId);
      const ending = await grantsOfMember(db, projectId, member.id);
      const loss = await readLoss(db, ending);
      const { sessions, runningStatements } = loss;
      const row = member.grantId === null ? null : await grants.find(context.actor.personId, member.grantId);
      const [grant] = row === null ? [] : await grants.present(context.actor, [row]);
      return {
        ...{ sessions, runningStatements },
        people: Math.max(1, loss.people),
        sentence: effectSentence(member, grant, ending.length, loss),
      };
    },
    'POST /projects/:projectId/members/:memberId/extend': async ({ params, body }, context) => {
      const { projectId } = params;
      context.authorizeOrHide('member.list', { projectId }, 'project');
      context.authorize('member.grant', { projectId });
      const member = await find(projectId, params.memberId);
      await service.extend(callerOf(context.actor, projectId), projectId, member, body.expiry);
      const [extended] = await present(context.actor, projectId, [await find(projectId, member.id)]);
      if (extended === undefined) throw notFound('member');
      return extended;
    },
    'DELETE /projects/:projectId/members/:memberId': async ({ params }, context) => {
      const { projectId } = params;
      context.authorizeOrHide('member.list', { projectId }, 'project');
      context.authorize('member.revoke', { projectId });
      await service.remove(callerOf(context.actor, projectId), projectId, await find(projectId, params.memberId));
      return { done: true };
    },
  };
}

function presentMember(actor: Actor, projectId: string, row: MemberRow, scope: Member['scope']): Member {
  return {
    id: row.id,
    principal: { kind: row.kind, id: row.principalId, name: row.name, email: row.email },
    role: row.role,
    scope: row.grantId === null ? null : scope,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    grantId: row.grantId,
    grantState: row.grantState,
    isWorkspaceWide: row.isWorkspaceWide,
    addedBy: row.addedBy,
    addedAt: row.addedAt.toISOString(),
    abilities: {
      revoke: !row.isWorkspaceWide && actor.can('member.revoke', { projectId }),
      extend:
        isExtensible(row) && actor.can(row.grantId === null ? 'member.grant' : 'member.grant_access', { projectId }),
    },
  };
}

function isExtensible({ isWorkspaceWide, expiresAt, grantId, grantState }: MemberRow): boolean {
  return (
    !isWorkspaceWide &&
    expiresAt !== null &&
    (grantId === null || grantState === 'active' || grantState === 'scheduled')
  );
}

function listAbilities(actor: Actor, projectId: string): Record<string, boolean> {
  return {
    grant: actor.can('member.grant', { projectId }),
    grantAccess: actor.can('member.grant_access', { projectId }),
  };
}

function callerOf(actor: Actor, projectId: string): MemberCaller {
  return {
    personId: actor.personId,
    adminPersonId: actor.adminPersonId,
    name: actor.name,
    grantsAccess: actor.can('member.grant_access', { projectId }),
  };
}

function effectSentence(member: MemberRow, grant: Grant | undefined, ending: number, loss: Loss): string {
  const own = grant?.state === 'active' && ending > 0 ? grant : undefined;
  const asked = ending - (own === undefined ? 0 : 1);
  const also =
    asked === 0 ? '' : ` ${asked === 1 ? '1 requested grant ends' : `${asked} requested grants end`} with it.`;
  if (own !== undefined) return `${lossSentence(member.name, own.privileges, own.scope, loss)}${also}`;
  const leaving = `${member.name} is no longer ${roles[member.role].label}`;
  return ending === 0 ? `${leaving}; no data access ends.` : `${leaving}; ${endsWords(loss)}.${also}`;
}
