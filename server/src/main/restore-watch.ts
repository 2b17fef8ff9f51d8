import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import type { Db } from '../platform/store/tx.ts';

const counterKey = 'store_generation';
const placeKey = 'store_place';
const fileName = 'store-generation.json';

interface Kept {
  readonly installation: string;
  readonly generation: number;
}

/**
 * Notices that the metadata store was restored from a backup: it counts on, and what it had counted is kept beside it
 * in the data folder too; and it knows in which cluster and database it lives. A store that counts less than the
 * folder, or lives elsewhere than it remembers, is not the one that ran last.
 */
export class RestoreWatch {
  readonly #db: Db;
  readonly #installation: string;
  readonly #file: string;

  constructor(parts: { db: Db; installation: string; dataFolder: string }) {
    this.#db = parts.db;
    this.#installation = parts.installation;
    this.#file = join(parts.dataFolder, fileName);
  }

  /** Why the store seems to have been restored, in words; null when nothing says so. Then it counts from here. */
  async begin(): Promise<string | null> {
    const [kept, generation, place] = await Promise.all([this.#readFile(), this.#generation(), this.#place()]);
    const isOlder = kept !== null && kept.installation === this.#installation && kept.generation > generation;
    const isElsewhere = await this.#isElsewhere(place);
    await this.count(kept?.installation === this.#installation ? kept.generation : 0);
    if (isOlder) return 'The metadata store is older than when this server last ran: it was restored from a backup.';
    if (isElsewhere) return 'The metadata store lives in another database than before: it was restored or copied.';
    return null;
  }

  /** Called regularly: the store first, so that the folder is never ahead of a store that was not restored. */
  async count(atLeast = 0): Promise<void> {
    const { rows } = await sql<{ generation: number }>`
      insert into tidegate.setting (key, value) values (${counterKey}, to_jsonb(${atLeast + 1}::bigint))
      on conflict (key) do update set updated_at = clock_timestamp(),
        value = to_jsonb(greatest((setting.value #>> '{}')::bigint, ${atLeast}::bigint) + 1)
      returning (value #>> '{}')::float8 as generation`.execute(this.#db);
    const kept: Kept = { installation: this.#installation, generation: rows[0]?.generation ?? 0 };
    await this.#writeFile(kept);
  }

  async #writeFile(kept: Kept): Promise<void> {
    // Several processes may share the folder.
    const draft = `${this.#file}.${process.pid}`;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(draft, JSON.stringify(kept));
      await rename(draft, this.#file);
    } catch {
      // A folder that cannot be written tells nothing later; the store's own place and its accounts still do.
    }
  }

  async #generation(): Promise<number> {
    const row = await this.#db.selectFrom('setting').where('key', '=', counterKey).select('value').executeTakeFirst();
    return typeof row?.value === 'number' ? row.value : 0;
  }

  async #place(): Promise<string> {
    const { rows } = await sql<{ place: string }>`
      select system_identifier::text || '/' || (select oid from pg_database where datname = current_database()) as place
      from pg_control_system()`.execute(this.#db);
    return rows[0]?.place ?? '';
  }

  async #isElsewhere(place: string): Promise<boolean> {
    const { rows } = await sql<{ former: string | null }>`
      with former as (select value #>> '{}' as place from tidegate.setting where key = ${placeKey})
      insert into tidegate.setting (key, value) values (${placeKey}, to_jsonb(${place}::text))
      on conflict (key) do update set value = excluded.value
      returning (select place from former) as former`.execute(this.#db);
    const former = rows[0]?.former ?? null;
    return former !== null && former !== place;
  }

  /** Absent, or not ours to read: then only the store itself can say something. */
  async #readFile(): Promise<Kept | null> {
    try {
      const { installation, generation } = JSON.parse(await readFile(this.#file, 'utf8')) as Partial<Kept>;
      return typeof installation === 'string' && typeof generation === 'number' ? { installation, generation } : null;
    } catch {
      return null;
    }
  }
}
