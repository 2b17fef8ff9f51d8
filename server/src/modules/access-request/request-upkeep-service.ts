import type { Tx } from '../../platform/store/tx.ts';
import type { AccessRequest } from './access-request.ts';
import type { RequestParts } from './request-parts.ts';
import { announce, factsOf, tell, tellDeciders } from './request-record.ts';
import { afterTime, apply } from './request-steps.ts';

/** What time alone does to requests. Several server processes may do so at once. */
export class RequestUpkeepService {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /**
   * Requests that can no longer be approved expire, on record: their chosen end has passed, the grant that they would
   * change has ended, or a step found nobody in its time. Other steps whose time has passed go on.
   */
  async expireOverdue(): Promise<void> {
    const { store, steps, ledger } = this.#parts;
    if (await store.hasOverdue()) {
      await ledger.withChanging([], async (tx) => {
        for (const request of await store.expireOverdue(tx)) await this.#expired(tx, request, 'end');
      });
    }
    for (const requestId of await steps.findLapsed()) await this.#lapse(requestId);
  }

  async #lapse(requestId: string): Promise<void> {
    const { store, steps, ledger } = this.#parts;
    await ledger.withChanging([], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null || request.state !== 'pending') return;
      const before = (await steps.stepsOf([requestId], tx)).get(requestId) ?? [];
      const { changes, isExpired } = afterTime(before, await ledger.now(tx));
      if (changes.length === 0) return;
      await steps.change(tx, changes);
      if (isExpired) {
        if (await store.settle(tx, requestId, 'expired')) await this.#expired(tx, request, 'step');
        return;
      }
      const opened = changes.filter((change) => change.state === 'open').map((change) => change.stepId);
      const next = apply(before, changes).filter((step) => opened.includes(step.id));
      const text = 'Nobody decided in time: the next step decides.';
      await steps.say(tx, { requestId, personId: null, kind: 'lapsed', text });
      await tellDeciders(this.#parts, tx, request, 'wanted', next);
      await announce(this.#parts, tx, request);
      await this.#record(tx, 'request.step_lapsed', request, {});
    });
  }

  async #expired(tx: Tx, request: AccessRequest, why: 'end' | 'step'): Promise<void> {
    const { steps } = this.#parts;
    await steps.voidOpen(tx, [request.id]);
    await tell(this.#parts, tx, request, 'request.decided', {
      personIds: [request.requesterId],
      words: () => 'Nobody decided in time on',
    });
    await announce(this.#parts, tx, request);
    await this.#record(tx, 'request.expired', request, { why });
  }

  async #record(
    tx: Tx,
    kind: 'request.expired' | 'request.step_lapsed',
    request: AccessRequest,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { projectId, id: requestId } = request;
    const facts = await factsOf(this.#parts, tx, request);
    await this.#parts.audit.append(tx, { kind, actorId: null, projectId, requestId, data: { ...facts, ...data } });
  }
}
