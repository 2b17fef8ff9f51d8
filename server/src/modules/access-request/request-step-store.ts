import type { Tx } from '../../platform/store/tx.ts';
import type { SourceRisk, Wanted } from './access-request.ts';
import type { NewRequestStep, RequestStep, StepChange } from './request-steps.ts';

export type MessageKind =
  | 'comment'
  | 'changes_wanted'
  | 'edited'
  | 'reminded'
  | 'approved'
  | 'rejected'
  | 'narrowed'
  | 'lapsed';

export interface RequestMessage {
  readonly id: string;
  readonly kind: MessageKind;
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly text: string;
  readonly at: Date;
}

export interface RequestCut {
  readonly by: { readonly id: string; readonly name: string };
  readonly before: Wanted;
  readonly after: Wanted;
  readonly at: Date;
}

/** What belongs to a request: the steps of its rounds, decisions, what was said, what was cut, how risky it was found. */
export interface RequestStepStore {
  begin(
    tx: Tx,
    requestId: string,
    round: number,
    begun: { readonly risks: readonly SourceRisk[]; readonly steps: readonly NewRequestStep[] },
  ): Promise<void>;
  /** The steps of each request's present round, in order. */
  stepsOf(requestIds: readonly string[], tx?: Tx): Promise<Map<string, RequestStep[]>>;
  risksOf(requestIds: readonly string[], tx?: Tx): Promise<Map<string, SourceRisk[]>>;
  change(tx: Tx, changes: readonly StepChange[]): Promise<void>;
  /** Steps that are still open or waiting decide nothing any more. */
  voidOpen(tx: Tx, requestIds: readonly string[]): Promise<void>;
  addDecision(tx: Tx, decision: NewDecision): Promise<void>;
  say(tx: Tx, message: NewMessage): Promise<void>;
  addCut(
    tx: Tx,
    cut: { requestId: string; round: number; personId: string; before: Wanted; after: Wanted },
  ): Promise<void>;
  messagesOf(requestId: string): Promise<RequestMessage[]>;
  cutsOf(requestId: string): Promise<RequestCut[]>;
  /** Pending requests with a step whose time has passed. */
  findLapsed(): Promise<string[]>;
}

export interface NewDecision {
  readonly requestId: string;
  readonly round: number;
  readonly personId: string;
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  readonly contentHash: string;
  /** The steps it counts for. */
  readonly steps: readonly { readonly id: string; readonly track: number }[];
}

export interface NewMessage {
  readonly requestId: string;
  readonly personId: string | null;
  readonly kind: MessageKind;
  readonly text: string;
}
