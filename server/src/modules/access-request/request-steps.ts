import { type Decider, type FlowStep, flowStep, type RequestSource } from '@tidegate/contract';
import { deciderKeys, type Track } from '../approval/index.ts';

export type StepState = 'waiting' | 'open' | 'satisfied' | 'passed_over' | 'expired' | 'void';
export type Afterwards = FlowStep['afterwards'];

export interface NewRequestStep {
  /** Tracks run beside each other; the steps of one follow each other. */
  readonly track: number;
  readonly position: number;
  readonly flowId: string;
  readonly flowVersion: number;
  readonly sources: readonly RequestSource[];
  readonly deciders: readonly Decider[];
  readonly deciderKeys: readonly string[];
  readonly quorum: number;
  readonly minutes: number | null;
  readonly afterwards: Afterwards;
  readonly state: StepState;
  readonly dueAt: Date | null;
}

export interface RequestStep extends NewRequestStep {
  readonly id: string;
  readonly flowName: string;
  /** People whose approval counts here, each once. */
  readonly approvedBy: readonly { readonly id: string; readonly name: string }[];
}

/** A state that a step takes. */
export interface StepChange {
  readonly stepId: string;
  readonly state: StepState;
  readonly dueAt: Date | null;
}

/** The steps of a request that is sent now: the first of each flow is open. */
export function stepsOf(tracks: readonly Track[], projectId: string, now: Date): NewRequestStep[] {
  return tracks.flatMap(({ flow, sources }, track) =>
    flow.steps.map((step, position) => ({
      ...{ track, position, flowId: flow.id, flowVersion: flow.version, sources },
      deciders: step.deciders,
      deciderKeys: deciderKeys(step.deciders, projectId),
      quorum: step.quorum,
      minutes: step.minutes,
      afterwards: step.afterwards,
      state: position === 0 ? ('open' as const) : ('waiting' as const),
      dueAt: position === 0 ? dueAt(step.minutes, now) : null,
    })),
  );
}

/** Open steps that this person may decide: his keys are named, his decision does not count in that flow yet. */
export function decidableSteps(
  steps: readonly RequestStep[],
  personId: string,
  keys: readonly string[],
  now: Date,
): RequestStep[] {
  const own = new Set(keys);
  const taken = new Set(
    steps.filter((step) => step.approvedBy.some((one) => one.id === personId)).map((step) => step.track),
  );
  return steps.filter(
    (step) =>
      step.state === 'open' &&
      (step.dueAt === null || step.dueAt > now) &&
      !taken.has(step.track) &&
      step.deciderKeys.some((key) => own.has(key)),
  );
}

/** What one more approval on these steps changes, and whether then everything is approved. */
export function afterApproval(
  steps: readonly RequestStep[],
  approved: readonly RequestStep[],
  now: Date,
): { changes: StepChange[]; isDecided: boolean } {
  const changes: StepChange[] = [];
  for (const step of approved) {
    if (step.approvedBy.length + 1 < step.quorum) continue;
    changes.push({ stepId: step.id, state: 'satisfied', dueAt: null });
    const next = steps.find((one) => one.track === step.track && one.position === step.position + 1);
    if (next !== undefined) changes.push({ stepId: next.id, state: 'open', dueAt: dueAt(next.minutes, now) });
  }
  return { changes, isDecided: isDecided(apply(steps, changes)) };
}

/** What time alone changes: steps whose time has passed go on, or let the request expire. */
export function afterTime(steps: readonly RequestStep[], now: Date): { changes: StepChange[]; isExpired: boolean } {
  const changes: StepChange[] = [];
  for (const step of steps) {
    if (step.state !== 'open' || step.dueAt === null || step.dueAt > now) continue;
    if (step.afterwards.kind === 'expire') {
      return { changes: [{ stepId: step.id, state: 'expired', dueAt: null }], isExpired: true };
    }
    const target = step.afterwards.step;
    for (const other of steps.filter((one) => one.track === step.track)) {
      if (other.position >= step.position && other.position < target) {
        changes.push({ stepId: other.id, state: 'passed_over', dueAt: null });
      }
      if (other.position === target)
        changes.push({ stepId: other.id, state: 'open', dueAt: dueAt(other.minutes, now) });
    }
  }
  return { changes, isExpired: false };
}

export function apply(steps: readonly RequestStep[], changes: readonly StepChange[]): RequestStep[] {
  const byId = new Map(changes.map((change) => [change.stepId, change]));
  return steps.map((step) => ({ ...step, ...byId.get(step.id) }));
}

/** Every flow has come to its end, with somebody's yes in each: passing over alone decides nothing. */
export function isDecided(steps: readonly Pick<RequestStep, 'track' | 'state'>[]): boolean {
  const tracks = [...Map.groupBy(steps, (step) => step.track).values()];
  return (
    tracks.length > 0 &&
    tracks.every(
      (track) =>
        track.every((step) => step.state === 'satisfied' || step.state === 'passed_over') &&
        track.some((step) => step.state === 'satisfied'),
    )
  );
}

function dueAt(minutes: number | null, now: Date): Date | null {
  return minutes === null ? null : new Date(now.getTime() + minutes * 60_000);
}

/** As the store keeps it, parsed again: a row that was written by hand must not decide anything. */
export const storedDeciders = flowStep.shape.deciders;
export const storedAfterwards = flowStep.shape.afterwards;
