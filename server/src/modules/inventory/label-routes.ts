import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { DatabaseReadModel, DatabaseView } from './database-read-model.ts';
import { seen, viewable } from './database-routes.ts';
import { readLabelPatterns } from './label-pattern.ts';
import { openSuggestions, placedLabels } from './label-read-model.ts';
import type { LabelService } from './label-service.ts';
import type { LabelStore } from './label-store.ts';
import { offsetOf, type Page, type PageQuery } from './page.ts';

type Keys =
  | 'GET /databases/:databaseId/labels'
  | 'POST /databases/:databaseId/labels'
  | 'DELETE /databases/:databaseId/labels/:labelId'
  | 'GET /databases/:databaseId/label-suggestions'
  | 'GET /databases/:databaseId/label-patterns'
  | 'POST /databases/:databaseId/label-patterns'
  | 'DELETE /databases/:databaseId/label-patterns/:patternId';

interface Parts {
  readonly db: Db;
  readonly views: DatabaseReadModel;
  readonly labels: LabelStore;
  readonly service: LabelService;
}

export function labelHandlers(parts: Parts): HandlersOf<Keys> {
  const { db, labels, service } = parts;

  /** Whoever manages the project of the database, or instances where it is in none. */
  const managed = async (context: RequestContext, databaseId: string) => {
    const view = await seen(parts, context, databaseId);
    context.authorize('project.manage', projectOf(view));
    return { id: view.id, name: view.name, projectId: view.project?.id ?? null };
  };

  const placed = async (
    databaseId: string,
    projectId: string | null,
    only: { schema?: string; table?: string } = {},
  ) => {
    const tables = await labels.tables(databaseId, only);
    return {
      tables,
      all: placedLabels(tables, await labels.ofDatabase(databaseId), await readLabelPatterns(db, projectId)),
    };
  };

  return {
    'GET /databases/:databaseId/labels': async ({ params, query }, context) => {
      const view = await viewable(parts, context, params.databaseId);
      const { schema, table } = query;
      const only = { ...(schema === undefined ? {} : { schema }), ...(table === undefined ? {} : { table }) };
      const { all } = await placed(view.id, view.project?.id ?? null, only);
      const { actor } = context;
      return {
        ...pageOf(all, query, ({ schema: where, table: name, column, label }) => [where, name, column, label]),
        known: await labels.knownLabels(),
        abilities: { change: actor.can('project.manage', projectOf(view)) },
      };
    },
    'POST /databases/:databaseId/labels': async ({ params, body }, context) => {
      const database = await managed(context, params.databaseId);
      return { added: await service.add(context.actor, database, body.items, body.origin) };
    },
    'DELETE /databases/:databaseId/labels/:labelId': async ({ params }, context) => {
      const database = await managed(context, params.databaseId);
      await service.remove(context.actor, database, params.labelId);
      return { done: true };
    },
    'GET /databases/:databaseId/label-suggestions': async ({ params, query }, context) => {
      const database = await managed(context, params.databaseId);
      const { tables, all } = await placed(database.id, database.projectId);
      const open = openSuggestions(tables, all);
      return pageOf(open, query, ({ schema, table, column, label }) => [schema, table, column, label]);
    },
    'GET /databases/:databaseId/label-patterns': async ({ params }, context) => {
      const view = await viewable(parts, context, params.databaseId);
      const items = await labels.listPatterns(view.project?.id ?? null);
      const { actor } = context;
      const create = actor.can('project.manage', projectOf(view));
      const createForAll = actor.can('instance.manage', 'workspace');
      return { items: items.map((item) => presentPattern(actor, item)), abilities: { create, createForAll } };
    },
    'POST /databases/:databaseId/label-patterns': async ({ params, body }, context) => {
      const database = await managed(context, params.databaseId);
      // Without a project it is nobody's but the workspace's.
      const isForAll = body.isForAll || database.projectId === null;
      if (isForAll) context.authorize('instance.manage', 'workspace');
      const id = await service.addPattern(context.actor, database, { ...body, isForAll });
      const added = (await labels.listPatterns(database.projectId)).find((pattern) => pattern.id === id);
      if (added === undefined) throw notFound('pattern');
      return presentPattern(context.actor, added);
    },
    'DELETE /databases/:databaseId/label-patterns/:patternId': async ({ params }, context) => {
      const database = await managed(context, params.databaseId);
      const pattern = await labels.findPattern(params.patternId);
      if (pattern === null || (pattern.projectId ?? database.projectId) !== database.projectId)
        throw notFound('pattern');
      if (pattern.projectId === null) context.authorize('instance.manage', 'workspace');
      await service.removePattern(context.actor, database, pattern);
      return { done: true };
    },
  };
}

type PatternRow = Awaited<ReturnType<LabelStore['listPatterns']>>[number];

function presentPattern(actor: Actor, { projectId, projectName, addedAt, ...pattern }: PatternRow) {
  const mayDelete =
    projectId === null ? actor.can('instance.manage', 'workspace') : actor.can('project.manage', { projectId });
  return {
    ...pattern,
    project: projectId === null ? null : { id: projectId, name: projectName ?? '' },
    addedAt: addedAt.toISOString(),
    abilities: { delete: mayDelete },
  };
}

function projectOf(view: DatabaseView) {
  return { projectId: view.project?.id ?? null };
}

/** Searched and cut here: labels are put together from names, patterns and rows. */
function pageOf<T>(all: readonly T[], query: PageQuery, words: (item: T) => readonly (string | null)[]): Page<T> {
  const search = query.search?.trim().toLowerCase() ?? '';
  const found = all.filter((item) => words(item).some((word) => word?.toLowerCase().includes(search)));
  const from = offsetOf(query);
  return {
    items: found.slice(from, from + query.pageSize),
    total: found.length,
    page: query.page,
    pageSize: query.pageSize,
  };
}
