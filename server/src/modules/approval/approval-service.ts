import type { FlowDraft, LevelCaps, MatrixCell } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { decidingRoles, type Flow } from './approval.ts';
import type { ApprovalStore, KnownFlow, ProjectCell } from './approval-store.ts';
import type { Approvers } from './approvers.ts';
import { flowSentence } from './flow-words.ts';

/** Who changes the settings. */
export interface SettingsActor {
  readonly personId: string;
  readonly adminPersonId: string | null;
}

interface Parts {
  readonly store: ApprovalStore;
  readonly approvers: Approvers;
  readonly audit: AuditLog;
  readonly inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
}

/** Flows, the matrix and its limits. One change at a time, each on record. */
export class ApprovalService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async addFlow(actor: SettingsActor, draft: FlowDraft): Promise<string> {
    return await this.#change(async (tx) => {
      await this.#requireSound(tx, draft, null);
      const id = await this.#parts.store.insertFlow(tx, draft, actor.personId);
      await this.#record(tx, actor, 'approval.flow_added', { id, ...draft });
      return id;
    });
  }

  /** Refuses with `approval.flow_changed` when somebody else saved it meanwhile. */
  async saveFlow(actor: SettingsActor, id: string, draft: FlowDraft & { version: number }): Promise<void> {
    const { store } = this.#parts;
    await this.#change(async (tx) => {
      const flow = await this.#getFlow(tx, id);
      await this.#requireSound(tx, draft, id);
      await this.#requireFitsItsCells(tx, { ...draft, id });
      if (!(await store.saveFlow(tx, { ...draft, id }, actor.personId))) {
        throw new AppError(
          'approval.flow_changed',
          'Somebody else has changed this flow. Read it again, then change it.',
        );
      }
      await this.#record(tx, actor, 'approval.flow_changed', { ...draft, id }, flow);
    });
  }

  async deleteFlow(actor: SettingsActor, id: string): Promise<void> {
    await this.#change(async (tx) => {
      const flow = await this.#getFlow(tx, id);
      if (flow.usedBy > 0) {
        throw new AppError(
          'approval.flow_in_use',
          `“${flow.name}” stands in ${flow.usedBy} cells. Choose another there first.`,
        );
      }
      await this.#parts.store.deleteFlow(tx, id);
      await this.#record(tx, actor, 'approval.flow_deleted', flow);
    });
  }

  async setMatrix(actor: SettingsActor, cells: readonly MatrixCell[], caps: readonly LevelCaps[]): Promise<void> {
    await this.#change(async (tx) => {
      for (const cell of cells) {
        await this.#requireCell(tx, cell);
        await this.#parts.store.setCell(tx, null, cell);
      }
      for (const one of caps) await this.#parts.store.setCaps(tx, null, one);
      const words = await this.#cellWords(tx, cells);
      await this.#parts.audit.append(tx, {
        kind: 'approval.matrix_changed',
        actorId: actor.personId,
        onBehalfOfId: actor.adminPersonId,
        data: { cells: words, caps },
      });
    });
  }

  /** All that a project adds, anew. It stands beside the workspace's matrix and can only make asking stricter. */
  async setProject(
    actor: SettingsActor,
    projectId: string,
    cells: readonly ProjectCell[],
    caps: readonly LevelCaps[],
  ): Promise<void> {
    const { store, audit } = this.#parts;
    await this.#change(async (tx) => {
      await store.clearProject(tx, projectId);
      for (const cell of cells) {
        await this.#requireCell(tx, cell);
        await store.setCell(tx, projectId, cell);
      }
      for (const one of caps) await store.setCaps(tx, projectId, one);
      await audit.append(tx, {
        kind: 'approval.project_changed',
        actorId: actor.personId,
        onBehalfOfId: actor.adminPersonId,
        projectId,
        data: { project: await store.projectName(projectId, tx), cells: await this.#cellWords(tx, cells), caps },
      });
    });
  }

  async #change<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#parts.inTransaction(async (tx) => {
      await this.#parts.store.lockSettings(tx);
      return await work(tx);
    });
  }

  async #getFlow(tx: Tx, id: string): Promise<KnownFlow> {
    const flow = await this.#parts.store.findFlow(tx, id);
    if (flow === null) throw notFound('flow');
    return flow;
  }

  async #requireSound(tx: Tx, draft: FlowDraft, id: string | null): Promise<void> {
    const { store, approvers } = this.#parts;
    const fault = flowFault(draft);
    if (fault !== null) throw new AppError('approval.flow_invalid', fault);
    if (
      (await approvers.unknownOf(
        draft.steps.flatMap((step) => step.deciders),
        tx,
      )) > 0
    ) {
      throw new AppError('approval.flow_invalid', 'A step names a person or group that is not there or not active.');
    }
    if (await store.isNameTaken(tx, draft.name, id)) {
      throw new AppError('approval.flow_name_taken', `There is a flow “${draft.name}” already. Choose another name.`);
    }
  }

  /** A flow that stands for write or emergency must still do so. */
  async #requireFitsItsCells(tx: Tx, flow: Pick<Flow, 'id' | 'name' | 'kind' | 'approvesWrite'>): Promise<void> {
    const cells = await this.#parts.store.listCells(null, tx);
    for (const cell of cells.filter((one) => one.flowId === flow.id)) refuseUnfit(flow, cell);
  }

  async #requireCell(tx: Tx, cell: MatrixCell): Promise<void> {
    if (cell.flowId === null) return;
    refuseUnfit(await this.#getFlow(tx, cell.flowId), cell);
  }

  async #cellWords(tx: Tx, cells: readonly MatrixCell[]) {
    const flows = new Map((await this.#parts.store.listFlows(tx)).map((flow) => [flow.id, flow]));
    return cells.map((cell) => ({
      ...cell,
      flow: cell.flowId === null ? null : (flows.get(cell.flowId)?.name ?? null),
    }));
  }

  async #record(
    tx: Tx,
    actor: SettingsActor,
    kind: 'approval.flow_added' | 'approval.flow_changed' | 'approval.flow_deleted',
    flow: FlowDraft | KnownFlow,
    before?: KnownFlow,
  ): Promise<void> {
    const names = await this.#parts.approvers.namesOf(
      flow.steps.flatMap((step) => step.deciders),
      tx,
    );
    await this.#parts.audit.append(tx, {
      kind,
      actorId: actor.personId,
      onBehalfOfId: actor.adminPersonId,
      data: { flow: flow.name, sentence: flowSentence(flow, names), after: flow, before: before ?? null },
    });
  }
}

