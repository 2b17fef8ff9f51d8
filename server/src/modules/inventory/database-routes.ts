import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import { type AccessOnDatabase, type AccessView, reachOf } from './access-view.ts';
import type { DatabaseFilter, DatabaseReadModel, DatabaseView } from './database-read-model.ts';
import type { DatabaseService } from './database-service.ts';
import {
  isVisible,
  type NameVisibility,
  projectsWithNames,
  seesAllNames,
  visibilityOf,
} from './database-visibility.ts';
import type { RelationPlace, RelationReadModel } from './relation-read-model.ts';

type Keys =
  | 'GET /databases'
  | 'GET /databases/:databaseId'
  | 'PATCH /databases/:databaseId'
  | 'POST /databases/:databaseId/load-sample'
  | 'GET /databases/:databaseId/relations'
  | 'GET /databases/:databaseId/relations/:relationId'
  | 'GET /databases/:databaseId/completion';

interface Parts {
  readonly service: DatabaseService;
  readonly views: DatabaseReadModel;
  readonly relations: RelationReadModel;
  readonly access: AccessView;
}

export function databaseHandlers(parts: Parts): HandlersOf<Keys> {
  const { service, views, relations } = parts;

  const accessTo = async (context: RequestContext, databaseId: string) =>
    (await parts.access.accessOnDatabases(context.actor.personId, [databaseId])).get(databaseId);

  /** What of a database's tables the actor may know of, and do. */
  const placeOf = async (context: RequestContext, databaseId: string): Promise<RelationPlace> => {
    const view = await viewable(parts, context, databaseId);
    const isGrantedOnly = !seesAllNames(context.actor, hiding(view));
    return { databaseId: view.id, access: await accessTo(context, view.id), isGrantedOnly };
  };

  const changed = async (context: RequestContext, databaseId: string) => {
    const view = await seen(parts, context, databaseId);
    return present(context.actor, view, await accessTo(context, databaseId));
  };

  return {
    'GET /databases': async ({ query }, { actor }) => {
      const { items, ...page } = await views.list(
        filterOf(actor, query),
        visibilityOf(actor),
        await namesFor(parts, actor),
      );
      const ids = items.map(({ id }) => id);
      const access = await parts.access.accessOnDatabases(actor.personId, ids);
      return { ...page, items: items.map((view) => present(actor, view, access.get(view.id))) };
    },
    'GET /databases/:databaseId': async ({ params }, context) => {
      const view = await viewable(parts, context, params.databaseId);
      return present(context.actor, view, await accessTo(context, view.id));
    },
    'PATCH /databases/:databaseId': async ({ params, body }, context) => {
      const { id } = await seen(parts, context, params.databaseId);
      context.authorize('instance.manage', 'workspace');
      await service.setEnvironment(context.actor, id, body.environmentId);
      return await changed(context, id);
    },
    'POST /databases/:databaseId/load-sample': async ({ params }, context) => {
      const { id } = await seen(parts, context, params.databaseId);
      context.authorize('instance.manage', 'workspace');
      await service.loadSample(context.actor, id);
      return await changed(context, id);
    },
    'GET /databases/:databaseId/relations': async ({ params, query }, context) => {
      const place = await placeOf(context, params.databaseId);
      const [page, schemas] = await Promise.all([relations.list(place, query), relations.schemas(place)]);
      return { ...page, schemas };
    },
    'GET /databases/:databaseId/relations/:relationId': async ({ params }, context) => {
      const relation = await relations.find(await placeOf(context, params.databaseId), params.relationId);
      if (relation === null) throw notFound('table');
      return relation;
    },
    'GET /databases/:databaseId/completion': async ({ params, query }, context) => {
      return await relations.complete(await placeOf(context, params.databaseId), query);
    },
  };
}

