import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { AccessRequest } from './access-request.ts';
import { notPending } from './request-faults.ts';
import type { Caller, RequestParts } from './request-parts.ts';
import { announce, record, tell, tellDeciders } from './request-record.ts';

/** Between two reminders of one request. */
const reminderMinutes = 60;

/** When the requester may remind again; null: now. A request reminds by itself when it is sent. */
export function remindableAt(request: Pick<AccessRequest, 'remindedAt'>, now: Date): Date | null {
  if (request.remindedAt === null) return null;
  const at = new Date(request.remindedAt.getTime() + reminderMinutes * 60_000);
  return at > now ? at : null;
}

/** What is said about a request, and its requester's second thoughts. */
export class RequestTalkService {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /** By the requester, or by whom a step names; whoever else takes part is told. */
  async comment(caller: Caller, requestId: string, text: string): Promise<void> {
    const { store, steps, approvers, ledger } = this.#parts;
    await ledger.withChanging([], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null) throw notFound('request');
      if (request.state !== 'pending' && request.state !== 'changes_wanted') throw notPending(request);
      const own = (await steps.stepsOf([requestId], tx)).get(requestId) ?? [];
      const named = new Set(own.flatMap((step) => step.deciderKeys));
      const callerKeys = await approvers.keysOf(caller.personId, tx);
      if (caller.personId !== request.requesterId && !callerKeys.some((key) => named.has(key))) {
        throw new AppError('auth.forbidden', 'Only the requester and those who decide comment on a request.');
      }
      await steps.say(tx, { requestId, personId: caller.personId, kind: 'comment', text });
      const keys = own.filter((step) => step.state === 'open').flatMap((step) => step.deciderKeys);
      const people = await approvers.peopleOf(keys, [caller.personId, request.requesterId], tx);
      const isByRequester = caller.personId === request.requesterId;
      await tell(this.#parts, tx, request, 'request.changed', {
        personIds: isByRequester ? people.map(({ id }) => id) : [request.requesterId],
        words: () => `${caller.name} commented on`,
        detail: text,
      });
      await announce(this.#parts, tx, request);
      await record(this.#parts, tx, caller, request, { kind: 'request.commented', data: { comment: text } });
    });
  }

  /** Refuses with `access_request.reminded_recently` within an hour of the last. */
  async remind(caller: Caller, requestId: string): Promise<void> {
    const { store, steps, ledger } = this.#parts;
    await ledger.withChanging([caller.personId], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null || request.requesterId !== caller.personId) throw notFound('request');
      if (request.state !== 'pending') throw notPending(request);
      const now = await ledger.now(tx);
      const wait = remindableAt(request, now);
      if (wait !== null) {
        const retryAfterSeconds = Math.ceil((wait.getTime() - now.getTime()) / 1000);
        throw new AppError(
          'access_request.reminded_recently',
          `You have reminded them already. Again in ${Math.ceil(retryAfterSeconds / 60)} min.`,
          { details: { retryAfterSeconds } },
        );
      }
      await store.markReminded(tx, requestId);
      await steps.say(tx, { requestId, personId: caller.personId, kind: 'reminded', text: '' });
      const own = (await steps.stepsOf([requestId], tx)).get(requestId) ?? [];
      await tellDeciders(this.#parts, tx, request, 'reminded', own);
      await announce(this.#parts, tx, request);
      await record(this.#parts, tx, caller, request, { kind: 'request.reminded' });
    });
  }

  async withdraw(caller: Caller, requestId: string): Promise<void> {
    const { store, steps, ledger } = this.#parts;
    await ledger.withChanging([caller.personId], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null || request.requesterId !== caller.personId) throw notFound('request');
      if (!(await store.settle(tx, requestId, 'withdrawn'))) throw notPending(request);
      await steps.voidOpen(tx, [requestId]);
      await announce(this.#parts, tx, request);
      await record(this.#parts, tx, caller, request, { kind: 'request.withdrawn' });
    });
  }
}
