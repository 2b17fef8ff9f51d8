import type { Reply } from '../../api/client.ts';

type ClosureStep = Reply<'GET /grants/:grantId'>['closure'][number];
type Step = ClosureStep['step'];

const order: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  ['Block', ['block']],
  ['End sessions', ['end']],
  ['Take privileges away', ['revoke', 'drop']],
  ['Check at the server', ['check']],
];

/** For whom and where a step is made; shown only where a closure has several. */
export function placeOf(step: Pick<ClosureStep, 'personName' | 'instanceTitle'>): string {
  return [step.personName, step.instanceTitle].filter(Boolean).join(', ');
}

export interface ComingStep {
  readonly name: string;
  readonly place: string;
  /** The next at its place: under way, or waiting to be tried again. */
  readonly isNext: boolean;
}

/** What is still to be done of a closure, as far as it has been seen: nothing of places whose check has passed. */
export function comingSteps(steps: readonly Pick<ClosureStep, 'step' | 'ok' | 'personName' | 'instanceTitle'>[]) {
  const places = steps.length === 0 ? [''] : [...new Set(steps.map(placeOf))];
  return places.flatMap((place): readonly ComingStep[] => {
    const done = steps.filter((step) => step.ok && placeOf(step) === place).map(({ step }) => step);
    const reached = order.findLastIndex(([, kinds]) => kinds.some((kind) => done.includes(kind)));
    return order.slice(reached + 1).map(([name], index) => ({ name, place, isNext: index === 0 }));
  });
}
