import type { EnvironmentRef } from '@tidegate/contract';
import type { Tx } from '../../platform/store/tx.ts';
import type { EmergencyReview, ReviewedStatement } from './emergency.ts';

export interface PolicyPrincipal {
  readonly kind: 'person' | 'group';
  readonly id: string;
  readonly name: string;
}

export interface EmergencyPolicy {
  readonly environment: { readonly id: string; readonly name: string };
  readonly principals: readonly PolicyPrincipal[];
  readonly longestMinutes: number;
}

export interface OpenableDatabase {
  readonly databaseId: string;
  readonly name: string;
  readonly projectId: string;
  readonly project: string;
  readonly environment: EnvironmentRef;
  readonly longestMinutes: number;
}

export interface NewReview {
  readonly grantId: string;
  readonly personId: string;
  readonly projectId: string;
  readonly reason: string;
  readonly incident: string;
  readonly level: string;
  readonly risk: unknown;
  readonly flowId: string;
  readonly flowVersion: number;
  readonly reviewerKeys: readonly string[];
}

export interface ReviewFilter {
  readonly state: 'open' | 'closed' | undefined;
  /** Whose reviews, or those that these keys may close; null: all. */
  readonly of: { readonly personId: string; readonly keys: readonly string[] } | null;
}

export interface EmergencyStore {
  listPolicies(): Promise<EmergencyPolicy[]>;
  setPolicy(
    tx: Tx,
    environmentId: string,
    principals: readonly { readonly kind: 'person' | 'group'; readonly id: string }[],
    longestMinutes: number,
  ): Promise<EmergencyPolicy | null>;
  /** Databases of active projects whose environment a policy opens to this person, by himself or by a group. */
  openable(personId: string, tx?: Tx): Promise<OpenableDatabase[]>;
  findOpenReview(personId: string, tx?: Tx): Promise<{ id: string; grantId: string } | null>;
  insertReview(tx: Tx, review: NewReview): Promise<string>;
  list(filter: ReviewFilter): Promise<EmergencyReview[]>;
  find(id: string, tx?: Tx): Promise<EmergencyReview | null>;
  /** Locks the review until the transaction ends. */
  hold(tx: Tx, id: string): Promise<void>;
  statementsOf(grantId: string, tx?: Tx): Promise<ReviewedStatement[]>;
  /** False when it was closed already. */
  close(tx: Tx, id: string, closed: { by: string; note: string; contentHash: string }): Promise<boolean>;
  /** Administrators, auditors and the project's owners: they are told. */
  toTell(tx: Tx, projectId: string): Promise<string[]>;
  names(ids: readonly string[], projectIds: readonly string[]): Promise<Map<string, string>>;
}
