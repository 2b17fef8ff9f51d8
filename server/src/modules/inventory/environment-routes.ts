import type { Actor, HandlersOf } from '../../platform/http/route.ts';
import { definedOf } from './defined-of.ts';
import type { Environment } from './environment.ts';
import type { EnvironmentService } from './environment-service.ts';
import type { EnvironmentStore } from './environment-store.ts';

type Keys =
  | 'GET /environments'
  | 'POST /environments'
  | 'PATCH /environments/:environmentId'
  | 'DELETE /environments/:environmentId';

export function environmentHandlers(parts: {
  readonly environments: EnvironmentStore;
  readonly service: EnvironmentService;
}): HandlersOf<Keys> {
  const { environments, service } = parts;
  const presentOne = async (actor: Actor, id: string) =>
    present(actor, await service.get(id), await environments.countInstances());

  return {
    'GET /environments': async (_input, context) => {
      context.authorize('environment.list', 'workspace');
      const [items, counts] = await Promise.all([environments.list(), environments.countInstances()]);
      const { actor } = context;
      return {
        items: items.map((environment) => present(actor, environment, counts)),
        abilities: { create: actor.can('environment.manage', 'workspace') },
      };
    },
    'POST /environments': async ({ body }, context) => {
      context.authorize('environment.manage', 'workspace');
      const { id } = await service.create(context.actor, body);
      return await presentOne(context.actor, id);
    },
    'PATCH /environments/:environmentId': async ({ params, body }, context) => {
      context.authorize('environment.manage', 'workspace');
      await service.update(context.actor, params.environmentId, definedOf(body));
      return await presentOne(context.actor, params.environmentId);
    },
    'DELETE /environments/:environmentId': async ({ params }, context) => {
      context.authorize('environment.manage', 'workspace');
      await service.delete(context.actor, params.environmentId);
      return { done: true };
    },
  };
}

function present(actor: Actor, environment: Environment, counts: ReadonlyMap<string, number>) {
  const mayManage = actor.can('environment.manage', 'workspace');
  const instances = counts.get(environment.id) ?? 0;
  return { ...environment, instances, abilities: { edit: mayManage, delete: mayManage && instances === 0 } };
}
