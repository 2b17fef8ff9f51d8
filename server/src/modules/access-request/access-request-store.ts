import type { Privilege, RequestLevel, Scope } from '@tidegate/contract';
import type { Tx } from '../../platform/store/tx.ts';
import type {
  AccessRequest,
  Decision,
  NewAccessRequest,
  RequestState,
  SettledState,
  Wanted,
  Wish,
} from './access-request.ts';

export interface RequestFilter {
  readonly search: string | undefined;
  readonly state: RequestState | undefined;
  readonly projectId: string | undefined;
  /** Only those of this person. */
  readonly requesterId: string | null;
  /** Only those of these projects or of `orRequesterId`. */
  readonly projects: 'all' | readonly string[];
  readonly orRequesterId: string | null;
  /** Only those that this person can decide now. */
  readonly decidableBy: DecidingPerson | null;
  readonly page: number;
  readonly pageSize: number;
}

/** Who decides, with the keys by which steps name him. */
export interface DecidingPerson {
  readonly personId: string;
  /** The administrator behind him. */
  readonly adminPersonId: string | null;
  readonly keys: readonly string[];
}

export interface NamedPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface NamedProject {
  readonly id: string;
  readonly name: string;
  readonly state: 'active' | 'archived';
  readonly isSample: boolean;
}

export type GrantStateOfRequest = 'scheduled' | 'active' | 'closing' | 'closed';

export interface GrantOfRequest {
  readonly grantId: string;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  readonly state: GrantStateOfRequest;
}

/** A grant that somebody wants to extend. */
export interface LiveGrant {
  readonly id: string;
  readonly source: string;
  readonly personId: string | null;
  readonly projectId: string | null;
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  /** Neither latched nor past its end. */
  readonly isLive: boolean;
}

/** What a new round is decided on. */
export interface RoundFacts {
  readonly contentHash: string;
  readonly level: RequestLevel | null;
}

export interface AccessRequestStore {
  insert(tx: Tx, request: NewAccessRequest & RoundFacts): Promise<AccessRequest>;
  /** The requester changed it: the next round begins, nothing is narrowed. */
  saveEdit(tx: Tx, id: string, wish: Wish & RoundFacts): Promise<AccessRequest>;
  /** An approver left only this much. */
  saveNarrowed(tx: Tx, id: string, narrowed: Wanted, contentHash: string): Promise<void>;
  markAutoApproved(tx: Tx, id: string): Promise<void>;
  markReminded(tx: Tx, id: string): Promise<void>;
  find(id: string): Promise<AccessRequest | null>;
  /** Locks the row until the transaction ends, so that two decisions follow each other. */
  findForChange(tx: Tx, id: string): Promise<AccessRequest | null>;
  /** Ends a request that is not decided; false when it was not any more. */
  settle(tx: Tx, id: string, state: SettledState): Promise<boolean>;
  /** Waits for the requester; false when it was not pending any more. */
  wantChanges(tx: Tx, id: string): Promise<boolean>;
  list(filter: RequestFilter): Promise<{ items: AccessRequest[]; total: number }>;
  decisionsOf(requestIds: readonly string[]): Promise<Map<string, Decision[]>>;
  grantsOf(requestIds: readonly string[]): Promise<Map<string, GrantOfRequest>>;
  findGrant(id: string, tx?: Tx): Promise<LiveGrant | null>;
  /** Minutes by which approved requests have already extended the grant. */
  extendedMinutes(tx: Tx, grantId: string): Promise<number>;
  /** Whether another request to change the grant waits. */
  hasPendingAmendment(tx: Tx, grantId: string, kind: 'extend' | 'add'): Promise<boolean>;
  people(ids: readonly string[], tx?: Tx): Promise<Map<string, NamedPerson>>;
  projects(ids: readonly string[], tx?: Tx): Promise<Map<string, NamedProject>>;
  /** Median minutes from asking to deciding of the latest decided requests of each project. */
  typicalMinutes(projectIds: readonly string[]): Promise<Map<string, number>>;
  /** Undecided requests whose chosen end has passed, or whose grant has ended, become `expired`. */
  expireOverdue(tx: Tx): Promise<AccessRequest[]>;
  /** Whether there are such requests. */
  hasOverdue(): Promise<boolean>;
  countToDecide(person: DecidingPerson): Promise<number>;
  /** His own that are not decided. */
  countOwn(personId: string): Promise<number>;
}
