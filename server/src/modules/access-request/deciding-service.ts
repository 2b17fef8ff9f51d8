import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { type AccessRequest, endOf, startOf, wantedOf } from './access-request.ts';
import { contentHashOf } from './content-hash.ts';
import { grantIt } from './granting.ts';
import { amendmentFault, isSame, type Narrowing, narrow } from './narrowing.ts';
import { getProject, notPending, requireGainsNothing, requireSeen } from './request-faults.ts';
import type { Caller, RequestParts } from './request-parts.ts';
import { announce, record, tell, tellDeciders } from './request-record.ts';
import { afterApproval, apply, decidableSteps, type RequestStep } from './request-steps.ts';

export interface GivenDecision {
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  /** Of what was shown. */
  readonly contentHash: string;
  readonly narrow: Narrowing | null;
}

/** Deciding: by those whom an open step names at this moment, and who gain nothing. */
export class DecidingService {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /**
   * Approves or rejects exactly what was shown, or approves less of it. Everything is read after the locks of both
   * people are held: the request's state and content, its steps, the approver's roles and groups, the requester's place
   * in the project. A right that is taken away meanwhile is gone before this begins, or stays until it is done.
   */
  async decide(caller: Caller, requestId: string, given: GivenDecision): Promise<void> {
    const { steps } = this.#parts;
    await this.#under(caller, requestId, async (tx, found) => {
      const own = await this.#requireDecidable(tx, caller, found, given.contentHash);
      await steps.addDecision(tx, {
        ...{ requestId, round: found.request.round, personId: caller.personId },
        ...{ decision: given.decision, comment: given.comment, contentHash: given.contentHash, steps: own },
      });
      if (given.decision === 'reject') return await this.#reject(tx, caller, found.request, given.comment);
      const request =
        given.narrow === null ? found.request : await this.#cut(tx, caller, found.request, found.steps, given.narrow);
      await this.#approve(tx, caller, request, found.steps, own, given.comment);
    });
  }

  /** One who could decide sends it back; it waits for the requester, and whatever he changes is decided anew. */
  async askChanges(caller: Caller, requestId: string, text: string, shownHash: string): Promise<void> {
    const { store, steps } = this.#parts;
    await this.#under(caller, requestId, async (tx, found) => {
      const { request } = found;
      await this.#requireDecidable(tx, caller, found, shownHash);
      if (request.kind !== 'access') {
        throw new AppError(
          'access_request.grant_not_extendable',
          'This cannot be changed: approve less of it, or reject.',
        );
      }
      if (!(await store.wantChanges(tx, requestId))) throw notPending(request);
      await steps.voidOpen(tx, [requestId]);
      await steps.say(tx, { requestId, personId: caller.personId, kind: 'changes_wanted', text });
      await tell(this.#parts, tx, request, 'request.changed', {
        personIds: [request.requesterId],
        words: () => `${caller.name} asks for changes of`,
        detail: text,
      });
      await announce(this.#parts, tx, request);
      await record(this.#parts, tx, caller, request, { kind: 'request.changes_wanted', data: { comment: text } });
    });
  }

  async #under(
    caller: Caller,
    requestId: string,
    work: (tx: Tx, found: { request: AccessRequest; steps: RequestStep[] }) => Promise<void>,
  ): Promise<void> {
    const { store, steps, ledger } = this.#parts;
    const seen = await store.find(requestId);
    if (seen === null) throw notFound('request');
    await ledger.withChanging([seen.requesterId, caller.personId], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null) throw notFound('request');
      await work(tx, { request, steps: (await steps.stepsOf([requestId], tx)).get(requestId) ?? [] });
    });
  }

  /** The open steps that the caller decides. */
  async #requireDecidable(
    tx: Tx,
    caller: Caller,
    { request, steps }: { request: AccessRequest; steps: readonly RequestStep[] },
    shownHash: string,
  ): Promise<RequestStep[]> {
    requireGainsNothing(request, caller, await getProject(this.#parts, tx, request.projectId));
    if (request.state !== 'pending') throw notPending(request);
    const keys = await this.#parts.approvers.keysOf(caller.personId, tx);
    const isNamed = steps.some((step) => step.state === 'open' && step.deciderKeys.some((key) => keys.includes(key)));
    if (!isNamed) {
      throw new AppError('auth.forbidden', 'No step of this request that is open now names you.');
    }
    const own = decidableSteps(steps, caller.personId, keys, await this.#parts.ledger.now(tx));
    if (own.length === 0) {
      throw new AppError(
        'access_request.decided_already',
        'You have decided already, or the time of this step has passed. Another person has to decide.',
      );
    }
    requireSeen(request, shownHash);
    return own;
  }

  /** What is left is a part of what was approved before: those approvals stand. Whoever decides next sees what is left. */
  async #cut(
    tx: Tx,
    caller: Caller,
    request: AccessRequest,
    steps: readonly RequestStep[],
    cut: Narrowing,
  ): Promise<AccessRequest> {
    const parts = this.#parts;
    const before = wantedOf(request);
    const fault = amendmentFault(request.kind, cut);
    const after = fault ?? narrow(before, cut, await this.#startOf(tx, request));
    if (typeof after === 'string') throw new AppError('access_request.not_narrower', after);
    if (isSame(before, after)) return request;
    await parts.ledger.checkScope(tx, request.projectId, after.scope);
    const { id: requestId, round } = request;
    const risks = (await parts.steps.risksOf([requestId], tx)).get(requestId) ?? [];
    const flows = [...Map.groupBy(steps, (step) => step.track).values()].flatMap(([first]) =>
      first === undefined ? [] : [{ id: first.flowId, version: first.flowVersion, sources: first.sources }],
    );
    const contentHash = contentHashOf(request, { round, narrowed: after, risks, flows });
    await parts.store.saveNarrowed(tx, requestId, after, contentHash);
    await parts.steps.addCut(tx, { requestId, round, personId: caller.personId, before, after });
    const narrowed = { ...request, narrowed: after, contentHash };
    await record(parts, tx, caller, narrowed, { kind: 'request.narrowed', data: { before: { ...before } } });
    await tell(parts, tx, narrowed, 'request.changed', {
      personIds: [request.requesterId],
      words: () => `${caller.name} approves less of`,
    });
    return narrowed;
  }

  /** From where its minutes count. */
  async #startOf(tx: Tx, request: AccessRequest): Promise<Date> {
    const now = await this.#parts.ledger.now(tx);
    if (request.kind !== 'extend') return startOf(request, now);
    const grant = await this.#parts.store.findGrant(request.amendsGrantId ?? '', tx);
    return grant?.expiresAt ?? now;
  }

  async #approve(
    tx: Tx,
    caller: Caller,
    request: AccessRequest,
    steps: readonly RequestStep[],
    own: readonly RequestStep[],
    comment: string,
  ): Promise<void> {
    const parts = this.#parts;
    const { changes, isDecided } = afterApproval(steps, own, await parts.ledger.now(tx));
    await parts.steps.change(tx, changes);
    await parts.steps.say(tx, { requestId: request.id, personId: caller.personId, kind: 'approved', text: comment });
    if (isDecided) {
      if (!(await parts.store.settle(tx, request.id, 'approved'))) throw notPending(request);
      await grantIt(parts, tx, request, caller);
      await tell(parts, tx, request, 'request.decided', {
        personIds: [request.requesterId],
        words: () => `${caller.name} approved`,
        detail: comment,
      });
    } else {
      const opened = changes.filter((change) => change.state === 'open').map((change) => change.stepId);
      const next = apply(steps, changes).filter((step) => opened.includes(step.id));
      if (next.length > 0) await tellDeciders(parts, tx, request, 'wanted', next);
    }
    await announce(parts, tx, request);
    await record(parts, tx, caller, request, {
      kind: isDecided ? 'request.approved' : 'request.step_approved',
      data: { comment },
    });
  }

  async #reject(tx: Tx, caller: Caller, request: AccessRequest, comment: string): Promise<void> {
    const parts = this.#parts;
    if (!(await parts.store.settle(tx, request.id, 'rejected'))) throw notPending(request);
    await parts.steps.voidOpen(tx, [request.id]);
    await parts.steps.say(tx, { requestId: request.id, personId: caller.personId, kind: 'rejected', text: comment });
    await tell(parts, tx, request, 'request.decided', {
      personIds: [request.requesterId],
      words: () => `${caller.name} rejected`,
      detail: comment,
    });
    await announce(parts, tx, request);
    await record(parts, tx, caller, request, { kind: 'request.rejected', data: { comment } });
  }
}

/** When access would end if it were approved now; the grant is the one that is extended. */
export function endIfApproved(
  request: AccessRequest,
  now: Date,
  grant: { expiresAt: Date | null } | null,
): Date | null {
  const wanted = wantedOf(request);
  if (request.kind === 'access') return endOf(wanted.expiry, startOf(request, now));
  if (grant === null || grant.expiresAt === null) return null;
  return request.kind === 'add' ? grant.expiresAt : endOf(wanted.expiry, grant.expiresAt);
}
