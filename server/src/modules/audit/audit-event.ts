import type { Transaction } from 'kysely';
import type { Actor } from '../../platform/http/route.ts';
import type { StoreSchema } from '../../platform/store/store-schema.ts';

/** One line of the permanent record, before it has its place in a chain. */
export interface NewAuditEvent {
  /** `area.verb`, e.g. `grant.revoked`, `statement.started`, `auth.sign_in_failed`. */
  readonly kind: string;
  /** Who did it: `byActor` fills in this and the next. Null: Tidegate itself, or nobody who is signed in. */
  readonly actorId: string | null;
  /** The administrator who acted through the actor, while he continued as the sample person. */
  readonly onBehalfOfId?: string | null;
  readonly projectId?: string | null;
  readonly instanceId?: string | null;
  readonly databaseId?: string | null;
  readonly requestId?: string | null;
  readonly grantId?: string | null;
  readonly sessionId?: string | null;
  readonly statementId?: string | null;
  /**
   * Names as they are now (so that the record reads without joins), and what the kind carries. Never a secret. A
   * `sentence` here is what the audit page says of a kind it has no words for.
   */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditLog {
  /**
   * Adds an event to this process's chain with the given transaction, so that a change and its event stand or fall
   * together. It takes its place, and the chain's row lock, when the transaction commits: until then nobody waits for it,
   * and the transaction itself does not see it. The commit fails when it cannot be stored; then the change has not
   * happened either.
   */
  append(tx: Transaction<StoreSchema>, event: NewAuditEvent): Promise<void>;
  /** Several events in their order. */
  appendMany(tx: Transaction<StoreSchema>, events: readonly NewAuditEvent[]): Promise<void>;
  /** Names this process's chain to the store's procedures that change and record at once. */
  readonly writer: string;
  /** The event as those procedures take it, an element of a JSON array. */
  encode(event: NewAuditEvent): Readonly<Record<string, unknown>>;
  /** One event in a transaction that others may share; resolves when committed. */
  record(event: NewAuditEvent): Promise<void>;
}

/** Who acted, for an event. */
export function byActor(actor: Actor): { readonly actorId: string; readonly onBehalfOfId: string | null } {
  return { actorId: actor.personId, onBehalfOfId: actor.adminPersonId };
}