function refuseUnfit(flow: Pick<Flow, 'name' | 'kind' | 'approvesWrite'>, { source }: MatrixCell): void {
  if (flow.kind !== 'auto_approve') return;
  if (source === 'write' && !flow.approvesWrite) {
    throw new AppError(
      'approval.write_needs_consent',
      `“${flow.name}” approves without asking anybody. For write the flow itself has to say so.`,
    );
  }
  if (source === 'emergency') {
    throw new AppError(
      'approval.flow_invalid',
      'Emergency access needs somebody who reviews it: choose a flow with steps.',
    );
  }
}

/** What is wrong with a flow by itself; null when nothing is. */
export function flowFault(draft: FlowDraft): string | null {
  if (draft.kind !== 'steps') {
    if (draft.steps.length > 0) return 'Only a flow in which people decide has steps.';
    return draft.kind === 'refuse' && draft.approvesWrite ? 'A flow that refuses approves nothing.' : null;
  }
  if (draft.steps.length === 0) return 'Add a step, or choose auto-approve in so many words.';
  if (draft.approvesWrite) return 'Only auto-approve stands for write by itself; here people decide.';
  for (const [index, step] of draft.steps.entries()) {
    const unfit = step.deciders.find(
      (one) => one.kind === 'role' && !decidingRoles.some((role) => role.role === one.role),
    );
    if (unfit !== undefined) return `Step ${index + 1} names a role that may not decide requests.`;
    if (step.afterwards.kind === 'step') {
      if (step.minutes === null) return `Step ${index + 1} goes on to another step, but does not say after how long.`;
      if (step.afterwards.step <= index || step.afterwards.step >= draft.steps.length) {
        return `Step ${index + 1} must go on to a later step.`;
      }
    }
  }
  return null;
}
