import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerAddress, uniqueName, useServer } from '@tidegate/test-servers';
import { Client } from 'pg';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import type { StoreLog } from './store-log.ts';

const quiet: StoreLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let server: ServerAddress;
let pgUrl: string;
let folder: string;

beforeAll(async () => {
  server = await useServer('postgres18');
});

beforeEach(async () => {
  const database = uniqueName('store');
  const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...server.superuser });
  await client.connect();
  await client.query(`create database ${database}`);
  await client.end();
  const { user, password } = server.superuser;
  pgUrl = `postgresql://${user}:${password}@127.0.0.1:${server.port}/${database}`;
  folder = await mkdtemp(join(tmpdir(), 'tidegate-migrations-'));
  await write(
    '0001-one.sql',
    'create table one (at timestamptz default clock_timestamp()); insert into one default values',
  );
  return () => rm(folder, { recursive: true, force: true });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const open = () => openStore({ dataFolder: '/nonexistent', pgUrl, migrationFolder: folder, poolSize: 2 }, quiet);

async function rowsAfterOpen(sql: string): Promise<readonly unknown[]> {
  const store = await open();
  try {
    return (await store.pool.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await store.close();
  }
}

test('servers that start at once run each migration once', async () => {
  await write('0002-two.sql', 'create table two (n int); insert into two select count(*) from one');
  const stores = await Promise.all(Array.from({ length: 8 }, open));
  await Promise.all(stores.map((store) => store.close()));
  expect(await rowsAfterOpen('select count(*)::int from one union all select n from two')).toEqual([1, 1]);
});

test('a new file runs on an old store, in the order of the numbers', async () => {
  await (await open()).close();
  await write('0010-ten.sql', 'insert into two values (10)');
  await write('0002-two.sql', 'create table two (n int)');
  expect(await rowsAfterOpen('select name from tidegate_migration order by applied_at')).toEqual([
    '0001-one.sql',
    '0002-two.sql',
    '0010-ten.sql',
  ]);
});

test('a migration that fails leaves nothing behind and is told by name', async () => {
  await write('0002-two.sql', 'create table two (n int); select 1/0');
  await expect(open()).rejects.toThrow('The migration 0002-two.sql failed: division by zero');
  await write('0002-two.sql', 'select 1');
  expect(await rowsAfterOpen("select to_regclass('tidegate.two')::text")).toEqual([null]);
});

test('a file that was changed after it ran is refused', async () => {
  await (await open()).close();
  await write('0001-one.sql', 'create table other (n int)');
  await expect(open()).rejects.toThrow('The migration 0001-one.sql was changed after it ran on this store.');
});

test('a store that a newer Tidegate made is refused', async () => {
  await write('0002-two.sql', 'create table two (n int)');
  await (await open()).close();
  await rm(join(folder, '0002-two.sql'));
  await expect(open()).rejects.toThrow(
    'The metadata store was made by a newer Tidegate (it has 0002-two.sql). Start that version;',
  );
});

test('two files with the same number are refused', async () => {
  await write('0001-uno.sql', 'select 1');
  await expect(open()).rejects.toThrow('Migrations need a number of their own (NNNN-name.sql): 0001-uno.sql.');
});
