import type { ApprovalFlow, Decider, FlowDraft, FlowStep } from '@tidegate/contract';
import { durationWords } from '../../lib/duration.ts';

export const flowKinds = [
  { value: 'steps', label: 'People decide' },
  { value: 'auto_approve', label: 'Auto-approve' },
  { value: 'refuse', label: 'Cannot be asked for' },
] as const;

const newStep: FlowStep = {
  deciders: [{ kind: 'role', role: 'project_owner' }],
  quorum: 1,
  minutes: null,
  afterwards: { kind: 'expire' },
};

export function draftOf(flow: ApprovalFlow | null): FlowDraft {
  if (flow === null) {
    return {
      name: '',
      description: '',
      kind: 'steps',
      steps: [newStep],
      approvesWrite: false,
      extendsMinutes: null,
    };
  }
  const { name, description, kind, steps, approvesWrite, extendsMinutes } = flow;
  return { name, description, kind, steps, approvesWrite, extendsMinutes };
}

/** What is sent: a flow without people has no steps, and only `Auto-approve` says anything of write. */
export function toSend(draft: FlowDraft): FlowDraft {
  return {
    ...draft,
    name: draft.name.trim(),
    steps: draft.kind === 'steps' ? draft.steps : [],
    approvesWrite: draft.kind === 'auto_approve' && draft.approvesWrite,
    extendsMinutes: draft.kind === 'steps' ? draft.extendsMinutes : null,
  };
}

export function withStep(draft: FlowDraft, at: number, patch: Partial<FlowStep>): FlowDraft {
  return { ...draft, steps: draft.steps.map((step, index) => (index === at ? { ...step, ...patch } : step)) };
}

export function withNewStep(draft: FlowDraft): FlowDraft {
  return { ...draft, steps: [...draft.steps, newStep] };
}

/** Steps that led to the one taken away, or behind it, lead to what is left. */
export function withoutStep(draft: FlowDraft, at: number): FlowDraft {
  const steps = draft.steps.filter((_, index) => index !== at);
  return {
    ...draft,
    steps: steps.map((step, index) => {
      if (step.afterwards.kind === 'expire') return step;
      const target = step.afterwards.step > at ? step.afterwards.step - 1 : step.afterwards.step;
      return target > index && target < steps.length
        ? { ...step, afterwards: { kind: 'step', step: target } }
        : { ...step, afterwards: { kind: 'expire' } };
    }),
  };
}

export const keyOf = (decider: Decider) => (decider.kind === 'role' ? decider.role : decider.id);

/** Lengths a step may wait, and an extension may have, with one of the draft's own where it is none of these. */
export function lengthChoices(none: string, own: number | null) {
  const usual = [30, 60, 240, 480, 1440, 2880, 10_080];
  const all = own === null || usual.includes(own) ? usual : [...usual, own].toSorted((a, b) => a - b);
  return [
    { value: '', label: none },
    ...all.map((minutes) => ({ value: String(minutes), label: durationWords(minutes) })),
  ];
}
