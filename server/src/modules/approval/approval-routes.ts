import type { ApprovalFlow } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf } from '../../platform/http/route.ts';
import { decidingRoles } from './approval.ts';
import type { ApprovalService } from './approval-service.ts';
import type { ApprovalStore, KnownFlow, ProjectCell } from './approval-store.ts';
import type { Approvers } from './approvers.ts';
import { flowSentence, stepWords } from './flow-words.ts';

type Keys =
  | 'GET /approval'
  | 'POST /approval/flows'
  | 'PUT /approval/flows/:flowId'
  | 'DELETE /approval/flows/:flowId'
  | 'PUT /approval/matrix'
  | 'GET /projects/:projectId/approval'
  | 'PUT /projects/:projectId/approval';

export function approvalHandlers(parts: {
  readonly service: ApprovalService;
  readonly store: ApprovalStore;
  readonly approvers: Approvers;
}): HandlersOf<Keys> {
  const { service, store, approvers } = parts;

  const present = async (actor: Actor, flows: readonly KnownFlow[]): Promise<ApprovalFlow[]> => {
    const names = await approvers.namesOf(flows.flatMap((flow) => flow.steps.flatMap((step) => step.deciders)));
    const mayManage = actor.can('approval.manage', 'workspace');
    return flows.map(({ updatedAt, ...flow }) => ({
      ...flow,
      steps: [...flow.steps],
      sentence: flowSentence(flow, names),
      stepSentences: flow.steps.map((step) => `${stepWords(step, names)}.`),
      names: Object.fromEntries(
        flow.steps
          .flatMap((step) => step.deciders)
          .flatMap((decider) => {
            const name = decider.kind === 'role' ? undefined : names.get(decider.id);
            return name === undefined || decider.kind === 'role' ? [] : [[decider.id, name]];
          }),
      ),
      updatedAt: updatedAt.toISOString(),
      abilities: { edit: mayManage, delete: mayManage && flow.usedBy === 0 },
    }));
  };
  const presentOne = async (actor: Actor, id: string): Promise<ApprovalFlow> => {
    const flow = (await present(actor, await store.listFlows())).find((one) => one.id === id);
    if (flow === undefined) throw notFound('flow');
    return flow;
  };
  const ofProject = async (actor: Actor, projectId: string) => ({
    projectId,
    cells: (await store.listCells(projectId)).flatMap((cell): ProjectCell[] =>
      cell.flowId === null ? [] : [{ ...cell, flowId: cell.flowId }],
    ),
    caps: await store.listCaps(projectId),
    abilities: { edit: actor.can('project.manage', { projectId }) },
  });

  return {
    'GET /approval': async (_input, context) => {
      context.authorize('approval.list', 'workspace');
      const [flows, matrix, caps] = await Promise.all([store.listFlows(), store.listCells(null), store.listCaps(null)]);
      return {
        flows: await present(context.actor, flows),
        matrix,
        caps,
        roles: decidingRoles,
        abilities: { manage: context.actor.can('approval.manage', 'workspace') },
      };
    },
    'POST /approval/flows': async ({ body }, context) => {
      context.authorize('approval.manage', 'workspace');
      return await presentOne(context.actor, await service.addFlow(context.actor, body));
    },
    'PUT /approval/flows/:flowId': async ({ params, body }, context) => {
      context.authorize('approval.manage', 'workspace');
      await service.saveFlow(context.actor, params.flowId, body);
      return await presentOne(context.actor, params.flowId);
    },
    'DELETE /approval/flows/:flowId': async ({ params }, context) => {
      context.authorize('approval.manage', 'workspace');
      await service.deleteFlow(context.actor, params.flowId);
      return { done: true };
    },
    'PUT /approval/matrix': async ({ body }, context) => {
      context.authorize('approval.manage', 'workspace');
      await service.setMatrix(context.actor, body.cells, body.caps);
      return { matrix: await store.listCells(null), caps: await store.listCaps(null) };
    },
    'GET /projects/:projectId/approval': async ({ params: { projectId } }, context) => {
      context.authorizeOrHide('project.view', { projectId }, 'project');
      const [flows, matrix, caps] = await Promise.all([store.listFlows(), store.listCells(null), store.listCaps(null)]);
      return {
        ...(await ofProject(context.actor, projectId)),
        flows: await present(context.actor, flows),
        workspace: { matrix, caps },
      };
    },
    'PUT /projects/:projectId/approval': async ({ params: { projectId }, body }, context) => {
      context.authorizeOrHide('project.manage', { projectId }, 'project');
      if ((await store.projectName(projectId)) === null) throw notFound('project');
      await service.setProject(context.actor, projectId, body.cells, body.caps);
      return await ofProject(context.actor, projectId);
    },
  };
}
