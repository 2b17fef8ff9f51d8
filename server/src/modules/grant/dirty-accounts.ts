import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';

/** The columns by which an account waits to be brought in line. Not access: the clock here is the server's own. */
export const markedDirty = sql`dirty_at = clock_timestamp(), dirty_count = dirty_count + 1, next_attempt_at = null`;

/** Tells every server process, at commit, that accounts wait to be brought in line. */
export async function wakeReconciler(db: Db): Promise<void> {
  await sql`select pg_notify('tidegate_reconcile', '')`.execute(db);
}

/** Live accounts for which the condition on `account` holds are brought in line. Adding never disconnects. */
export async function markAccountsDirty(db: Db, condition: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update tidegate.database_account account set ${markedDirty}
    where account.state = 'live' and ${condition} returning account.id`.execute(db);
  if (rows.length > 0) await wakeReconciler(db);
}

/** Accounts of the people who hold the row of the ledger `g`, himself or by a group, on the instances that it covers. */
export const accountOfGrant = sql`(
  (account.person_id = g.person_id
    or account.person_id in (select person_id from tidegate.group_member where group_id = g.group_id))
  and (g.covers_all_databases or account.instance_id in (
    select database.instance_id from tidegate.access_grant_item item
    join tidegate.database on database.id = item.database_id where item.grant_id = g.id)))`;
