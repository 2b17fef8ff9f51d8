import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createSealer, type Sealer, SealFault } from './sealer.ts';
import type { Secret } from './secret.ts';
import { makeSecretKey, parseSecretKeys } from './secret-key.ts';

/** Where the key that seals comes from. `store`: it lies beside what it seals, of which the administrator is warned. */
export type KeySource = 'environment' | 'file' | 'store';

export interface KeptSealer {
  readonly sealer: Sealer;
  readonly source: KeySource;
}

export interface KeyPlace {
  readonly pool: Pool;
  readonly storeKind: 'embedded' | 'external';
  readonly dataFolder: string;
  /** TIDEGATE_SECRET_KEY. */
  readonly secretKey: Secret | undefined;
}

const settingKey = 'secret_key';
const checkKey = 'secret_key_check';
const checkPurpose = 'store:key-check';

/**
 * The sealer of this installation. Without a key in the environment one is made: the embedded store's lies in the data
 * folder, readable by its owner alone; that of an external store lies in the store. A generated key that is already
 * there still opens after a key was given, until the records are rotated. Refuses with `SealFault` when the key is not
 * the one that sealed this store.
 */
export async function openSealer(place: KeyPlace): Promise<KeptSealer> {
  const given = place.secretKey === undefined ? undefined : parseKeys(place.secretKey.reveal(), 'TIDEGATE_SECRET_KEY');
  const generated = await findGeneratedKey(place, given === undefined);
  const keys = [...(given ?? []), ...(generated === undefined ? [] : parseKeys(generated, 'The generated key'))];
  const sealer = createSealer(keys);
  await checkAgainstStore(place.pool, sealer);
  return { sealer, source: given === undefined ? (place.storeKind === 'embedded' ? 'file' : 'store') : 'environment' };
}

/** Forgets the generated key once nothing needs it any more: after a rotation to a given one. */
export async function forgetGeneratedKey(place: KeyPlace): Promise<void> {
  if (place.secretKey === undefined) throw new SealFault('Without TIDEGATE_SECRET_KEY the generated key is in use.');
  await place.pool.query('delete from tidegate.setting where key = $1', [settingKey]);
  await rm(keyFile(place.dataFolder), { force: true });
}

/** Puts the mark by which a wrong key is noticed under the newest key. */
export async function renewKeyCheck(pool: Pool, sealer: Sealer): Promise<void> {
  await pool.query('update tidegate.setting set value = $2, updated_at = clock_timestamp() where key = $1', [
    checkKey,
    JSON.stringify(sealer.seal('tidegate', checkPurpose)),
  ]);
}

async function findGeneratedKey(place: KeyPlace, isNeeded: boolean): Promise<string | undefined> {
  return place.storeKind === 'embedded' ? keyInFile(place.dataFolder, isNeeded) : keyInStore(place.pool, isNeeded);
}

function keyFile(dataFolder: string): string {
  return join(dataFolder, 'secret-key');
}

async function keyInFile(dataFolder: string, isNeeded: boolean): Promise<string | undefined> {
  const file = keyFile(dataFolder);
  try {
    const text = (await readFile(file, 'utf8')).trim();
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) throw new SealFault(`${file} can be read by others. Run: chmod 600 ${file}`);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (!isNeeded) return undefined;
  const key = makeSecretKey();
  await writeDurably(file, `${key}\n`);
  return key;
}

/** Complete or not there at all, and on the disk before anything is sealed with it. */
async function writeDurably(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  const folder = await open(join(file, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function keyInStore(pool: Pool, isNeeded: boolean): Promise<string | undefined> {
  return settingOrFirst(pool, settingKey, isNeeded ? makeSecretKey() : undefined);
}

async function checkAgainstStore(pool: Pool, sealer: Sealer): Promise<void> {
  const mark = await settingOrFirst(pool, checkKey, sealer.seal('tidegate', checkPurpose));
  try {
    sealer.open(mark ?? '', checkPurpose);
  } catch (error) {
    throw new SealFault(
      'The secrets in this metadata store were sealed with another key. Start with the TIDEGATE_SECRET_KEY that this ' +
        'store had before (or put the file "secret-key" back into the data folder). To change it, give both: new,old.',
      error,
    );
  }
}

/** The stored text; else `first` becomes it, unless another server was quicker. */
async function settingOrFirst(pool: Pool, key: string, first: string | undefined): Promise<string | undefined> {
  if (first !== undefined) {
    await pool.query('insert into tidegate.setting (key, value) values ($1, $2) on conflict (key) do nothing', [
      key,
      JSON.stringify(first),
    ]);
  }
  const { rows } = await pool.query<{ value: unknown }>('select value from tidegate.setting where key = $1', [key]);
  const value = rows[0]?.value;
  return typeof value === 'string' ? value : undefined;
}

function parseKeys(text: string, name: string): readonly Buffer[] {
  const keys = parseSecretKeys(text);
  if (keys === undefined) throw new SealFault(`${name} is not 32 bytes as base64 or hexadecimal.`);
  return keys;
}
