import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres } from '@tidegate/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineAdmin, EngineError, InstanceTarget, SessionOptions } from './engine.ts';
import { startFixture } from './mysql/mysql-fixture.ts';
import { postgresEngine } from './postgres/engine-postgres.ts';
import { startPostgresFixture } from './postgres/postgres-fixture.ts';
import { ClusterName } from './suite/cluster-name.ts';
import type { EngineFixture } from './suite/engine-fixture.ts';
import { prefix, refusal, run } from './suite/stage.ts';

const starts: Record<string, () => Promise<EngineFixture>> = {
  PostgreSQL: () => startPostgresFixture(15),
  MariaDB: () => startFixture('mariadb', 'equipped'),
  MySQL: () => startFixture('mysql', 'equipped'),
};

describe.each(Object.entries(starts))('after a fail-over of %s', { timeout: 30_000 }, (kind, start) => {
  const account = `${prefix}fail_over`;
  const name = new ClusterName();
  let one: EngineFixture;
  let other: EngineFixture;
  let target: InstanceTarget;
  let admin: EngineAdmin;

  const spec = () => {
    const access = [{ database: 'hr', whole: 'write' as const, schemas: [], tables: [] }];
    return { name: account, prefix, personLabel: 'dev', access, connectionLimit: 5 };
  };
  const tableOf = ({ dialect }: EngineFixture) => (dialect.kind === 'postgresql' ? 'public.salary' : 'salary');

  /** The same account on both, as replication would have it. */
  beforeAll(async () => {
    [one, other] = await Promise.all([start(), start()]);
    for (const fixture of [one, other]) {
      await fixture.createDatabase('hr');
      await fixture.owner('hr', fixture.dialect.createTable(tableOf(fixture)));
      const at = fixture.engine.admin(fixture.target);
      await at.applyAccount(spec());
      await at.enableLogin(account, 'a-good-password-1');
      await at.close();
    }
    name.leadsTo = one.target.port;
    target = { ...one.target, port: await name.listen() };
    admin = one.engine.admin(target);
  }, 120_000);
  afterAll(async () => {
    await admin?.close();
    name.stop();
    await Promise.all([one?.stop(), other?.stop()]);
  });

  test('kept connections to the former writer are dropped, and the work is done on the new one', async () => {
    const options: SessionOptions = {
      ...{ account, password: 'a-good-password-1', database: 'hr', applicationName: 'test' },
      ...{ isReadOnly: false, remainingMs: null },
    };
    const session = await one.engine.openSession(target, options);
    const ended = Promise.withResolvers<EngineError | null>();
    session.onEnd(ended.resolve);
    await Promise.all([admin.facts(), admin.listDatabases()]);

    name.leadsTo = other.target.port;
    if (kind === 'PostgreSQL') {
      await one.superuser('', 'alter system set default_transaction_read_only = on');
      await one.superuser('', 'select pg_reload_conf()');
    } else await one.superuser('', `set global ${kind === 'MySQL' ? 'super_read_only' : 'read_only'} = 1`);
    await expect.poll(async () => (await one.engine.admin(one.target).facts()).isReadOnly).toBe(true);

    const made = `${account}_2`;
    await admin.applyAccount({ ...spec(), name: made });
    expect((await admin.inspectAccount(made, prefix)).exists).toBe(true);
    const there = other.engine.admin(other.target);
    expect((await there.inspectAccount(made, prefix)).exists).toBe(true);
    await there.close();

    // A session of PostgreSQL that only reads by a setting is not on a replica, and stays.
    const write = refusal(run(session, `insert into ${tableOf(one)} (amount) values (1)`));
    if (kind === 'PostgreSQL') return expect((await write).kind).toBe('read_only');
    expect(await write).toMatchObject({ kind: 'connection_lost', hint: expect.stringContaining('Run it again') });
    expect(await ended.promise).toMatchObject({ kind: 'connection_lost' });
    const next = await one.engine.openSession(target, options);
    await run(next, `insert into ${tableOf(one)} (amount) values (1)`);
    await next.close();
  });
});

test('a session on a PostgreSQL replica ends with its first write, so that the next goes to the writer', async () => {
  const server = await startPostgres({ major: 15 });
  try {
    const login = { host: server.host, port: server.port, database: 'postgres', ...server.superuser };
    const client = new Client(login);
    await client.connect();
    await client.query('create table salary (amount int)');
    await client.query('checkpoint');
    const folder: string = (await client.query('show data_directory')).rows[0].data_directory;
    await client.end();
    await server.kill();
    await writeFile(join(folder, 'standby.signal'), '');
    await server.restart();
    const target: InstanceTarget = {
      ...{ engine: 'postgresql', host: server.host, port: server.port, user: server.superuser.user },
      password: async () => server.superuser.password,
      ...{ tls: { mode: 'disable', ca: null }, maintenanceDatabase: null, connectTimeoutMs: 10_000 },
    };
    const session = await postgresEngine.openSession(target, {
      ...{ account: server.superuser.user, password: server.superuser.password, database: 'postgres' },
      ...{ applicationName: 'test', isReadOnly: false, remainingMs: null },
    });
    const ended = Promise.withResolvers<EngineError | null>();
    session.onEnd(ended.resolve);
    expect((await run(session, 'select count(*) from salary')).rows).toEqual([['0']]);
    expect((await refusal(run(session, 'insert into salary values (1)'))).kind).toBe('connection_lost');
    expect(await ended.promise).toMatchObject({ kind: 'connection_lost' });
    expect((await refusal(run(session, 'select 1'))).kind).toBe('connection_lost');
  } finally {
    await server.stop();
  }
}, 60_000);
