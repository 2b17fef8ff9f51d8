import type { RouteReply, Routes, ScopeView } from '@tidegate/contract';
import { type Approver, type DeciderNames, decidersWords, durationWords, stepWords } from '../approval/index.ts';
import type { Wanted } from './access-request.ts';
import type { RequestMessage } from './request-step-store.ts';
import type { RequestStep } from './request-steps.ts';

type RequestView = RouteReply<Routes['POST /requests']>;
type RequestDetail = RouteReply<Routes['GET /requests/:requestId']>;

export function minutesOf({ expiry }: Pick<Wanted, 'expiry'>): number | null {
  return expiry.kind === 'after' ? expiry.minutes : null;
}

export function presentSteps(
  steps: readonly RequestStep[],
  names: DeciderNames,
  approversOf: (step: RequestStep) => Approver[],
): RequestDetail['steps'] {
  return steps.map((step) => ({
    id: step.id,
    flowId: step.flowId,
    flowName: step.flowName,
    flowVersion: step.flowVersion,
    sources: [...step.sources],
    position: step.position,
    state: step.state,
    deciders: decidersWords(step.deciders, names),
    quorum: step.quorum,
    approvedBy: [...step.approvedBy],
    approvers: approversOf(step),
    dueAt: step.dueAt?.toISOString() ?? null,
    sentence: `${stepWords({ ...step, deciders: [...step.deciders] }, names)}.`,
  }));
}

interface Shown extends Wanted {
  readonly view: ScopeView;
}

/** `salary in hr_prod instead of employee and salary in hr_prod; read only; 1 h instead of 1 day` */
export function cutSentence(before: Shown, after: Shown): string {
  const parts: string[] = [];
  if (before.view.sentence !== after.view.sentence)
    parts.push(`${after.view.sentence} instead of ${before.view.sentence}`);
  if (before.privileges.toSorted().join() !== after.privileges.toSorted().join()) {
    parts.push(`${after.privileges.join(' and ')} only`);
  }
  const minutes = minutesOf(after);
  if (minutes !== null && JSON.stringify(before.expiry) !== JSON.stringify(after.expiry)) {
    const former = minutesOf(before);
    parts.push(`${durationWords(minutes)} instead of ${former === null ? 'the end asked for' : durationWords(former)}`);
  }
  return parts.join('; ');
}

/** What was said, in its order; each cut beside the approval that made it, which its approver gave with it. */
export function conversationOf(
  messages: readonly RequestMessage[],
  cuts: RequestDetail['cuts'],
): RequestDetail['conversation'] {
  const left = [...cuts];
  return messages.map((message) => {
    const at = message.at.toISOString();
    const isOfIt = (cut: RequestDetail['cuts'][number]) => cut.by.id === message.by?.id && cut.at <= at;
    const index = message.kind === 'approved' ? left.findIndex(isOfIt) : -1;
    const [cut] = index === -1 ? [] : left.splice(index, 1);
    return { ...message, at, cut: cut?.sentence ?? null };
  });
}

export function warningsOf(view: Pick<RequestView, 'scope' | 'privileges' | 'expiry'>): string[] {
  const warnings: string[] = [];
  const isProtected = view.scope.databases.some((database) => database.environment.isProtected);
  if (isProtected) warnings.push('This reaches a protected environment.');
  const whole = view.scope.databases.filter((database) => database.isWhole).map((database) => database.name);
  if (view.scope.isProject) warnings.push('This covers every database of the project, also later ones.');
  else if (whole.length > 0) warnings.push(`This covers all tables of ${whole.join(', ')}, also later ones.`);
  if (view.privileges.includes('write')) warnings.push('This allows changing data.');
  if (view.expiry.kind === 'never') warnings.push('This access has no end.');
  return warnings;
}
