import type { Decider, FlowStep } from '@tidegate/contract';
import { roles } from '@tidegate/contract';
import type { Flow } from './approval.ts';

/** Names of groups and people, by id. */
export type DeciderNames = ReadonlyMap<string, string>;

const numbers = ['No', 'One', 'Two', 'Three', 'Four', 'Five'];

/** `Project Owner, Workspace DBA or group On-call` */
export function decidersWords(deciders: readonly Decider[], names: DeciderNames): string {
  const words = deciders.map((decider) => {
    if (decider.kind === 'role') return roleLabel(decider.role);
    const name = names.get(decider.id) ?? 'somebody who is gone';
    return decider.kind === 'group' ? `group ${name}` : name;
  });
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** `Two of Project Owner or group On-call decide within 4 h, otherwise step 3 does`; `two of …` within a sentence. */
export function stepWords(step: FlowStep, names: DeciderNames, isWithin = false): string {
  const who = decidersWords(step.deciders, names);
  const number = numbers[step.quorum] ?? String(step.quorum);
  const count = isWithin ? number.toLowerCase() : number;
  const isOnePerson = step.deciders.length === 1 && step.deciders[0]?.kind === 'person';
  const subject = isOnePerson ? who : step.quorum === 1 ? `${count} ${who}` : `${count} of ${who}`;
  const deed = step.quorum === 1 ? 'decides' : 'decide';
  if (step.minutes === null) return `${subject} other than the requester ${deed}`;
  const otherwise =
    step.afterwards.kind === 'expire' ? 'the request expires' : `step ${step.afterwards.step + 1} decides`;
  return `${subject} other than the requester ${deed} within ${durationWords(step.minutes)}, otherwise ${otherwise}`;
}

export function flowSentence(flow: Pick<Flow, 'kind' | 'steps' | 'approvesWrite'>, names: DeciderNames): string {
  if (flow.kind === 'refuse') return 'It cannot be asked for.';
  if (flow.kind === 'auto_approve') {
    return flow.approvesWrite ? 'Approved without asking anybody, write too.' : 'Approved without asking anybody.';
  }
  return `${flow.steps.map((step, at) => stepWords(step, names, at > 0)).join('; then ')}.`;
}

export function durationWords(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? '1 day' : `${minutes / 1440} days`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

export function roleLabel(role: string): string {
  return Object.entries(roles).find(([name]) => name === role)?.[1].label ?? role;
}
