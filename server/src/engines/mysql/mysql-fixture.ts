/** A MariaDB or MySQL server for the shared suite, with a connecting user of one of two kinds. */
import { startMariaDb, startMySql, type TestServer } from '@tidegate/test-servers';
import { type Connection, createConnection } from 'mysql2/promise';
import type { EngineDialect, EngineFixture, TextRow } from '../engine.suite.ts';
import type { InstanceTarget } from '../engine.ts';
import { createMySqlEngine } from './engine-mysql.ts';
import { mySqlDialect } from './mysql-dialect-fixture.ts';

/**
 * `equipped` sees accounts and sessions and ends them. `minimal` makes accounts and grants what it holds. `modest`
 * lists the names of accounts beside, which MySQL shows the minimal user too.
 */
export type Equipment = 'equipped' | 'modest' | 'minimal';

const password = 'the-connecting-user-1';
const onDatabases = 'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const pattern = (name: string): string => quote(name.replace(/[\\_%]/g, (character) => `\\${character}`));

/** Rows as text, through the driver's public interface: nothing of the engine under test is used. */
export async function askAs(
  server: TestServer,
  login: { user: string; password: string },
  database: string,
  sql: string,
): Promise<readonly TextRow[]> {
  let connection: Connection | undefined;
  try {
    connection = await createConnection({
      host: server.host,
      port: server.port,
      ...login,
      ...(database !== '' && { database }),
      charset: 'utf8mb4',
      rowsAsArray: true,
      typeCast: (field) => field.string('utf8'),
    });
    const [rows] = await connection.query(sql);
    return Array.isArray(rows) ? (rows as unknown as TextRow[]) : [];
  } finally {
    await connection?.end();
  }
}

export function startServer(
  kind: 'mariadb' | 'mysql',
  tls = false,
  more: Readonly<Record<string, string | number>> = {},
): Promise<TestServer> {
  const settings = { 'max-allowed-packet': 67_108_864, 'max-connections': 400, ...more };
  if (kind === 'mariadb') return startMariaDb({ settings, tls });
  // MySQL makes itself a certificate unless it is told to speak no version of TLS at all.
  return startMySql({ settings: tls ? settings : { ...settings, 'tls-version': '' }, tls });
}

export async function startFixture(
  kind: 'mariadb' | 'mysql',
  equipment: Equipment,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<EngineFixture> {
  const server = await startServer(kind, false, settings);
  const superuser = (database: string, sql: string): Promise<readonly TextRow[]> =>
    askAs(server, server.superuser, database, sql);
  for (const statement of connectingUser(kind, equipment)) await superuser('', statement);
  const dialect: EngineDialect = mySqlDialect(kind);
  return {
    engine: createMySqlEngine(),
    target: targetOf(server),
    dialect,
    superuser,
    owner: (database, sql) => askAs(server, { user: 'connecting', password }, database, sql),
    async createDatabase(name) {
      await superuser('', `DROP DATABASE IF EXISTS ${quote(name)}`);
      await superuser('', `CREATE DATABASE ${quote(name)} CHARACTER SET utf8mb4`);
      await superuser('', `GRANT ${onDatabases} ON ${pattern(name)}.* TO connecting WITH GRANT OPTION`);
    },
    async dropDatabase(name) {
      await superuser('', `DROP DATABASE IF EXISTS ${quote(name)}`);
    },
    stop: () => server.stop(),
  };
}

export function targetOf(server: TestServer): InstanceTarget {
  return {
    engine: server.kind === 'mysql' ? 'mysql' : 'mariadb',
    host: server.host,
    port: server.port,
    user: 'connecting',
    password: () => Promise.resolve(password),
    tls: { mode: 'disable', ca: null },
    maintenanceDatabase: null,
    connectTimeoutMs: 5_000,
  };
}

export function connectingUser(kind: 'mariadb' | 'mysql', equipment: Equipment): readonly string[] {
  const making = [`CREATE USER connecting IDENTIFIED BY '${password}'`, 'GRANT CREATE USER ON *.* TO connecting'];
  if (equipment === 'minimal') return making;
  if (equipment === 'modest') return [...making, 'GRANT SELECT (User, Host) ON mysql.user TO connecting'];
  const ends = kind === 'mariadb' ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN';
  return [...making, `GRANT PROCESS, ${ends} ON *.* TO connecting`, 'GRANT SELECT ON mysql.* TO connecting'];
}
