import type { Kysely, Transaction } from 'kysely';
import type { StoreSchema } from './store-schema.ts';

/** The metadata store, outside a transaction. */
export type Db = Kysely<StoreSchema>;
/** A transaction of the metadata store; services pass it on without looking inside. */
export type Tx = Transaction<StoreSchema>;
