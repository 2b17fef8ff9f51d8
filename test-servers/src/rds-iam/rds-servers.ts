import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { startMariaDb } from '../mariadb.ts';
import { startMySql } from '../mysql.ts';
import { startPostgres } from '../postgres.ts';
import type { PostgresMajor } from '../postgres-programs.ts';
import type { TestServer } from '../test-server.ts';
import { serveMySql } from './mysql-front.ts';
import { servePostgres } from './postgres-front.ts';
import { type FrontOptions, RdsFront } from './rds-front.ts';

/** A real server behind a front that demands tokens of IAM users and leaves everybody else's login to the server. */
export interface RdsServer {
  readonly front: RdsFront;
  /** The real server; its superuser signs in there, not at the front. */
  readonly upstream: TestServer;
  /** Runs SQL as the upstream's superuser. */
  run(sql: string, database?: string): Promise<void>;
  /** Makes a database user that signs in at the front with tokens, and there only. */
  makeIamUser(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Who is a member of `rds_iam` upstream is an IAM user; others sign in with SCRAM, relayed. */
export async function startRdsPostgres(
  options: FrontOptions & { readonly major?: PostgresMajor } = {},
): Promise<RdsServer> {
  const upstream = await startPostgres({
    major: options.major ?? 18,
    accessRules: ['local all +rds_iam trust', 'host all +rds_iam all reject'],
  });
  const run = async (sql: string, database = 'postgres'): Promise<void> => {
    const client = new Client({ host: upstream.host, port: upstream.port, database, ...upstream.superuser });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run('create role rds_iam nologin');
  const { serve, close } = servePostgres(upstream);
  const front = new RdsFront(options, serve);
  await front.start();
  return {
    front,
    upstream,
    run,
    // What the vendor's documents tell an administrator to run.
    makeIamUser: (name) => run(`create user "${name}" with login; grant rds_iam to "${name}"`),
    stop: async () => {
      await front.stop();
      await close();
      await upstream.stop();
    },
  };
}

/** Users made with `makeIamUser` are IAM users. The upstream itself knows no `AWSAuthenticationPlugin`. */
export async function startRdsMySql(
  options: FrontOptions & { readonly kind?: 'mysql' | 'mariadb' } = {},
): Promise<RdsServer> {
  const upstream = await (options.kind === 'mariadb' ? startMariaDb({ tls: true }) : startMySql({ tls: true }));
  const run = async (sql: string, database?: string): Promise<void> => {
    const target = { host: upstream.host, port: upstream.port, ...upstream.superuser, multipleStatements: true };
    const connection = await createConnection(database === undefined ? target : { ...target, database });
    try {
      await connection.query(sql);
    } finally {
      await connection.end();
    }
  };
  const iamUsers = new Map<string, string>();
  const front = new RdsFront(options, serveMySql(upstream, iamUsers));
  await front.start();
  return {
    front,
    upstream,
    run,
    makeIamUser: async (name) => {
      const password = randomBytes(18).toString('base64url');
      iamUsers.set(name, password);
      await run(`create user '${name}'@'%' identified by '${password}' require ssl`);
    },
    stop: async () => {
      await front.stop();
      await upstream.stop();
    },
  };
}
