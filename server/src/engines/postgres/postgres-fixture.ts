import { startPostgres } from '@tidegate/test-servers';
import { Client } from 'pg';
import type { EngineFixture, TextRow } from '../engine.suite.ts';
import type { InstanceTarget } from '../engine.ts';
import { postgresEngine } from './engine-postgres.ts';
import { quoteLiteral, quoteName } from './quote.ts';
import { postgresDialect } from './test-dialect.ts';

const owner = { user: 'tidegate "owner"', password: 'owner-of-this-test' };

/** Starts a server with a connecting user who may make roles and databases and is no superuser. */
export async function startPostgresFixture(
  major: 15 | 18,
  settings: Readonly<Record<string, number>> = {},
): Promise<EngineFixture> {
  const server = await startPostgres({ major, settings: { max_connections: 400, ...settings } });
  const place = { host: server.host, port: server.port };

  async function run(
    login: { user: string; password: string },
    database: string,
    sql: string,
  ): Promise<readonly TextRow[]> {
    const client = new Client({ ...place, ...login, database: database === '' ? 'postgres' : database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<(string | null)[]>({
        text: sql,
        rowMode: 'array',
        types: { getTypeParser: () => (value: string) => value },
      });
      return rows;
    } finally {
      await client.end();
    }
  }

  const superuser = (database: string, sql: string): Promise<readonly TextRow[]> =>
    run(server.superuser, database, sql);
  const dropDatabase = async (name: string): Promise<void> => {
    await superuser('', `drop database if exists ${quoteName(name)} with (force)`);
  };
  await superuser(
    '',
    `create role ${quoteName(owner.user)} login createrole createdb password ${quoteLiteral(owner.password)}`,
  );
  const target: InstanceTarget = {
    engine: 'postgresql',
    ...place,
    user: owner.user,
    password: () => Promise.resolve(owner.password),
    tls: { mode: 'disable', ca: null },
    maintenanceDatabase: null,
    connectTimeoutMs: 10_000,
  };
  return {
    engine: postgresEngine,
    target,
    dialect: postgresDialect,
    superuser,
    owner: (database, sql) => run(owner, database, sql),
    createDatabase: async (name) => {
      await dropDatabase(name);
      await superuser('', `create database ${quoteName(name)} owner ${quoteName(owner.user)}`);
      await superuser('', `revoke connect on database ${quoteName(name)} from public`);
    },
    dropDatabase,
    stop: () => server.stop(),
  };
}
