import type { LevelCaps, MatrixCell, RequestLevel, RequestSource } from '@tidegate/contract';
import type { Tx } from '../../platform/store/tx.ts';
import type { ApprovalRules, Flow } from './approval.ts';

export interface ProjectCell {
  readonly source: RequestSource;
  readonly level: RequestLevel;
  readonly flowId: string;
}

export interface KnownFlow extends Flow {
  readonly updatedAt: Date;
  /** Cells of the workspace and of projects. */
  readonly usedBy: number;
}

export interface ApprovalStore {
  /** Flows that can be chosen, in their newest version, by name. */
  listFlows(tx?: Tx): Promise<KnownFlow[]>;
  findFlow(tx: Tx, id: string): Promise<KnownFlow | null>;
  insertFlow(tx: Tx, flow: Omit<Flow, 'id' | 'version'>, savedBy: string): Promise<string>;
  /** Saves the next version; false when `flow.version` is not the newest any more. */
  saveFlow(tx: Tx, flow: Flow, savedBy: string): Promise<boolean>;
  deleteFlow(tx: Tx, id: string): Promise<void>;
  isNameTaken(tx: Tx, name: string, exceptId: string | null): Promise<boolean>;
  /** Cells of the workspace (null) or of a project. */
  listCells(projectId: string | null, tx?: Tx): Promise<MatrixCell[]>;
  setCell(tx: Tx, projectId: string | null, cell: MatrixCell): Promise<void>;
  clearProject(tx: Tx, projectId: string): Promise<void>;
  listCaps(projectId: string | null, tx?: Tx): Promise<LevelCaps[]>;
  setCaps(tx: Tx, projectId: string | null, caps: LevelCaps): Promise<void>;
  /** What is in force for a project. */
  rulesOf(projectId: string, tx?: Tx): Promise<ApprovalRules>;
  /** Waits for whoever changes flows or cells, so that two changes do not pass each other. */
  lockSettings(tx: Tx): Promise<void>;
  projectName(projectId: string, tx?: Tx): Promise<string | null>;
}
