import { createHash } from 'node:crypto';
import type { Expiry, Privilege, Scope } from '@tidegate/contract';

export type RequestState = 'pending' | 'changes_wanted' | 'approved' | 'rejected' | 'withdrawn' | 'expired';
export type SettledState = Exclude<RequestState, 'pending' | 'changes_wanted'>;

export interface AccessRequest {
  readonly id: string;
  readonly number: number;
  readonly projectId: string;
  readonly requesterId: string;
  readonly state: RequestState;
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  readonly reason: string;
  readonly expiry: Expiry;
  readonly statementText: string | null;
  readonly contentHash: string;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
}

export interface Decision {
  readonly by: { readonly id: string; readonly name: string };
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  readonly at: Date;
}

export type NewAccessRequest = Pick<
  AccessRequest,
  'projectId' | 'requesterId' | 'scope' | 'privileges' | 'reason' | 'expiry' | 'statementText'
>;

/** The longest time that one request may ask for. */
export const longestMinutes = 90 * 24 * 60;

/**
 * Binds a decision to exactly what was shown: everything that widens or narrows what a grant would give, and the reason
 * it was asked for. Independent of the order in which tables were listed.
 */
export function contentHashOf(request: NewAccessRequest): string {
  const scope =
    request.scope.kind === 'project'
      ? ['project']
      : request.scope.items.map((item) => JSON.stringify([item.databaseId, item.schema, item.table])).toSorted();
  const content = JSON.stringify([
    request.requesterId,
    request.projectId,
    scope,
    request.privileges.toSorted(),
    request.expiry,
    request.reason,
    request.statementText,
  ]);
  return createHash('sha256').update(content).digest('hex');
}

/** When access would end if it began at `from`; null for never. */
export function endOf(expiry: Expiry, from: Date): Date | null {
  if (expiry.kind === 'never') return null;
  return expiry.kind === 'at' ? new Date(expiry.at) : new Date(from.getTime() + expiry.minutes * 60_000);
}

/** Why an expiry cannot be asked for, in words; null when it can. The end is excluded from access, so it must lie ahead. */
export function expiryFault(expiry: Expiry, now: Date): string | null {
  const end = endOf(expiry, now);
  if (end === null) return 'Requested access always ends: choose how long you need it.';
  if (end.getTime() <= now.getTime()) return 'This end has already passed: choose a later one.';
  if (end.getTime() - now.getTime() > longestMinutes * 60_000) {
    return `A request may ask for ${longestMinutes / 1440} days at most: choose an earlier end.`;
  }
  return null;
}

/** The one fixed flow. Who may decide is a permission of the contract's roles, so the sentence names those roles. */
export const fixedFlow = {
  name: 'Project Owner',
  sentence: 'One Project Owner, DBA or Workspace Admin other than the requester decides.',
} as const;
