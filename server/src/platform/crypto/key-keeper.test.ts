import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniqueName, useServer } from '@tidegate/test-servers';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSealer, type KeyPlace, openSealer, parseSecretKeys, rotateSecrets, Secret } from './index.ts';
import { makeSecretKey } from './secret-key.ts';

const database = uniqueName('keys');
const column = { table: 'vault', column: 'sealed', purposeOf: (id: string) => `vault:${id}` };
let pool: Pool;
let dataFolder: string;

beforeAll(async () => {
  const server = await useServer('postgres18');
  const target = { host: server.host, port: server.port, ...server.superuser };
  const admin = new Client({ ...target, database: 'postgres' });
  await admin.connect();
  await admin.query(`create database ${database}`);
  await admin.end();
  pool = new Pool({ ...target, database });
});

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'tidegate-keys-'));
  await pool.query(`
    drop schema if exists tidegate cascade;
    create schema tidegate;
    create table tidegate.setting (key text primary key, value jsonb not null, updated_at timestamptz);
    create table tidegate.vault (id text primary key, sealed text)`);
  return () => rm(dataFolder, { recursive: true, force: true });
});

afterAll(async () => {
  await pool.end();
});

function place(storeKind: KeyPlace['storeKind'], secretKey?: string): KeyPlace {
  return { pool, storeKind, dataFolder, secretKey: secretKey === undefined ? undefined : new Secret(secretKey) };
}

test('the embedded store keeps a generated key in the data folder, for its owner alone', async () => {
  const first = await openSealer(place('embedded'));
  expect(first.source).toBe('file');
  const file = join(dataFolder, 'secret-key');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(parseSecretKeys((await readFile(file, 'utf8')).trim())).toHaveLength(1);
  const again = await openSealer(place('embedded'));
  expect(again.sealer.open(first.sealer.seal('x', 'p'), 'p')).toBe('x');
  expect((await pool.query("select from tidegate.setting where key = 'secret_key'")).rowCount).toBe(0);
});

test('a key file that others can read is refused', async () => {
  await openSealer(place('embedded'));
  await chmod(join(dataFolder, 'secret-key'), 0o644);
  await expect(openSealer(place('embedded'))).rejects.toThrow(/can be read by others\. Run: chmod 600/);
});

test('servers that start at once on an external store agree on one generated key', async () => {
  const kept = await Promise.all(Array.from({ length: 8 }, () => openSealer(place('external'))));
  expect(kept.map(({ source }) => source)).toEqual(Array.from({ length: 8 }, () => 'store'));
  const sealed = kept[0]?.sealer.seal('x', 'p') ?? '';
  expect(kept.map(({ sealer }) => sealer.open(sealed, 'p'))).toEqual(Array.from({ length: 8 }, () => 'x'));
});

test('a store that was sealed with another key is refused at start', async () => {
  await openSealer(place('external', makeSecretKey()));
  await expect(openSealer(place('external', makeSecretKey()))).rejects.toThrow(
    /were sealed with another key\. Start with the TIDEGATE_SECRET_KEY that this store had before/,
  );
});

test('moving the key out of the store: give one, rotate, and the generated one is gone', async () => {
  const generated = await openSealer(place('external'));
  await pool.query('insert into tidegate.vault values ($1, $2), ($3, null)', [
    'a',
    generated.sealer.seal('s3cret', 'vault:a'),
    'b',
  ]);
  const key = makeSecretKey();
  const given = await openSealer(place('external', key));
  expect(given.source).toBe('environment');
  expect(await rotateSecrets(place('external', key), [column])).toEqual({ rewrapped: 1, alreadyCurrent: 0 });
  expect(await rotateSecrets(place('external', key), [column])).toEqual({ rewrapped: 0, alreadyCurrent: 1 });

  const { rows } = await pool.query<{ sealed: string }>("select sealed from tidegate.vault where id = 'a'");
  const alone = createSealer(parseSecretKeys(key) ?? []);
  expect(alone.open(rows[0]?.sealed ?? '', 'vault:a')).toBe('s3cret');
  expect((await pool.query("select from tidegate.setting where key = 'secret_key'")).rowCount).toBe(0);
  await expect(openSealer(place('external', key))).resolves.toMatchObject({ source: 'environment' });
});

test('rotation from one given key to another needs both, and then only the new one', async () => {
  const [oldKey, newKey] = [makeSecretKey(), makeSecretKey()];
  const { sealer } = await openSealer(place('external', oldKey));
  await pool.query('insert into tidegate.vault values ($1, $2)', ['a', sealer.seal('s3cret', 'vault:a')]);
  await rotateSecrets(place('external', `${newKey},${oldKey}`), [column]);
  await expect(openSealer(place('external', newKey))).resolves.toMatchObject({ source: 'environment' });
  await expect(openSealer(place('external', oldKey))).rejects.toThrow(/were sealed with another key/);
});
