import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';

/** How long a notice stays in the inbox after it was read. */
const readDays = 90;
/** How long what was passed on to every reader stays, unless it lies in an inbox. */
const deliveredDays = 30;
const batch = 1000;
const mostBatches = 100;

/**
 * Removes what nobody needs any more: notices read long ago, and what was to be told once every reader has passed it on.
 * In small batches, so that no one waits for it; what is left over goes next time. Answers how many rows went.
 */
export async function removeOldNotices(db: Db, most = mostBatches): Promise<number> {
  return (await inBatches(most, () => removeRead(db))) + (await inBatches(most, () => removeDelivered(db)));
}

async function inBatches(most: number, removeSome: () => Promise<number>): Promise<number> {
  let removed = 0;
  for (let round = 0; round < most; round += 1) {
    const count = await removeSome();
    removed += count;
    if (count < batch) break;
  }
  return removed;
}

async function removeRead(db: Db): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from tidegate.notice where id in (
      select id from tidegate.notice where read_at < (select tidegate.now()) - make_interval(days => ${readDays})
      order by read_at limit ${batch} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0);
}

async function removeDelivered(db: Db): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from tidegate.notice_outbox where id in (
      select id from tidegate.notice_outbox as told
      where at < (select tidegate.now()) - make_interval(days => ${deliveredDays})
        and not exists (select from tidegate.notice_delivery where outbox_id = told.id)
        and not exists (select from tidegate.notice where outbox_id = told.id)
      order by at limit ${batch} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0);
}
