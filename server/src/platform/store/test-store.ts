import { readdir, readFile } from 'node:fs/promises';
import { uniqueName, useServer } from '@tidegate/test-servers';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { StoreSchema } from './store-schema.ts';
import type { Db } from './tx.ts';

/** For tests: a migrated store of its own on the shared test server. */
export interface TestStore {
  readonly db: Db;
  readonly pool: pg.Pool;
  /** Of the store's owner, who may do everything in it. */
  readonly url: string;
  /** Calls back for each notification, like the product's store. */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
  /** Drops it. */
  close(): Promise<void>;
}

const migrations = new URL('../../../migrations/', import.meta.url);

export async function createTestStore(): Promise<TestStore> {
  const server = await useServer('postgres15');
  const name = uniqueName('store');
  const url = new URL(`postgres://${server.host}:${server.port}`);
  url.username = server.superuser.user;
  url.password = server.superuser.password;
  url.pathname = '/postgres';
  await runOnce(url.href, `create database ${name}`);
  url.pathname = `/${name}`;
  await runOnce(url.href, 'create schema tidegate');
  for (const file of (await readdir(migrations)).filter((entry) => entry.endsWith('.sql')).sort()) {
    await runOnce(url.href, `set search_path = tidegate; ${await readFile(new URL(file, migrations), 'utf8')}`);
  }
  const pool = new pg.Pool({ connectionString: url.href, max: 10, options: '-c search_path=tidegate' });
  const db = new Kysely<StoreSchema>({ dialect: new PostgresDialect({ pool }) });
  const listeners = new Set<pg.Client>();
  return {
    db,
    pool,
    url: url.href,
    async listen(channel, handler) {
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      listeners.add(client);
      client.on('notification', (notice) => handler(notice.payload ?? ''));
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      return async () => {
        listeners.delete(client);
        await client.end();
      };
    },
    async close() {
      await Promise.all([...listeners].map((client) => client.end()));
      await db.destroy();
      url.pathname = '/postgres';
      await runOnce(url.href, `drop database ${name} with (force)`);
    },
  };
}

async function runOnce(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
