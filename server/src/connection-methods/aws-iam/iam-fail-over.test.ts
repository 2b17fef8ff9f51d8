import { type RdsFront, type RdsServer, startRdsMySql, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineAdmin, EngineKind } from '../../engines/engine.ts';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { ClusterName } from '../../engines/suite/cluster-name.ts';
import { prefix } from '../../engines/suite/stage.ts';
import { iamTarget, testKeys } from './aws-iam-test-kit.ts';

/** Tokens are for the cluster's endpoint, whichever server it leads to. */
const options = { credentials: [testKeys], endpoint: { port: 5432 } };
const servers = {
  PostgreSQL: ['postgresql', () => startRdsPostgres(options)],
  MariaDB: ['mariadb', () => startRdsMySql({ ...options, kind: 'mariadb' })],
  MySQL: ['mysql', () => startRdsMySql(options)],
} as const satisfies Record<string, readonly [EngineKind, () => Promise<RdsServer<RdsFront>>]>;

const equipping: Readonly<Record<EngineKind, string>> = {
  postgresql: 'alter role tidegate createrole',
  mariadb: 'grant create user, process, connection admin on *.* to tidegate; grant select on mysql.* to tidegate',
  mysql: 'grant create user, process, connection_admin on *.* to tidegate; grant select on mysql.* to tidegate',
};
const closing: Readonly<Record<EngineKind, string>> = {
  postgresql: 'alter system set default_transaction_read_only = on',
  mariadb: 'set global read_only = 1',
  mysql: 'set global super_read_only = 1',
};

describe.each(Object.entries(servers))('a fail-over of %s under IAM', { timeout: 30_000 }, (_title, [kind, start]) => {
  const name = new ClusterName();
  let one: RdsServer<RdsFront>;
  let other: RdsServer<RdsFront>;
  let admin: EngineAdmin;

  beforeAll(async () => {
    [one, other] = await Promise.all([start(), start()]);
    for (const server of [one, other]) {
      await server.makeIamUser('tidegate');
      for (const statement of equipping[kind].split('; ')) await server.run(statement);
    }
    name.leadsTo = one.front.port;
    const port = await name.listen();
    const engine = kind === 'postgresql' ? postgresEngine : createMySqlEngine();
    // Two tokens of one second are the same text.
    let at = Date.now() - 60_000;
    const now = (): number => {
      at += 1_000;
      return at;
    };
    const tlsCa = `${one.front.ca}\n${other.front.ca}`;
    admin = engine.admin(iamTarget(one, kind, { port, tlsCa, ground: { now } }));
  }, 120_000);
  afterAll(async () => {
    await admin?.close();
    name.stop();
    await Promise.all([one?.stop(), other?.stop()]);
  });

  test('leads to the new writer, with a token of its own', async () => {
    await Promise.all([admin.facts(), admin.listDatabases()]);
    const before = one.front.seenTokens.length;
    expect(before).toBeGreaterThan(0);

    name.leadsTo = other.front.port;
    await one.run(closing[kind]);
    if (kind === 'postgresql') await one.run('select pg_reload_conf()');
    await expect
      .poll(async () => {
        const account = `${prefix}after_${Date.now() % 1_000_000}`;
        const spec = { name: account, prefix, personLabel: 'dev', access: [], connectionLimit: 5 };
        // Until the setting has come into force at the former writer, an account is still made there.
        await admin.applyAccount(spec);
        const { exists } = await admin.inspectAccount(account, prefix);
        return exists && other.front.seenTokens.length > 0;
      })
      .toBe(true);
    expect(one.front.seenTokens).toHaveLength(before);
    expect(other.front.seenTokens).toMatchObject([{ user: 'tidegate', verdict: { isAccepted: true } }]);
    const former = new Set(one.front.seenTokens.map(({ token }) => token));
    for (const { token } of other.front.seenTokens) expect(former.has(token)).toBe(false);
  });
});
