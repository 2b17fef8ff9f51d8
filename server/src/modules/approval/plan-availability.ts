import type { Tx } from '../../platform/store/tx.ts';
import { deciderKeys } from './approval.ts';
import type { Track } from './approval-plan.ts';
import type { Approver, Approvers } from './approvers.ts';
import { decidersWords } from './flow-words.ts';
import { firstUnfilledStep } from './quorum-match.ts';

/**
 * Why the tracks could never be decided without the people who gain, in words that say who mends it; null when they
 * could. In one flow nobody decides twice.
 */
export async function availabilityFault(
  approvers: Approvers,
  tracks: readonly Track[],
  projectId: string,
  gainers: readonly string[],
  tx?: Tx,
): Promise<string | null> {
  for (const { flow } of tracks) {
    const seats: { quorum: number; people: string[]; all: Approver[] }[] = [];
    for (const step of flow.steps) {
      const all = await approvers.peopleOf(deciderKeys(step.deciders, projectId), [], tx);
      seats.push({ quorum: step.quorum, all, people: all.map(({ id }) => id).filter((id) => !gainers.includes(id)) });
    }
    const missing = firstUnfilledStep(seats);
    if (missing === null) continue;
    const step = flow.steps[missing];
    const found = seats[missing];
    if (step === undefined || found === undefined) continue;
    const who = decidersWords(step.deciders, await approvers.namesOf(step.deciders, tx));
    return faultWords(
      flow.name,
      missing,
      who,
      found,
      step.deciders.some((one) => one.kind === 'role'),
    );
  }
  return null;
}

function faultWords(
  flow: string,
  index: number,
  who: string,
  { quorum, people, all }: { quorum: number; people: readonly string[]; all: readonly Approver[] },
  isByRole: boolean,
): string {
  const where = `Step ${index + 1} of the flow “${flow}” asks for ${quorum === 1 ? '' : `${quorum} of `}${who}`;
  const state =
    people.length > 0
      ? `only ${people.length} could decide, each person once in a flow`
      : all.length > 0
        ? 'only you are that'
        : 'nobody is that';
  const mend = isByRole
    ? 'An administrator has to add another Project Owner under Members, or give somebody the role under Users & Groups.'
    : 'A Workspace Admin has to add somebody under Users & Groups, or change the flow under Custom Approval.';
  return `Nobody could decide this request. ${where}: ${state}. ${mend}`;
}
