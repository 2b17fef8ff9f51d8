import { randomBytes } from 'node:crypto';
import { startMariaDb } from '../mariadb.ts';
import { startMySql } from '../mysql.ts';
import { startPostgres } from '../postgres.ts';
import type { PostgresMajor } from '../postgres-programs.ts';
import type { ServerOptions, TestServer } from '../test-server.ts';
import { serveMySql } from './mysql-front.ts';
import { servePostgres } from './postgres-front.ts';
import { RdsFront } from './rds-front.ts';
import { type RunSql, runSqlAt } from './run-sql.ts';
import type { DeskOptions, TokenDesk } from './token-desk.ts';

/** A real server that demands tokens of IAM users and leaves everybody else's login as it is. */
export interface RdsServer<Desk extends TokenDesk = TokenDesk> {
  /** Where clients dial, and where tokens are judged. */
  readonly front: Desk;
  /** The real server; behind a front, its superuser signs in there and not at the front. */
  readonly upstream: TestServer;
  /** Runs SQL as the superuser. */
  readonly run: RunSql;
  /** Makes a database user that signs in with tokens only. */
  makeIamUser(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Who is a member of `rds_iam` upstream is an IAM user; others sign in with SCRAM, relayed. */
export async function startRdsPostgres(
  options: DeskOptions & Pick<ServerOptions, 'settings'> & { readonly major?: PostgresMajor } = {},
): Promise<RdsServer<RdsFront>> {
  const upstream = await startPostgres({
    major: options.major ?? 18,
    settings: options.settings ?? {},
    accessRules: ['local all +rds_iam trust', 'host all +rds_iam all reject'],
  });
  const run = runSqlAt(upstream);
  await run('create role rds_iam nologin');
  const { serve, close } = servePostgres(upstream);
  const front = new RdsFront(options, serve);
  await front.start();
  return {
    front,
    upstream,
    run,
    makeIamUser: (name) => run(postgresIamUser(name)),
    stop: async () => {
      await front.stop();
      await close();
      await upstream.stop();
    },
  };
}

/** What the vendor's documents tell an administrator to run. */
export function postgresIamUser(name: string): string {
  return `create user "${name}" with login; grant rds_iam to "${name}"`;
}

/** Users made with `makeIamUser` are IAM users. The upstream itself knows no `AWSAuthenticationPlugin`. */
export async function startRdsMySql(
  options: DeskOptions & { readonly kind?: 'mysql' | 'mariadb' } = {},
): Promise<RdsServer<RdsFront>> {
  const upstream = await (options.kind === 'mariadb' ? startMariaDb({ tls: true }) : startMySql({ tls: true }));
  const run = runSqlAt(upstream);
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
