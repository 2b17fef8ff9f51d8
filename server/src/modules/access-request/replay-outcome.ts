import type { Expiry } from '@tidegate/contract';
import { type ApprovalRules, capsOf, planOf, type SourceVerdict } from '../approval/index.ts';
import { endOf } from './access-request.ts';

/** What a past request was, as far as flows and limits look at it. */
export interface PastRequest {
  readonly id: string;
  readonly projectId: string;
  readonly createdAt: Date;
  readonly startsAt: Date | null;
  readonly expiry: Expiry;
  readonly ticket: string | null;
}

export interface ReplayedOutcome {
  readonly outcome: 'auto_approved' | 'asked' | 'refused';
  /** `Asks Project Owner`, `Approved by Auto-approve`, or why it is refused. */
  readonly words: string;
}

/** What would come of a past request under these rules. Whether there is anybody to decide is not looked at: people change. */
export function outcomeUnder(
  request: PastRequest,
  verdicts: readonly SourceVerdict[],
  rules: ApprovalRules,
): ReplayedOutcome {
  const plan = planOf(verdicts, rules);
  if (plan.kind === 'refused') return { outcome: 'refused', words: plan.message };
  const caps = capsOf(
    verdicts.flatMap(({ level }) => (level === null ? [] : [level])),
    rules,
  );
  const start = request.startsAt ?? request.createdAt;
  const end = endOf(request.expiry, start);
  if (end === null && !caps.allowsNoEnd) return { outcome: 'refused', words: 'It had no end.' };
  if (end !== null && end.getTime() - start.getTime() > caps.longestMinutes * 60_000) {
    return { outcome: 'refused', words: 'It would last too long.' };
  }
  if (caps.needsTicket && request.ticket === null) return { outcome: 'refused', words: 'It had no ticket.' };
  return plan.kind === 'auto'
    ? { outcome: 'auto_approved', words: `Approved by ${namesOf(plan.flows)}` }
    : { outcome: 'asked', words: `Asks ${namesOf(plan.tracks.map((track) => track.flow))}` };
}

function namesOf(flows: readonly { readonly name: string }[]): string {
  return [...new Set(flows.map((flow) => flow.name))].join(' and ');
}
