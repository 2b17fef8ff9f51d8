import type { Scope } from '@tidegate/contract';
import { maskSecretsAnywhere } from '@tidegate/sql-analysis';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { NewGrant } from '../grant/index.ts';
import { type AccessRequest, contentHashOf, endOf, expiryFault, type NewAccessRequest } from './access-request.ts';
import type { AccessRequestStore } from './access-request-store.ts';

/** A person's rights at this very moment, read anew inside the decision's transaction. */
export interface RightsNow {
  mayDecide(tx: Tx, personId: string, projectId: string): Promise<boolean>;
  mayRequest(tx: Tx, personId: string, projectId: string): Promise<boolean>;
}

/** What a request needs of the ledger; the grant module has it. */
export interface RequestLedger {
  now(tx: Tx): Promise<Date>;
  withChanging<T>(personIds: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T>;
  createGrant(tx: Tx, grant: NewGrant): Promise<string>;
  /** Refuses with `grant.scope_unknown` when a database is not in the project or a table is not in the catalog. */
  checkScope(tx: Tx, projectId: string, scope: Scope): Promise<void>;
  /** The scope as people read it, for the record. */
  describe(tx: Tx, projectId: string, scope: Scope): Promise<string>;
}

export interface Caller {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly name: string;
}

interface Parts {
  readonly store: AccessRequestStore;
  readonly ledger: RequestLedger;
  readonly rights: RightsNow;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

/** Asking, deciding, withdrawing. One fixed flow: one decision by one approver who gains nothing from it. */
export class AccessRequestService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async create(caller: Caller, wanted: Omit<NewAccessRequest, 'requesterId'>): Promise<AccessRequest> {
    const { store, ledger, audit } = this.#parts;
    const { statementText: text } = wanted;
    // Others read it: without passwords.
    const statementText = text === null ? null : maskSecretsAnywhere(text);
    const request: NewAccessRequest = { ...wanted, statementText, requesterId: caller.personId };
    return await ledger.withChanging([caller.personId], async (tx) => {
      const fault = expiryFault(request.expiry, await ledger.now(tx));
      if (fault !== null) throw new AppError('access_request.expiry_invalid', fault);
      await this.#requireActiveProject(tx, request.projectId);
      await ledger.checkScope(tx, request.projectId, request.scope);
      const approvers = await store.approvers(request.projectId, caller.personId, tx);
      if (approvers.length === 0) throw noApprover();
      const created = await store.insert(tx, { ...request, contentHash: contentHashOf(request) });
      await this.#announce(tx, created);
      await audit.append(tx, {
        kind: 'request.created',
        ...placeOf(caller, created),
        data: {
          person: caller.name,
          project: await this.#projectName(tx, created),
          number: created.number,
          scope: await ledger.describe(tx, request.projectId, request.scope),
          privileges: request.privileges,
          reason: request.reason,
          expiry: request.expiry,
          statement: request.statementText,
        },
      });
      return created;
    });
  }

