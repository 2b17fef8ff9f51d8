import type { Db, Tx } from '../../platform/store/tx.ts';

const timeZoneKey = 'time_zone';
const usual = 'UTC';

/** The time zone of the workspace, in which weekday and time of day are meant. */
export async function readTimeZone(db: Db): Promise<string> {
  const row = await db.selectFrom('setting').where('key', '=', timeZoneKey).select('value').executeTakeFirst();
  return typeof row?.value === 'string' && isTimeZone(row.value) ? row.value : usual;
}

export async function saveTimeZone(tx: Tx, timeZone: string): Promise<void> {
  const value = JSON.stringify(timeZone);
  await tx
    .insertInto('setting')
    .values({ key: timeZoneKey, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
