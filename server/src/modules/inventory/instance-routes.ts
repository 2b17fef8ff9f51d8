import { setupHelp } from '../../connection-methods/aws-iam/setup-help.ts';
import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { CapabilityCheck } from './capability-check.ts';
import type { ProbeResult } from './connection-probe.ts';
import { definedOf } from './defined-of.ts';
import type { InstanceReadModel, InstanceView } from './instance-read-model.ts';
import type { InstanceService } from './instance-service.ts';
import type { InventorySync } from './inventory-sync.ts';

type Keys =
  | 'GET /instances'
  | 'POST /instances'
  | 'POST /instances/test'
  | 'POST /instances/setup-help'
  | 'GET /instances/:instanceId'
  | 'PATCH /instances/:instanceId'
  | 'DELETE /instances/:instanceId'
  | 'POST /instances/:instanceId/sync'
  | 'POST /instances/:instanceId/capability-check';

export function instanceHandlers(parts: {
  readonly service: InstanceService;
  readonly views: InstanceReadModel;
  readonly sync: InventorySync;
  readonly capabilities: CapabilityCheck;
  readonly installation: () => Promise<string>;
}): HandlersOf<Keys> {
  const { service, views, sync, capabilities, installation } = parts;

  const shown = async (context: RequestContext, id: string) => {
    const view = await views.find(id);
    if (view === null) throw notFound('instance');
    return present(context.actor, view);
  };

  return {
    'GET /instances': async ({ query }, context) => {
      context.authorize('instance.list', 'workspace');
      const { actor } = context;
      const { items, ...page } = await views.list(query);
      const abilities = { create: actor.can('instance.manage', 'workspace') };
      return { ...page, items: items.map((view) => present(actor, view)), abilities };
    },
    'POST /instances/test': async ({ body }, context) => {
      context.authorize('instance.manage', 'workspace');
      const { instanceId, ...connection } = body;
      return presentTest(await service.test(connection, instanceId));
    },
    'POST /instances/setup-help': async ({ body }, context) => {
      context.authorize('instance.manage', 'workspace');
      return setupHelp(body, await installation());
    },
    'POST /instances': async ({ body }, context) => {
      context.authorize('instance.manage', 'workspace');
      return await shown(context, await service.create(context.actor, body));
    },
    'GET /instances/:instanceId': async ({ params }, context) => {
      context.authorize('instance.list', 'workspace');
      return await shown(context, params.instanceId);
    },
    'PATCH /instances/:instanceId': async ({ params, body }, context) => {
      context.authorize('instance.manage', 'workspace');
      await service.update(context.actor, params.instanceId, definedOf(body));
      return await shown(context, params.instanceId);
    },
    'DELETE /instances/:instanceId': async ({ params }, context) => {
      context.authorize('instance.manage', 'workspace');
      await service.unregister(context.actor, params.instanceId);
      return { done: true };
    },
    'POST /instances/:instanceId/sync': async ({ params }, context) => {
      context.authorize('instance.manage', 'workspace');
      await sync.syncInstance(params.instanceId, context.actor.personId);
      return await shown(context, params.instanceId);
    },
    'POST /instances/:instanceId/capability-check': async ({ params }, context) => {
      context.authorize('instance.manage', 'workspace');
      await capabilities.check(params.instanceId, context.actor.personId);
      return await shown(context, params.instanceId);
    },
  };
}

function present(actor: Actor, { isUnregistering, ...view }: InstanceView) {
  const mayManage = actor.can('instance.manage', 'workspace');
  const mayChange = mayManage && !isUnregistering;
  return {
    ...view,
    abilities: { edit: mayManage, sync: mayChange, checkCapability: mayChange, unregister: mayManage },
  };
}

/** One sentence on what is wrong and one on what to do. */
function presentTest(result: ProbeResult) {
  const { elapsedMs } = result;
  if (!result.ok) {
    const { message, hint, kind } = result.error;
    return { ok: false, message, hint, kind, version: null, engine: null, isTls: null, elapsedMs };
  }
  const { version, engine, isTls, isReadOnly } = result.facts;
  return {
    ok: true,
    message: isReadOnly ? 'Connected, but this server only reads.' : 'Connected.',
    hint: isReadOnly ? 'Use the writer’s address: Tidegate makes and drops accounts there.' : null,
    kind: isReadOnly ? 'read_only' : null,
    version,
    engine,
    isTls,
    elapsedMs,
  };
}
