import type { Db } from '../../platform/store/tx.ts';
import { newShortId } from './instance.ts';

const key = 'installation_id';

/** Four characters that tell this installation's accounts from another's on the same server; chosen once and kept. */
export async function installationId(db: Db): Promise<string> {
  const known = await find(db);
  if (known !== null) return known;
  // Two server processes may choose at once: the first one stored counts.
  await db
    .insertInto('setting')
    .values({ key, value: JSON.stringify(newShortId()) })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const stored = await find(db);
  if (stored === null) throw new Error('the installation id was not kept');
  return stored;
}

async function find(db: Db): Promise<string | null> {
  const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst();
  return typeof row?.value === 'string' ? row.value : null;
}

/** What the name of every account and helper role of Tidegate on one instance starts with. */
export function accountPrefix(installation: string, instanceShortId: string): string {
  return `tg_${installation}_${instanceShortId}_`;
}