  /**
   * Approves or rejects exactly what was shown. Everything is read after the locks of both people are held: the
   * request's state and content, the approver's right, the requester's place in the project. A right that is taken away
   * meanwhile is gone before this begins, or stays until it is done.
   */
  async decide(
    caller: Caller,
    requestId: string,
    decision: { decision: 'approve' | 'reject'; comment: string; contentHash: string },
  ): Promise<void> {
    const { store, ledger } = this.#parts;
    const seen = await store.find(requestId);
    if (seen === null) throw notFound('request');
    await ledger.withChanging([seen.requesterId, caller.personId], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null) throw notFound('request');
      await this.#requireDecidable(tx, caller, request, decision.contentHash);
      await store.addDecision(tx, { requestId, personId: caller.personId, ...decision });
      await store.settle(tx, requestId, decision.decision === 'approve' ? 'approved' : 'rejected');
      if (decision.decision === 'approve') await this.#approve(tx, caller, request);
      await this.#announce(tx, request);
      await this.#recordDecision(tx, caller, request, decision);
    });
  }

  async withdraw(caller: Caller, requestId: string): Promise<void> {
    const { store, ledger, audit } = this.#parts;
    await ledger.withChanging([caller.personId], async (tx) => {
      const request = await store.findForChange(tx, requestId);
      if (request === null || request.requesterId !== caller.personId) throw notFound('request');
      if (!(await store.settle(tx, requestId, 'withdrawn'))) throw notPending(request);
      await this.#announce(tx, request);
      await audit.append(tx, {
        kind: 'request.withdrawn',
        ...placeOf(caller, request),
        data: { person: caller.name, project: await this.#projectName(tx, request), number: request.number },
      });
    });
  }

  /** Pending requests whose chosen end has passed can no longer be approved: they expire, on record. */
  async expireOverdue(): Promise<void> {
    const { store, ledger, audit } = this.#parts;
    if (!(await store.hasOverdue())) return;
    await ledger.withChanging([], async (tx) => {
      const expired = await store.expireOverdue(tx);
      const people = await store.people(
        expired.map((request) => request.requesterId),
        tx,
      );
      const projects = await store.projects(
        expired.map((request) => request.projectId),
        tx,
      );
      for (const request of expired) await this.#announce(tx, request);
      await audit.appendMany(
        tx,
        expired.map((request) => ({
          kind: 'request.expired',
          actorId: null,
          projectId: request.projectId,
          requestId: request.id,
          data: {
            requester: people.get(request.requesterId)?.name ?? null,
            project: projects.get(request.projectId)?.name ?? null,
            number: request.number,
          },
        })),
      );
    });
  }

  async #requireDecidable(tx: Tx, caller: Caller, request: AccessRequest, shownHash: string): Promise<void> {
    const { rights } = this.#parts;
    if (request.requesterId === caller.personId || request.requesterId === caller.adminPersonId) {
      throw new AppError('access_request.own_decision', 'Nobody decides a request of his own. Ask another approver.');
    }
    if (!(await rights.mayDecide(tx, caller.personId, request.projectId))) {
      throw new AppError('auth.forbidden', 'You may no longer decide requests of this project.');
    }
    if (request.state !== 'pending') throw notPending(request);
    if (shownHash !== request.contentHash) {
      throw new AppError(
        'access_request.changed',
        'This request is not the one you were shown. Read it again, then decide.',
      );
    }
  }

  async #approve(tx: Tx, caller: Caller, request: AccessRequest): Promise<void> {
    const { ledger, rights } = this.#parts;
    await this.#requireActiveProject(tx, request.projectId);
    if (!(await rights.mayRequest(tx, request.requesterId, request.projectId))) {
      throw new AppError(
        'access_request.changed',
        'The requester may no longer ask for access in this project. Reject the request, or add the person again.',
      );
    }
    const now = await ledger.now(tx);
    const fault = expiryFault(request.expiry, now);
    if (fault !== null) throw new AppError('access_request.expiry_invalid', fault);
    await ledger.checkScope(tx, request.projectId, request.scope);
    await ledger.createGrant(tx, {
      source: 'request',
      holder: { kind: 'person', id: request.requesterId },
      projectId: request.projectId,
      scope: request.scope,
      privileges: request.privileges,
      reason: request.reason,
      requestId: request.id,
      grantedBy: caller.personId,
      startsAt: now,
      expiresAt: endOf(request.expiry, now),
    });
  }

  async #recordDecision(
    tx: Tx,
    caller: Caller,
    request: AccessRequest,
    decision: { decision: 'approve' | 'reject'; comment: string },
  ): Promise<void> {
    const people = await this.#parts.store.people([request.requesterId], tx);
    const scope = await this.#parts.ledger.describe(tx, request.projectId, request.scope);
    const project = await this.#projectName(tx, request);
    await this.#parts.audit.append(tx, {
      kind: decision.decision === 'approve' ? 'request.approved' : 'request.rejected',
      ...placeOf(caller, request),
      data: {
        person: caller.name,
        requester: people.get(request.requesterId)?.name ?? null,
        ...{ project, scope, privileges: request.privileges, number: request.number },
        comment: decision.comment,
        contentHash: request.contentHash,
      },
    });
  }

  async #projectName(tx: Tx, request: AccessRequest): Promise<string | null> {
    return (await this.#parts.store.projects([request.projectId], tx)).get(request.projectId)?.name ?? null;
  }

  async #requireActiveProject(tx: Tx, projectId: string): Promise<void> {
    const project = (await this.#parts.store.projects([projectId], tx)).get(projectId);
    if (project === undefined) throw notFound('project');
    if (project.state !== 'active') {
      throw new AppError('project.archived', `The project ${project.name} is archived: restore it first.`);
    }
  }

  async #announce(tx: Tx, request: AccessRequest): Promise<void> {
    await this.#parts.feed.publish(tx, {
      event: { topic: 'request', id: request.id, projectId: request.projectId },
      audience: { personIds: [request.requesterId], projectId: request.projectId },
    });
  }
}

function placeOf(caller: Caller, request: AccessRequest) {
  return {
    actorId: caller.personId,
    onBehalfOfId: caller.adminPersonId,
    projectId: request.projectId,
    requestId: request.id,
  };
}

function notPending(request: AccessRequest): AppError {
  return new AppError('access_request.not_pending', `Request #${request.number} is already ${request.state}.`);
}

export function noApprover(): AppError {
  return new AppError(
    'access_request.no_approver',
    'Nobody could decide this request: the project needs an owner, or the workspace a DBA or admin, other than you. An administrator can add one under Members.',
  );
}
