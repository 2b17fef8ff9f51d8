import type { Db } from '../../platform/store/tx.ts';

export const timeZoneKey = 'time_zone';
const usual = 'UTC';

/** The time zone of the workspace, in which weekday and time of day are meant. */
export async function readTimeZone(db: Db): Promise<string> {
  const row = await db.selectFrom('setting').where('key', '=', timeZoneKey).select('value').executeTakeFirst();
  return typeof row?.value === 'string' && isTimeZone(row.value) ? row.value : usual;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
