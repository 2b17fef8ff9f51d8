import { createHash } from 'node:crypto';
import type { RequestLevel } from '@tidegate/contract';

/** What somebody opens at once. */
export interface EmergencyWish {
  readonly projectId: string;
  readonly databaseIds: readonly string[];
  readonly minutes: number;
  readonly reason: string;
  /** Number or link of the incident. */
  readonly incident: string;
}

export interface EmergencyReview {
  readonly id: string;
  readonly grantId: string;
  readonly personId: string;
  readonly behindId: string | null;
  readonly projectId: string;
  readonly reason: string;
  readonly incident: string;
  readonly level: RequestLevel;
  readonly riskReason: string;
  readonly reviewerKeys: readonly string[];
  readonly state: 'open' | 'closed';
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** The access is closed: latched or past its end. */
  readonly hasEnded: boolean;
  readonly closedBy: { readonly id: string; readonly name: string } | null;
  readonly closedAt: Date | null;
  readonly note: string | null;
  readonly statements: number;
}

export interface ReviewedStatement {
  readonly id: string;
  readonly database: string;
  readonly text: string;
  readonly state: string;
  readonly startedAt: Date;
  readonly rows: number | null;
  readonly tables: readonly string[] | null;
}

/** Binds the closing of a review to exactly the statements that were shown. */
export function reviewHash(review: EmergencyReview, statements: readonly ReviewedStatement[]): string {
  const { grantId, personId, projectId, reason, incident, hasEnded } = review;
  const shown = statements.map(({ id, text, state, rows }) => [id, text, state, rows]);
  const content = JSON.stringify([grantId, personId, projectId, reason, incident, hasEnded, shown]);
  return createHash('sha256').update(content).digest('hex');
}
