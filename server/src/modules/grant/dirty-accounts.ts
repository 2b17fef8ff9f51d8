import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';

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

/**
 * Accounts of the holders are extended, and the expiry worker hears of an end that may be nearer than it knew. For rows
 * that were made or whose end was moved.
 */
export async function grantChanged(tx: Tx, grantIds: readonly string[]): Promise<void> {
  const accounts = accountsOfGrants(sql`g.id = any(${[...grantIds]}::uuid[])`);
  await markAccountsDirty(tx, sql`account.id in (select account_id from (${accounts}) as found)`);
  await sql`select pg_notify('tidegate_expiry', '')`.execute(tx);
}

/**
 * Live accounts of those who hold rows of the ledger (`g`), themselves or by a group, on the instances that the rows
 * cover: `grant_id`, `account_id`.
 */
export function accountsOfGrants(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select g.id as grant_id, account.id as account_id
    from tidegate.access_grant g
    cross join lateral (
      select g.person_id as id where g.person_id is not null
      union all
      select person_id from tidegate.group_member where group_id = g.group_id) holder
    join tidegate.database_account account on account.person_id = holder.id and account.state = 'live'
    where ${rows} and (g.covers_all_databases or account.instance_id in (${instancesOfGrant}))`;
}

/** The instances of the databases that the row `g` names. */
export const instancesOfGrant = sql`
  select database.instance_id from tidegate.access_grant_item item
  join tidegate.database on database.id = item.database_id where item.grant_id = g.id`;
