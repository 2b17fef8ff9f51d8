import type { Tx } from '../../platform/store/tx.ts';
import type { AccessRequest, Decision, NewAccessRequest, RequestState, SettledState } from './access-request.ts';

export interface RequestFilter {
  readonly search: string | undefined;
  readonly state: RequestState | undefined;
  readonly projectId: string | undefined;
  /** Only those of this person. */
  readonly requesterId: string | null;
  /** Only those of these projects or of `orRequesterId`. */
  readonly projects: 'all' | readonly string[];
  readonly orRequesterId: string | null;
  readonly exceptRequesterId: string | null;
  readonly page: number;
  readonly pageSize: number;
}

export interface NamedPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface AccessRequestStore {
  insert(tx: Tx, request: NewAccessRequest & { contentHash: string }): Promise<AccessRequest>;
  find(id: string): Promise<AccessRequest | null>;
  /** Locks the row until the transaction ends, so that two decisions follow each other. */
  findForChange(tx: Tx, id: string): Promise<AccessRequest | null>;
  /** Changes the state of a pending request; false when it was not pending any more. */
  settle(tx: Tx, id: string, state: SettledState): Promise<boolean>;
  addDecision(
    tx: Tx,
    decision: {
      requestId: string;
      personId: string;
      decision: 'approve' | 'reject';
      comment: string;
      contentHash: string;
    },
  ): Promise<void>;
  list(filter: RequestFilter): Promise<{ items: AccessRequest[]; total: number }>;
  decisionsOf(requestIds: readonly string[]): Promise<Map<string, Decision[]>>;
  grantsOf(
    requestIds: readonly string[],
  ): Promise<Map<string, { grantId: string; expiresAt: Date | null; state: GrantStateOfRequest }>>;
  people(ids: readonly string[], tx?: Tx): Promise<Map<string, NamedPerson>>;
  projects(
    ids: readonly string[],
    tx?: Tx,
  ): Promise<Map<string, { id: string; name: string; state: 'active' | 'archived' }>>;
  /** Active people who hold `request.decide` in the project, the requester excepted. */
  approvers(projectId: string, exceptPersonId: string, tx?: Tx): Promise<{ id: string; name: string }[]>;
  /** Median minutes from asking to deciding in the last 90 days; null without any. */
  typicalMinutes(projectId: string): Promise<number | null>;
  /** Pending requests whose chosen end has passed become `expired`. */
  expireOverdue(tx: Tx): Promise<AccessRequest[]>;
  /** Whether there are such requests. */
  hasOverdue(): Promise<boolean>;
  countPending(
    personId: string,
    projects: 'all' | readonly string[],
  ): Promise<{ toDecide: number; minePending: number }>;
}

export type GrantStateOfRequest = 'scheduled' | 'active' | 'closing' | 'closed';
