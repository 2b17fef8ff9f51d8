import { sql } from 'kysely';
import type { Tx } from '../../platform/store/tx.ts';

/**
 * Transaction-level advisory locks, one a person. Opening takes it shared; everything that can reduce access takes it
 * exclusively, before it reads. Row locks would not do: rows of groups and projects bear on access too, and a session
 * could open on rows read before a change that was waiting.
 */
const lockClass = 0x7469; // Apart from other advisory locks of the store.
const roleClass = 0x7472_6f;

export async function lockPersonShared(tx: Tx, personId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${lockClass}, hashtext(${personId}))`.execute(tx);
}

/** In the order of their ids, so that two changes never wait for each other. */
export async function lockPersonExclusive(tx: Tx, personIds: readonly string[]): Promise<void> {
  const ordered = [...new Set(personIds)].toSorted();
  if (ordered.length === 0) return;
  // By the locks' own keys: two people may share one, and the order must be that of what is locked.
  await sql`
    select pg_advisory_xact_lock(${lockClass}, key) from (
      select distinct hashtext(id) as key from unnest(${ordered}::text[]) as id order by key
    ) as keys`.execute(tx);
}

/** Held to the end of the transaction by whoever makes the `role` row of a person on a database. */
export async function lockRoleOpening(tx: Tx, personId: string, databaseId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${roleClass}, hashtext(${`${personId} ${databaseId}`}))`.execute(tx);
}
