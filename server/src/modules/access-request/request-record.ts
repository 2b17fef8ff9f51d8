import type { NoticeKind } from '@tidegate/contract';
import type { Tx } from '../../platform/store/tx.ts';
import { notify } from '../notification/index.ts';
import { type AccessRequest, gainersOf, wantedOf } from './access-request.ts';
import { getProject } from './request-faults.ts';
import { type Caller, placeOf, type RequestParts } from './request-parts.ts';
import type { RequestStep } from './request-steps.ts';

/** Pages of the requester, the project and those who decide read again, once the transaction has committed. */
export async function announce(parts: RequestParts, tx: Tx, request: AccessRequest): Promise<void> {
  const steps = (await parts.steps.stepsOf([request.id], tx)).get(request.id) ?? [];
  const deciders = await parts.approvers.peopleOf(keysOf(steps), [], tx);
  await parts.feed.publish(tx, {
    event: { topic: 'request', id: request.id, projectId: request.projectId },
    audience: { personIds: [request.requesterId, ...deciders.map(({ id }) => id)], projectId: request.projectId },
  });
}

/** Tells those who can decide now. */
export async function tellDeciders(
  parts: RequestParts,
  tx: Tx,
  request: AccessRequest,
  why: 'wanted' | 'reminded',
  steps: readonly RequestStep[],
): Promise<void> {
  const project = await getProject(parts, tx, request.projectId);
  const open = steps.filter((step) => step.state === 'open');
  const people = await parts.approvers.peopleOf(keysOf(open), gainersOf(request, project.isSample), tx);
  const counted = new Set(open.flatMap((step) => step.approvedBy.map(({ id }) => id)));
  const personIds = people.map(({ id }) => id).filter((id) => !counted.has(id));
  const words = why === 'reminded' ? 'reminds you of' : 'asks for your decision on';
  await tell(parts, tx, request, 'request.to_decide', { personIds, words: (requester) => `${requester} ${words}` });
}

/** A notice in words: `Olga approved request #12: read on salary in hr_prod.` */
export async function tell(
  parts: RequestParts,
  tx: Tx,
  request: AccessRequest,
  about: NoticeKind,
  to: {
    readonly personIds: readonly string[];
    readonly words: (requester: string) => string;
    readonly detail?: string;
  },
): Promise<void> {
  if (to.personIds.length === 0) return;
  const requester = (await parts.store.people([request.requesterId], tx)).get(request.requesterId)?.name ?? 'Somebody';
  const { scope, privileges } = wantedOf(request);
  const what = `${privileges.join(' and ')} on ${await parts.ledger.describe(tx, request.projectId, scope)}`;
  await notify(tx, {
    about,
    to: to.personIds,
    sentence: `${to.words(requester)} request #${request.number}: ${what}.`,
    detail: to.detail,
    ...{ projectId: request.projectId, requestId: request.id },
  });
}

/** What the record says of a request besides what happened. */
export async function factsOf(parts: RequestParts, tx: Tx, request: AccessRequest) {
  const people = await parts.store.people([request.requesterId], tx);
  const { scope, privileges, expiry } = wantedOf(request);
  return {
    requester: people.get(request.requesterId)?.name ?? null,
    project: (await getProject(parts, tx, request.projectId)).name,
    number: request.number,
    scope: await parts.ledger.describe(tx, request.projectId, scope),
    privileges,
    expiry,
    level: request.level,
    contentHash: request.contentHash,
  };
}

export async function record(
  parts: RequestParts,
  tx: Tx,
  caller: Caller,
  request: AccessRequest,
  event: { readonly kind: string; readonly data?: Readonly<Record<string, unknown>> },
): Promise<void> {
  const facts = await factsOf(parts, tx, request);
  const data = { person: caller.name, ...facts, ...event.data };
  await parts.audit.append(tx, { kind: event.kind, ...placeOf(caller, request), data });
}

function keysOf(steps: readonly RequestStep[]): string[] {
  return [...new Set(steps.flatMap((step) => step.deciderKeys))];
}
