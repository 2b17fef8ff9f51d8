import { randomUUID } from 'node:crypto';
import { routes } from '@tidegate/contract';
import { type RdsServer, startPluginMySql, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setupHelp } from '../../connection-methods/aws-iam/setup-help.ts';
import { GrantWorld, NoAccess, refusalOf, run } from './grant-test-kit.ts';

const keys = { accessKeyId: 'AKIATIDEGATEGRANTS01', secretAccessKey: 'the-secret-of-the-server' };
const credentials = [keys];
const servers: Record<string, readonly ['postgresql' | 'mysql' | 'mariadb', () => Promise<RdsServer>]> = {
  'PostgreSQL 18': ['postgresql', () => startRdsPostgres({ credentials })],
  MariaDB: ['mariadb', () => startPluginMySql({ credentials, kind: 'mariadb' })],
  'MySQL 9': ['mysql', () => startPluginMySql({ credentials, kind: 'mysql' })],
};

describe.each(Object.entries(servers))('grants on %s, where nobody has a password', (_title, [engine, start]) => {
  const isPostgres = engine === 'postgresql';
  const instanceId = randomUUID();
  let world: GrantWorld;
  let rds: RdsServer;
  let place: Parameters<GrantWorld['open']>[1];

  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    vi.stubEnv('AWS_PROFILE', undefined);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1');
    [world, rds] = await Promise.all([GrantWorld.open(), start()]);
    await prepareServer();
    await insertInstance();
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await rds?.stop();
    vi.unstubAllEnvs();
  });

  async function prepareServer(): Promise<void> {
    if (isPostgres) await rds.run('create role keeper');
    await rds.run(isPostgres ? 'create database hr owner keeper' : 'create database hr');
    const typed = { engine, user: 'tidegate', accountSignIn: 'iam', databases: ['hr'] };
    const help = setupHelp(routes['POST /instances/setup-help'].body.parse(typed), 'ab12');
    await rds.run(help.steps.find(({ key }) => key === 'sql')?.text.replace('"OWNER"', 'keeper') ?? '');
    const owner = isPostgres ? 'set role keeper; ' : '';
    for (const table of ['salary', 'title']) {
      await rds.run(`${owner}create table ${table} (id int primary key); insert into ${table} values (1)`, 'hr');
    }
  }

  const settings = (accountSignIn: string) => {
    const { region, host, port } = rds.front.endpoint;
    const method = { region, tokenHost: host, tokenPort: port, credentials: { kind: 'server' }, accountSignIn };
    return JSON.stringify(method);
  };

  async function insertInstance(): Promise<void> {
    const { db } = world;
    const environment = await db.selectFrom('environment').select('id').limit(1).executeTakeFirstOrThrow();
    await db
      .insertInto('instance')
      .values({
        ...{ id: instanceId, short_id: 'iam1', title: 'By token', environment_id: environment.id, engine },
        ...{ host: '127.0.0.1', port: rds.front.port, user_name: 'tidegate', connection_method: 'aws_iam' },
        ...{ connection_settings: settings('iam'), tls_mode: 'verify-full', tls_ca: rds.front.ca },
        server_identity: instanceId,
      })
      .execute();
    const { id } = await db
      .insertInto('database')
      .values({ instance_id: instanceId, name: 'hr', project_id: await world.project('HR') })
      .returning('id')
      .executeTakeFirstOrThrow();
    // The world's own fixtures are only asked for what is not used here.
    const dialect = { defaultSchema: isPostgres ? 'public' : '' };
    place = { databaseId: id, name: 'hr', instanceId, fixture: { dialect } as (typeof place)['fixture'] };
    await world.sync(place);
  }
  const give = async (to: string) =>
    await world.give({ to: { kind: 'person', id: to }, on: place, tables: ['salary'], seconds: null });
  const tokensOf = (account: string) => rds.front.seenTokens.filter(({ user }) => user === account).length;

  it('open, hold what was granted, and end', async () => {
    const dev = await world.person('dev');
    const grant = await give(dev);
    const session = await world.open(dev, place);
    expect(await run(session, 'select id from salary')).toEqual([['1']]);
    expect(await refusalOf(run(session, 'select id from title'))).toBe('access_refused');
    const [account] = await world.accountsOf(dev, instanceId);
    expect(tokensOf(account?.name ?? '')).toBeGreaterThan(0);

    await world.end(grant, [dev]);
    await world.settle();
    await expect(world.open(dev, place)).rejects.toThrow(NoAccess);
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect((await world.grant(grant)).ended_at).not.toBeNull();
    expect(await world.accountsOf(dev, instanceId)).toMatchObject([{ state: 'dropped' }]);
  });

  it('go on when the instance’s accounts get passwords, and when they lose them again', async () => {
    const dev = await world.person('dev');
    await give(dev);
    await (await world.open(dev, place)).close();
    const [account] = await world.accountsOf(dev, instanceId);
    const change = async (signIn: string) => {
      await world.db.transaction().execute(async (tx) => {
        const set = { connection_settings: settings(signIn) };
        await tx.updateTable('instance').set(set).where('id', '=', instanceId).execute();
        await world.grants.guard.signInChanged(tx, instanceId);
      });
      await world.settle();
    };
    await change('password');
    const before = tokensOf(account?.name ?? '');
    const byPassword = await world.open(dev, place);
    expect(await run(byPassword, 'select id from salary')).toEqual([['1']]);
    await byPassword.close();
    expect(tokensOf(account?.name ?? '')).toBe(before);
    await change('iam');
    expect(await run(await world.open(dev, place), 'select id from salary')).toEqual([['1']]);
    expect(tokensOf(account?.name ?? '')).toBeGreaterThan(before);
  });
});
