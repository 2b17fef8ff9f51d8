import type { Expiry, Privilege, RequestLevel, RequestSource, Scope } from '@tidegate/contract';

export type RequestState = 'pending' | 'changes_wanted' | 'approved' | 'rejected' | 'withdrawn' | 'expired';
export type SettledState = Exclude<RequestState, 'pending' | 'changes_wanted'>;
export type RequestKind = 'access' | 'extend' | 'add';

/** What a grant would give: as asked, or what approvers left of it. */
export interface Wanted {
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  /** Of `extend`: the minutes that are added. */
  readonly expiry: Expiry;
}

/** What the requester chooses. */
export interface Wish extends Wanted {
  readonly reason: string;
  readonly ticket: string | null;
  /** Null: from the decision on. */
  readonly startsAt: Date | null;
}

export interface NewAccessRequest extends Wish {
  readonly kind: RequestKind;
  readonly amendsGrantId: string | null;
  readonly projectId: string;
  readonly requesterId: string;
  /** The administrator who asks through the sample person. */
  readonly behindId: string | null;
  readonly statementText: string | null;
}

export interface AccessRequest extends NewAccessRequest {
  readonly id: string;
  readonly number: number;
  readonly state: RequestState;
  /** Counts its changes; decisions belong to a round. */
  readonly round: number;
  readonly level: RequestLevel | null;
  readonly isAutoApproved: boolean;
  readonly narrowed: Wanted | null;
  readonly contentHash: string;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly remindedAt: Date | null;
}

export interface Decision {
  readonly by: { readonly id: string; readonly name: string };
  readonly decision: 'approve' | 'reject';
  readonly comment: string;
  readonly at: Date;
}

/** What the rules said of one source of a request. */
export interface SourceRisk {
  readonly source: RequestSource;
  readonly level: RequestLevel | null;
  readonly ruleId: string | null;
  readonly ruleName: string | null;
  readonly ruleVersion: number | null;
  readonly reason: string;
  readonly isFaulty: boolean;
}

/** What is left to be granted. */
export function wantedOf(request: Wanted & { readonly narrowed?: Wanted | null }): Wanted {
  const { scope, privileges, expiry } = request.narrowed ?? request;
  return { scope, privileges, expiry };
}

/**
 * People who would gain from it: nobody of them decides. The administrator who asks through the sample person gains what
 * that person gets, except in the sample project, which is there to be tried from both sides.
 */
export function gainersOf(
  request: Pick<NewAccessRequest, 'requesterId' | 'behindId'>,
  isSampleProject: boolean,
): string[] {
  return request.behindId === null || isSampleProject ? [request.requesterId] : [request.requesterId, request.behindId];
}

/** When access begins if it is decided now. */
export function startOf(request: Pick<Wish, 'startsAt'>, now: Date): Date {
  return request.startsAt !== null && request.startsAt > now ? request.startsAt : now;
}

/** When access would end if it began at `from`; null for never. */
export function endOf(expiry: Expiry, from: Date): Date | null {
  if (expiry.kind === 'never') return null;
  return expiry.kind === 'at' ? new Date(expiry.at) : new Date(from.getTime() + expiry.minutes * 60_000);
}

/** The limits that an expiry is held against. */
export interface TimeCaps {
  readonly longestMinutes: number;
  readonly allowsNoEnd: boolean;
}

/** How far ahead access may begin, in days. */
const furthestStartDays = 90;

export function startFault(startsAt: Date | null, now: Date): string | null {
  if (startsAt === null || startsAt.getTime() <= now.getTime() + furthestStartDays * 86_400_000) return null;
  return `Access may begin at most ${furthestStartDays} days from now: choose an earlier start.`;
}

/**
 * Why an expiry cannot be asked for, in words; null when it can. The end is excluded from access, so it must lie after
 * the start.
 */
export function expiryFault(expiry: Expiry, start: Date, caps: TimeCaps): string | null {
  const end = endOf(expiry, start);
  if (end === null) {
    return caps.allowsNoEnd ? null : 'Requested access always ends: choose how long you need it.';
  }
  if (end.getTime() <= start.getTime()) return 'This end has already passed: choose a later one.';
  if (end.getTime() - start.getTime() > caps.longestMinutes * 60_000) {
    return `A request like this may ask for ${longestWords(caps.longestMinutes)} at most: choose an earlier end.`;
  }
  return null;
}

function longestWords(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? '1 day' : `${minutes / 1440} days`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
