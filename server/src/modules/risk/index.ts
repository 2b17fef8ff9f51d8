export { evaluationsOf } from './evaluations.ts';
export { reevaluate } from './judge.ts';
export {
  type ConsideredRule,
  type RiskEvaluation,
  type RiskInputs,
  type RiskLevel,
  type RiskSource,
  type RiskSubject,
  rankOf,
} from './risk.ts';
export { type RiskEvaluator, recordEvaluations, riskEvaluator } from './risk-evaluator.ts';
