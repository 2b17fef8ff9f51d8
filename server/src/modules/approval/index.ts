export {
  type ApprovalRules,
  capsOf,
  deciderKeys,
  type Flow,
  highestLevel,
  matrixOf,
} from './approval.ts';
export { type ApprovalPlan, planOf, type SourceVerdict, type Track } from './approval-plan.ts';
export { approvalSentences } from './approval-sentences.ts';
export type { ApprovalStore } from './approval-store.ts';
export { openApproval } from './approvals.ts';
export type { Approver, Approvers } from './approvers.ts';
export { type DeciderNames, decidersWords, durationWords, flowSentence, stepWords } from './flow-words.ts';
export { availabilityFault } from './plan-availability.ts';
