import { AppError } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { type AccessRequest, endOf, startOf, wantedOf } from './access-request.ts';
import { extendedEnd } from './request-basis.ts';
import { getActiveProject } from './request-faults.ts';
import type { Caller, RequestParts } from './request-parts.ts';

/**
 * The one place where a request becomes access: a row of the ledger, a later end of one, or a row beside one. Everything
 * that could have changed since it was asked is looked at again, under the requester's lock.
 */
export async function grantIt(parts: RequestParts, tx: Tx, request: AccessRequest, by: Caller | null): Promise<void> {
  const { ledger, rights } = parts;
  await getActiveProject(parts, tx, request.projectId);
  if (!(await rights.mayRequest(tx, request.requesterId, request.projectId))) {
    throw new AppError(
      'access_request.changed',
      'The requester may no longer ask for access in this project. Reject the request, or add the person again.',
    );
  }
  const { scope, privileges } = wantedOf(request);
  await ledger.checkScope(tx, request.projectId, scope);
  if (request.kind === 'access') return await createGrant(parts, tx, request, by);
  const grantId = request.amendsGrantId ?? '';
  const amendment = {
    grantId,
    requestId: request.id,
    by: by?.personId ?? null,
    onBehalfOf: by?.adminPersonId ?? null,
  };
  if (request.kind === 'add') {
    await ledger.addToGrant(tx, { ...amendment, scope, privileges, reason: request.reason });
    return;
  }
  const grant = await parts.store.findGrant(grantId, tx);
  if (grant === null || !grant.isLive) throw new AppError('grant.not_active', 'This grant has already ended.');
  await ledger.extendGrant(tx, { ...amendment, expiresAt: extendedEnd(wantedOf(request), grant) });
}

async function createGrant(parts: RequestParts, tx: Tx, request: AccessRequest, by: Caller | null): Promise<void> {
  const now = await parts.ledger.now(tx);
  const { scope, privileges, expiry } = wantedOf(request);
  const startsAt = startOf(request, now);
  const expiresAt = endOf(expiry, startsAt);
  if (expiresAt !== null && expiresAt <= startsAt) {
    throw new AppError('access_request.expiry_invalid', 'This end has already passed: choose a later one.');
  }
  await parts.ledger.createGrant(tx, {
    source: 'request',
    holder: { kind: 'person', id: request.requesterId },
    projectId: request.projectId,
    ...{ scope, privileges, startsAt, expiresAt },
    reason: request.reason,
    requestId: request.id,
    grantedBy: by?.personId ?? null,
  });
}