/** Databases as later modules show them: the same view, the same visibility. */
export function databasePages(parts: Pick<Parts, 'views' | 'access'>) {
  return {
    /** Refuses with `object.not_found` when it is gone. The caller has checked that the person may see it. */
    one: async (actor: Actor, databaseId: string) => {
      const view = await parts.views.find(databaseId);
      if (view === null) throw notFound('database');
      const access = await parts.access.accessOnDatabases(actor.personId, [databaseId]);
      return present(actor, view, access.get(databaseId));
    },
    /** Those in `query.first` come first, the others by name. */
    list: async (actor: Actor, query: DatabaseFilter) => {
      const { items, ...page } = await parts.views.list(query, visibilityOf(actor), await namesFor(parts, actor));
      const access = await parts.access.accessOnDatabases(
        actor.personId,
        items.map(({ id }) => id),
      );
      return { ...page, items: items.map((view) => present(actor, view, access.get(view.id))) };
    },
  };
}

type Known = Pick<Parts, 'views'> & Partial<Pick<Parts, 'access'>>;

/**
 * The database, if the actor may know of it. Where its project hides names, that takes access to something in it; what
 * tells names without looking at access (no `access` in the parts) is for those who see them all.
 */
export async function seen(parts: Known, context: RequestContext, databaseId: string): Promise<DatabaseView> {
  const view = await parts.views.find(databaseId);
  if (view === null || !isVisible(visibilityOf(context.actor), view.project?.id ?? null)) throw notFound('database');
  if (seesAllNames(context.actor, hiding(view))) return view;
  const access = await parts.access?.accessOnDatabases(context.actor.personId, [view.id]);
  if (access?.get(view.id) === undefined) throw notFound('database');
  return view;
}

function hiding({ project, hidesNames }: DatabaseView) {
  return project === null ? null : { id: project.id, hidesNames };
}

async function namesFor(parts: Pick<Parts, 'access'>, actor: Actor): Promise<NameVisibility> {
  const seesNamesOf = projectsWithNames(actor);
  return { seesNamesOf, granted: seesNamesOf === 'all' ? [] : await parts.access.grantedDatabases(actor.personId) };
}

export async function viewable(parts: Known, context: RequestContext, databaseId: string): Promise<DatabaseView> {
  const view = await seen(parts, context, databaseId);
  context.authorizeOrHide('project.view', { projectId: view.project?.id ?? null }, 'database');
  return view;
}

type Query = Omit<DatabaseFilter, 'transferable'> & { readonly transferableTo?: string | undefined };

function filterOf(actor: Actor, { transferableTo, ...query }: Query): DatabaseFilter {
  if (transferableTo === undefined) return query;
  const mayReceive = actor.can('project.transfer', { projectId: transferableTo });
  const transferable = {
    notIn: transferableTo,
    from: mayReceive ? actor.projectsWith('project.transfer') : [],
    fromUnassigned: mayReceive && actor.can('project.transfer', { projectId: null }),
  };
  return { ...query, transferable };
}

function present(
  actor: Actor,
  { isProjectActive, hidesNames: _, ...view }: DatabaseView,
  access: AccessOnDatabase | undefined,
) {
  const project = { projectId: view.project?.id ?? null };
  const isInProject = view.project !== null;
  const mayManage = actor.can('instance.manage', 'workspace');
  const mayTransfer = actor.can('project.transfer', project) && (!isInProject || isProjectActive);
  return {
    ...view,
    myAccess: {
      read: reachOf(access, 'read'),
      write: reachOf(access, 'write'),
      until: access?.until?.toISOString() ?? null,
      byRole: access?.byRole ?? false,
    },
    abilities: {
      changeEnvironment: mayManage,
      loadSample: mayManage && view.tables === 0,
      manageLabels: actor.can('project.manage', project),
      transfer: mayTransfer,
      unassign: mayTransfer && isInProject,
      openEditor: actor.can('editor.use', project),
      listAccess: actor.can('grant.list', project),
      request: isInProject && isProjectActive && actor.can('request.create', project),
    },
  };
}
