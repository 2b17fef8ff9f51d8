import type { ChangeEvent } from '@tidegate/contract';
import type { Transaction } from 'kysely';
import type { StoreSchema } from '../store/store-schema.ts';

/** Who may hear of a change: the people named, and whoever holds the permission in the project (or workspace-wide). */
export interface ChangeAudience {
  readonly personIds: readonly string[];
  /** Everybody who may view this project. */
  readonly projectId: string | null;
  /** Everybody, e.g. for environments. */
  readonly isEverybody?: boolean;
}

export interface Change {
  readonly event: ChangeEvent;
  readonly audience: ChangeAudience;
}

/**
 * Live changes for the event stream, across all server processes, by NOTIFY of the store. Sent at commit, at most once,
 * ids only: a page that missed one reads again when it reconnects.
 */
export interface ChangeFeed {
  /** Announced when the transaction commits. */
  publish(tx: Transaction<StoreSchema>, change: Change): Promise<void>;
  /** `onGap` is called after a time in which changes may have been missed. Answers how to stop. */
  subscribe(listener: (change: Change) => void, onGap?: () => void): () => void;
}
