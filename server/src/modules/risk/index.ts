export type { RuleChange } from './changed-rules.ts';
export { evaluationsOf } from './evaluations.ts';
export { reevaluate } from './judge.ts';
export { type ReplayedRisk, replayEach } from './replay.ts';
export type {
  ConsideredRule,
  RiskEvaluation,
  RiskInputs,
  RiskLevel,
  RiskSource,
  RiskSubject,
} from './risk.ts';
export { openRiskCenter } from './risk-center.ts';
export { flagFaults, type RiskEvaluator, recordEvaluations, riskEvaluator } from './risk-evaluator.ts';
export { riskSentences } from './risk-sentences.ts';
