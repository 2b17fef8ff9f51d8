import { maskSecretsAnywhere } from '@tidegate/sql-analysis';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { AccessRequest, NewAccessRequest, Wish } from './access-request.ts';
import type { LiveGrant } from './access-request-store.ts';
import { flaggingFaults } from './flagged-faults.ts';
import { grantIt } from './granting.ts';
import { basisOf, hashOn, type RequestBasis, stepsOn } from './request-basis.ts';
import { notPending, requireSeen } from './request-faults.ts';
import { type Caller, type EvaluatedSource, placeOf, type RequestParts } from './request-parts.ts';
import { announce, factsOf, record, tell, tellDeciders } from './request-record.ts';

interface Wanted {
  readonly request: NewAccessRequest;
  /** The one that it amends. */
  readonly grant: LiveGrant | null;
  /** Gets what the rules said. */
  readonly judged: EvaluatedSource[];
}

/** Asking for access, for more of a grant in force, and changing what was asked. */
export class AskingService {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  async create(
    caller: Caller,
    wanted: Wish & Pick<NewAccessRequest, 'projectId' | 'statementText'>,
  ): Promise<AccessRequest> {
    const { statementText: text } = wanted;
    // Others read it: without passwords.
    const statementText = text === null ? null : maskSecretsAnywhere(text);
    const request = { ...wanted, statementText, kind: 'access' as const, amendsGrantId: null, ...askedBy(caller) };
    return await flaggingFaults(this.#parts, [caller.personId], (tx, judged) =>
      this.#send(tx, caller, { request, grant: null, judged }),
    );
  }

  /** What would come of it, and why it could not be sent; nothing is kept. */
  async preview(
    caller: Caller,
    wanted: Wish & Pick<NewAccessRequest, 'projectId' | 'statementText'>,
  ): Promise<RequestBasis> {
    const request = { ...wanted, kind: 'access' as const, amendsGrantId: null, ...askedBy(caller) };
    return await this.#parts.ledger.withChanging([], (tx) => basisOf(this.#parts, tx, request, null));
  }

