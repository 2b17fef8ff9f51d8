import type { endKind } from '@tidegate/contract';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import type { StoreSchema } from '../../platform/store/store-schema.ts';

export type EndKind = z.output<typeof endKind>;

/**
 * What everything that can reduce access must do, in this order, in one transaction: lock, then read and change, then
 * say that access has changed. Declared here because people and groups are the first to need it; the grant module
 * implements it, and `main` wires it.
 */
export interface AccessGuard {
  /**
   * Takes the exclusive advisory lock of each person (in the order of their ids) until the transaction ends, so that no
   * session opens meanwhile on what was read before. Call before reading what is to be changed.
   */
  lockPeople(tx: Transaction<StoreSchema>, personIds: readonly string[]): Promise<void>;
  /**
   * After the change, in the same transaction: ends the rows whose reason to exist is gone, marks the people's database
   * accounts to be brought in line, and wakes the reconciler at commit.
   */
  accessChanged(
    tx: Transaction<StoreSchema>,
    personIds: readonly string[],
    cause: { readonly kind: EndKind; readonly by: string | null; readonly note?: string },
  ): Promise<void>;
  /** Everybody whose access could depend on these projects: members, members of member groups, holders of live rows. */
  peopleOfProject(tx: Transaction<StoreSchema>, projectId: string): Promise<readonly string[]>;
  /** Everybody with a live row or account that covers one of these databases. */
  peopleOfDatabases(tx: Transaction<StoreSchema>, databaseIds: readonly string[]): Promise<readonly string[]>;
}
