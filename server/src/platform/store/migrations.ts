import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import { StoreFault } from './store-fault.ts';
import type { StoreLog } from './store-log.ts';

export interface Migration {
  readonly name: string;
  readonly checksum: string;
  readonly sql: string;
}

/** An arbitrary number that only the migrations of Tidegate lock. */
const lockKey = 8_317_402_566_113;

/** The files `NNNN-name.sql` of a folder, in order. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const numbers = names.map((name) => /^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
  const isWrong = (number: string | undefined, index: number): boolean =>
    number === undefined || numbers.indexOf(number) !== index;
  const wrong = names.filter((_, index) => isWrong(numbers[index], index));
  if (wrong.length > 0)
    throw new StoreFault(`Migrations need a number of their own (NNNN-name.sql): ${wrong.join(', ')}.`);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the store to the newest migration: each file in a transaction of its own, all under a lock, so that several
 * servers may start at once. Refuses with `StoreFault` a store that a newer Tidegate made, or a file that was changed
 * after it ran.
 */
export async function migrate(client: PoolClient, migrations: readonly Migration[], log: StoreLog): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [lockKey]);
  try {
    await client.query('create schema if not exists tidegate');
    await client.query(
      `create table if not exists tidegate.tidegate_migration
         (name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())`,
    );
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from tidegate.tidegate_migration',
    );
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    refuseStrangers(applied, migrations);
    for (const migration of migrations.filter(({ name }) => !applied.has(name))) await apply(client, migration, log);
  } finally {
    // When the connection is lost the server lets go of the lock itself, and the first error is the one to tell.
    await client.query('select pg_advisory_unlock($1)', [lockKey]).catch(() => undefined);
  }
}

function refuseStrangers(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  const newer = [...applied.keys()].filter((name) => !known.has(name));
  if (newer.length > 0) {
    throw new StoreFault(
      `The metadata store was made by a newer Tidegate (it has ${newer.join(', ')}). Start that version; going back ` +
        'to an older one needs a backup from its time.',
    );
  }
  const changed = migrations.filter(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum);
  if (changed.length > 0) {
    throw new StoreFault(
      `The migration ${changed.map(({ name }) => name).join(', ')} was changed after it ran on this store. ` +
        'Put the original file back; a change of the store belongs into a new file.',
    );
  }
}

async function apply(client: PoolClient, { name, checksum, sql }: Migration, log: StoreLog): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into tidegate.tidegate_migration (name, checksum) values ($1, $2)', [name, checksum]);
    await client.query('commit');
    log.info({ migration: name }, 'store migrated');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if ((error as { code?: unknown }).code === '42501') throw error;
    throw new StoreFault(
      `The migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