  async extend(
    caller: Caller,
    grantId: string,
    wanted: { readonly minutes: number; readonly reason: string; readonly ticket: string | null },
  ): Promise<AccessRequest> {
    return await this.#amend(caller, grantId, 'extend', (grant) => ({
      scope: grant.scope,
      expiry: { kind: 'after', minutes: wanted.minutes },
      reason: wanted.reason === '' ? 'More time.' : wanted.reason,
      ticket: wanted.ticket,
    }));
  }

  async add(
    caller: Caller,
    grantId: string,
    wanted: Pick<Wish, 'scope' | 'reason' | 'ticket'>,
  ): Promise<AccessRequest> {
    return await this.#amend(caller, grantId, 'add', (grant) => ({
      ...wanted,
      expiry: grant.expiresAt === null ? { kind: 'never' } : { kind: 'at', at: grant.expiresAt.toISOString() },
    }));
  }

  /** The requester changes it: risk and flow are looked up again, and decisions start anew. */
  async edit(caller: Caller, requestId: string, wish: Wish, shownHash: string): Promise<void> {
    const { store, steps } = this.#parts;
    await flaggingFaults(this.#parts, [caller.personId], async (tx, judged) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null || request.requesterId !== caller.personId) throw notFound('request');
      if (request.state !== 'pending' && request.state !== 'changes_wanted') throw notPending(request);
      if (request.kind !== 'access') {
        throw new AppError('access_request.grant_not_extendable', 'Withdraw this request and ask anew.');
      }
      requireSeen(request, shownHash);
      const next = { ...request, ...wish, narrowed: null };
      const basis = await this.#requireSendable(tx, { request: next, grant: null, judged });
      await steps.voidOpen(tx, [requestId]);
      const round = request.round + 1;
      const saved = await store.saveEdit(tx, requestId, {
        ...wish,
        contentHash: hashOn(next, round, basis),
        level: basis.level,
      });
      await steps.say(tx, { requestId, personId: caller.personId, kind: 'edited', text: wish.reason });
      await record(this.#parts, tx, caller, saved, { kind: 'request.edited', data: { reason: saved.reason } });
      await this.#begin(tx, saved, basis);
    });
  }

  async #amend(
    caller: Caller,
    grantId: string,
    kind: 'extend' | 'add',
    wish: (grant: LiveGrant) => Pick<NewAccessRequest, 'scope' | 'expiry' | 'reason' | 'ticket'>,
  ): Promise<AccessRequest> {
    const { store } = this.#parts;
    return await flaggingFaults(this.#parts, [caller.personId], async (tx, judged) => {
      const grant = await store.findGrant(grantId, tx);
      if (grant === null || grant.personId !== caller.personId) throw notFound('grant');
      if (!grant.isLive) throw new AppError('grant.not_active', 'This grant has already ended.');
      if (grant.source !== 'request' || grant.projectId === null) {
        throw notExtendable('Only access that was asked for can be extended: ask for access of your own.');
      }
      if (kind === 'extend' && grant.expiresAt === null) throw notExtendable('This grant has no end.');
      if (await store.hasPendingAmendment(tx, grantId, kind)) {
        throw notExtendable('A request like this waits for its decision already.');
      }
      const { projectId, privileges } = grant;
      const request = { kind, amendsGrantId: grantId, projectId, privileges, startsAt: null, statementText: null };
      return await this.#send(tx, caller, {
        request: { ...request, ...askedBy(caller), ...wish(grant) },
        grant,
        judged,
      });
    });
  }

  async #send(tx: Tx, caller: Caller, wanted: Wanted): Promise<AccessRequest> {
    const { store, audit } = this.#parts;
    const { request } = wanted;
    const basis = await this.#requireSendable(tx, wanted);
    const contentHash = hashOn(request, 1, basis);
    const created = await store.insert(tx, { ...request, contentHash, level: basis.level });
    await audit.append(tx, {
      kind: created.kind === 'access' ? 'request.created' : 'request.amendment_created',
      ...placeOf(caller, created),
      data: {
        ...(await factsOf(this.#parts, tx, created)),
        ...{ person: caller.name, reason: created.reason, statement: created.statementText, amends: created.kind },
        ...{
          ticket: created.ticket,
          risk: basis.risks.map(({ source, level, reason }) => ({ source, level, reason })),
        },
      },
    });
    await this.#begin(tx, created, basis);
    return (await store.findForChange(tx, created.id)) ?? created;
  }

  async #requireSendable(tx: Tx, { request, grant, judged }: Wanted): Promise<RequestBasis> {
    const basis = await basisOf(this.#parts, tx, request, grant);
    judged.push(...basis.risks);
    if (basis.refusal !== null) throw basis.refusal;
    return basis;
  }

  /** Opens the round: its risk and steps, or the grant at once where a flow approves by itself. */
  async #begin(tx: Tx, request: AccessRequest, basis: RequestBasis): Promise<void> {
    const parts = this.#parts;
    const { risks, plan, isAuto } = basis;
    const steps = stepsOn(request, basis, await parts.ledger.now(tx));
    await parts.steps.begin(tx, request.id, request.round, { risks, steps });
    await parts.risk.keep(tx, request.id, risks);
    if (isAuto) await this.#approveByFlow(tx, request, plan);
    else {
      const begun = (await parts.steps.stepsOf([request.id], tx)).get(request.id) ?? [];
      await tellDeciders(parts, tx, request, 'wanted', begun);
    }
    await announce(parts, tx, request);
  }

  async #approveByFlow(tx: Tx, request: AccessRequest, plan: RequestBasis['plan']): Promise<void> {
    const parts = this.#parts;
    const flows = plan.kind === 'auto' ? plan.flows : plan.kind === 'ask' ? plan.tracks.map((track) => track.flow) : [];
    const names = [...new Set(flows.map((flow) => flow.name))].join(' and ');
    await parts.store.markAutoApproved(tx, request.id);
    if (!(await parts.store.settle(tx, request.id, 'approved'))) throw notPending(request);
    await grantIt(parts, tx, request, null);
    const text = `Approved by the flow “${names}”.`;
    await parts.steps.say(tx, { requestId: request.id, personId: null, kind: 'approved', text });
    await tell(parts, tx, request, 'request.decided', {
      personIds: [request.requesterId],
      words: () => `The flow “${names}” approved`,
    });
    await parts.audit.append(tx, {
      kind: 'request.auto_approved',
      actorId: null,
      projectId: request.projectId,
      requestId: request.id,
      data: { ...(await factsOf(parts, tx, request)), flows: flows.map(({ name, version }) => ({ name, version })) },
    });
  }
}

function askedBy(caller: Caller) {
  return { requesterId: caller.personId, behindId: caller.adminPersonId };
}

function notExtendable(message: string): AppError {
  return new AppError('access_request.grant_not_extendable', message);
}
