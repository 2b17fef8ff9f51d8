import type { RiskRuleChange } from '@tidegate/contract';
import type { Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { useSend } from '../../api/queries.ts';
import { useMay } from '../../app/session.ts';

export interface Replay {
  readonly report: Reply<'POST /risk-rules/replay'> | undefined;
  /** What approval would have made of it; for those who manage approval. */
  readonly outcomes: Reply<'POST /approval/replay'> | undefined;
  readonly problem: ApiProblem | null;
  readonly isBusy: boolean;
  start(change: RiskRuleChange): void;
  /** What was found out is not of the rule as it is written now. */
  reset(): void;
}

/** What the last 30 days' requests would have met by a rule that is not saved: their levels, and what follows from them. */
export function useReplay(): Replay {
  const levels = useSend('POST /risk-rules/replay');
  const outcomes = useSend('POST /approval/replay');
  const maySeeOutcomes = useMay('approval.manage');
  return {
    report: levels.data,
    outcomes: outcomes.data,
    problem: levels.error ?? outcomes.error,
    isBusy: levels.isPending || outcomes.isPending,
    start: (change) => {
      levels.mutate({ body: { change } });
      if (maySeeOutcomes) outcomes.mutate({ body: { rules: [change] } });
    },
    reset: () => {
      levels.reset();
      outcomes.reset();
    },
  };
}
