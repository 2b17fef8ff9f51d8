import { type Kysely, sql } from 'kysely';
import type { StoreSchema } from '../store/store-schema.ts';

/** The metadata store's clock: the only one that decides about access, and the one that countdowns on screen follow. */
export interface Clock {
  /** Now by the store, in the given transaction or outside of any. Rejects while the store is away. */
  now(db?: Kysely<StoreSchema>): Promise<Date>;
}

export function createStoreClock(store: Kysely<StoreSchema>): Clock {
  return {
    async now(db = store) {
      const result = await sql<{ now: Date }>`select tidegate.now() as now`.execute(db);
      const row = result.rows[0];
      if (row === undefined) throw new Error('The store did not tell the time.');
      return row.now;
    },
  };
}
