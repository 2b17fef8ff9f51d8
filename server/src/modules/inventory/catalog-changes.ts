import type { Tx } from '../../platform/store/tx.ts';

export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** What a sync found to be different in one database. */
export interface RelationChanges {
  readonly added: readonly RelationName[];
  /** The same name, but dropped and made again, or another relation renamed into it. */
  readonly replaced: readonly RelationName[];
  readonly removed: readonly RelationName[];
}

/**
 * Told by the sync, in its transaction, when relations came or went: privileges at the server follow names on one
 * engine and identities on the other, so accounts with access there must be brought in line. Declared here,
 * implemented by the grant module, wired by `main`. Not called when nothing changed.
 */
export interface CatalogChanges {
  relationsChanged(tx: Tx, databaseId: string, changes: RelationChanges): Promise<void>;
  /** Accounts of the instance sign in by token now and had passwords before, or the other way: each is made anew. */
  signInChanged(tx: Tx, instanceId: string): Promise<void>;
}
