import type { Transaction } from 'kysely';
import type { StoreSchema } from '../../platform/store/store-schema.ts';

/** One line of the permanent record, before it has its place in a chain. */
export interface NewAuditEvent {
  /** `area.verb`, e.g. `grant.revoked`, `statement.started`, `auth.sign_in_failed`. */
  readonly kind: string;
  readonly actorId: string | null;
  readonly onBehalfOfId?: string | null;
  readonly projectId?: string | null;
  readonly instanceId?: string | null;
  readonly databaseId?: string | null;
  readonly requestId?: string | null;
  readonly grantId?: string | null;
  readonly sessionId?: string | null;
  readonly statementId?: string | null;
  /** Names as they are now (so that the record reads without joins), and what the kind carries. Never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditLog {
  /**
   * Adds an event to this process's chain in the given transaction, so that a change and its event stand or fall
   * together. Takes the chain's row lock until commit: call it last. Throws when it cannot be stored; then the change
   * must not happen either.
   */
  append(tx: Transaction<StoreSchema>, event: NewAuditEvent): Promise<void>;
  /** The same in a transaction of its own; resolves when committed. */
  record(event: NewAuditEvent): Promise<void>;
}
