import type { Actor } from '../../platform/http/route.ts';
import type { AccessRequest } from './access-request.ts';
import { decidableSteps, type RequestStep } from './request-steps.ts';
import { remindableAt } from './request-talk-service.ts';

interface Around {
  readonly steps: readonly RequestStep[];
  /** The actor's, by which steps name him. */
  readonly keys: readonly string[];
  readonly gainers: readonly string[];
  readonly now: Date;
}

/** What the actor may do with the request now: pages draw their buttons from it, the services decide. */
export function abilitiesOf(actor: Actor, request: AccessRequest, around: Around): Record<string, boolean> {
  const isPending = request.state === 'pending';
  const isUndecided = isPending || request.state === 'changes_wanted';
  const isOwn = request.requesterId === actor.personId;
  const gains =
    around.gainers.includes(actor.personId) ||
    (actor.adminPersonId !== null && around.gainers.includes(actor.adminPersonId));
  const keys = new Set(around.keys);
  const own = decidableSteps(around.steps, actor.personId, around.keys, around.now);
  const mayDecide = isPending && !gains && own.length > 0;
  return {
    decide: mayDecide,
    narrow: mayDecide,
    askChanges: mayDecide && request.kind === 'access',
    comment: isUndecided && (isOwn || around.steps.some((step) => step.deciderKeys.some((key) => keys.has(key)))),
    edit: isOwn && isUndecided && request.kind === 'access',
    withdraw: isOwn && isUndecided,
    remind: isOwn && isPending && remindableAt(request, around.now) === null,
    requestAgain: isOwn && !isUndecided,
  };
}
