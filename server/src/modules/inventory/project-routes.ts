import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import { visibilityOf } from './database-visibility.ts';
import { definedOf } from './defined-of.ts';
import type { ProjectReadModel, ProjectView } from './project-read-model.ts';
import type { ProjectService } from './project-service.ts';
import type { TransferAuthor, TransferService } from './transfer-service.ts';

type Keys =
  | 'GET /projects'
  | 'POST /projects'
  | 'GET /projects/:projectId'
  | 'PATCH /projects/:projectId'
  | 'DELETE /projects/:projectId'
  | 'POST /projects/:projectId/transfer'
  | 'POST /projects/:projectId/unassign';

interface Parts {
  readonly service: ProjectService;
  readonly transfers: TransferService;
  readonly views: ProjectReadModel;
}

export function projectHandlers(parts: Parts): HandlersOf<Keys> {
  const { service, transfers, views } = parts;

  const shown = async (actor: Actor, id: string) => {
    const view = await views.find(id);
    if (view === null) throw notFound('project');
    return present(actor, view);
  };

  return {
    'GET /projects': async ({ query }, { actor }) => {
      const { items, ...page } = await views.list(query, actor.projectsWith('project.view'));
      const abilities = { create: actor.can('project.create', 'workspace') };
      return { ...page, items: items.map((view) => present(actor, view)), abilities };
    },
    'POST /projects': async ({ body }, context) => {
      context.authorize('project.create', 'workspace');
      const { id } = await service.create(context.actor, body.name);
      return await shown(context.actor, id);
    },
    'GET /projects/:projectId': async ({ params }, context) => {
      const { id } = await seen(parts, context, params.projectId);
      return await shown(context.actor, id);
    },
    'PATCH /projects/:projectId': async ({ params, body }, context) => {
      const { id } = await seen(parts, context, params.projectId);
      context.authorize('project.manage', { projectId: id });
      await service.update(context.actor, id, definedOf(body));
      return await shown(context.actor, id);
    },
    'DELETE /projects/:projectId': async ({ params }, context) => {
      const { id } = await seen(parts, context, params.projectId);
      context.authorize('project.manage', { projectId: id });
      await service.delete(context.actor, id);
      return { done: true };
    },
    'POST /projects/:projectId/transfer': async ({ params, body }, context) => {
      const { id } = await seen(parts, context, params.projectId);
      context.authorize('project.transfer', { projectId: id });
      return { transferred: await transfers.transfer(transferAuthorOf(context.actor), id, body.databaseIds) };
    },
    'POST /projects/:projectId/unassign': async ({ params, body }, context) => {
      const { id } = await seen(parts, context, params.projectId);
      context.authorize('project.transfer', { projectId: id });
      return { transferred: await transfers.unassign(transferAuthorOf(context.actor), id, body.databaseIds) };
    },
  };
}

/** The project, if the actor may know of it. */
async function seen(parts: Parts, context: RequestContext, projectId: string) {
  const project = await parts.service.get(projectId);
  context.authorizeOrHide('project.view', { projectId: project.id }, 'project');
  return project;
}

function transferAuthorOf(actor: Actor): TransferAuthor {
  return {
    personId: actor.personId,
    adminPersonId: actor.adminPersonId,
    visibility: visibilityOf(actor),
    mayTransferFrom: (projectId) => actor.can('project.transfer', { projectId }),
  };
}

function present(actor: Actor, view: ProjectView) {
  const project = { projectId: view.id };
  const isActive = view.state === 'active';
  const mayManage = actor.can('project.manage', project);
  return {
    ...view,
    abilities: {
      manage: mayManage,
      rename: mayManage && isActive,
      archive: mayManage && isActive,
      restore: mayManage && !isActive,
      delete: mayManage && !isActive,
      hideNames: mayManage && isActive,
      transfer: isActive && actor.can('project.transfer', project),
      listMembers: actor.can('member.list', project),
      addMember: isActive && actor.can('member.grant', project),
      grantAccess: isActive && actor.can('member.grant_access', project),
      openEditor: isActive && actor.can('editor.use', project),
      request: isActive && actor.can('request.create', project),
      listRequests: actor.can('request.list', project),
      decide: isActive && actor.can('request.decide', project),
      listGrants: actor.can('grant.list', project),
    },
  };
}
