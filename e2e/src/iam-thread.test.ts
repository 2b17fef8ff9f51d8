import { type RdsServer, startPamPostgres, startPluginMySql, startRdsPostgres } from '@tidegate/test-servers';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPlace,
  connectionTo,
  grantToDev,
  type IamPlace,
  type IamStage,
  openIamStage,
  refusalOf,
  role,
  rowsOf,
  until,
} from './iam-stage.ts';

type Engine = 'postgresql' | 'mysql' | 'mariadb';
type Keys = IamStage['credentials'];

let stage: IamStage;
beforeAll(async () => {
  stage = await openIamStage();
});
afterAll(async () => {
  expect(stage?.tidegate.output() ?? '').not.toContain('"level":"error"');
  await stage?.stop();
});

// PAM needs root to write its service; the front stands for PostgreSQL everywhere.
const withPam: Record<string, readonly [Engine, (credentials: Keys) => Promise<RdsServer>]> =
  process.getuid?.() === 0
    ? { 'PostgreSQL 15 with PAM': ['postgresql', (credentials) => startPamPostgres({ credentials })] }
    : {};
const servers: Record<string, readonly [Engine, (credentials: Keys) => Promise<RdsServer>]> = {
  'PostgreSQL 18 behind the front': ['postgresql', (credentials) => startRdsPostgres({ credentials })],
  ...withPam,
  'MariaDB with the plugin': ['mariadb', (credentials) => startPluginMySql({ credentials, kind: 'mariadb' })],
  // What the page calls optional is left out: accounts are then looked at and closed by signing in as them.
  'MySQL with few rights': ['mysql', (credentials) => startPluginMySql({ credentials })],
  'MySQL with the plugin': ['mysql', (credentials) => startPluginMySql({ credentials })],
};

describe.each(Object.entries(servers))('the thread by IAM on %s', (title, [engine, start]) => {
  const isPostgres = engine === 'postgresql';
  const item = { schema: isPostgres ? 'public' : '', table: 'employee' };
  // A role with an external id where the server's own credentials are not used.
  const credentials = isPostgres
    ? ({ kind: 'server' } as const)
    : ({ kind: 'role', roleArn: role.arn, externalId: role.externalId } as const);
  let rds: RdsServer;
  let place: IamPlace;

  /** As the page shows it, run as it is by whoever administers the server. */
  const setUpUser = async (): Promise<void> => {
    const help = await stage.admin.call('POST /instances/setup-help', {
      body: { engine, user: 'tidegate', accountSignIn: 'iam', databases: ['shop'], host: rds.front.endpoint.host },
    });
    const sql = help.steps.find((step) => step.key === 'sql')?.text ?? '';
    const needed = title.endsWith('few rights') ? sql.slice(0, sql.indexOf('-- optional')) : sql;
    await rds.run(needed.replaceAll('"OWNER"', 'shop_owner'));
  };

  beforeAll(async () => {
    rds = await start(stage.credentials);
    if (isPostgres) {
      await rds.run('create role shop_owner');
      await rds.run('create database shop owner shop_owner');
    } else await rds.run('create database shop');
    await rds.run(
      `${isPostgres ? 'set role shop_owner;' : ''} create table employee (id int primary key, name varchar(50));
       insert into employee values (1, 'Ada'), (2, 'Bo'); create table salary (id int primary key)`,
      'shop',
    );
    await setUpUser();
  });
  afterAll(async () => {
    // Copies of one data folder are one server to Tidegate: the next one may come when this one has gone.
    if (place !== undefined) {
      const params = { instanceId: place.instanceId };
      await stage.admin.call('DELETE /instances/:instanceId', { params });
      await until('the instance is gone', async () => {
        const { items } = await stage.admin.call('GET /instances', { query: { search: title } });
        return items.length === 0;
      });
    }
    await rds?.stop();
  });

  it('says in words what is wrong, and saves nothing then', async () => {
    const { admin } = stage;
    const test = (awsIam: object) =>
      admin.call('POST /instances/test', { body: connectionTo(rds, engine, { credentials, ...awsIam }) });
    expect(await test({ region: 'us-east-1' })).toMatchObject({
      ok: false,
      hint: expect.stringMatching(/eu-central-1/),
    });
    expect(await test({ tokenPort: 1 })).toMatchObject({ ok: false, hint: expect.stringMatching(/rds-db:connect/) });
    const stranger = { kind: 'role', roleArn: `${role.arn}-other`, externalId: null };
    expect(await test({ credentials: stranger })).toMatchObject({
      ok: false,
      hint: expect.stringMatching(/trust policy/),
    });
    const { items } = await admin.call('GET /environments', {});
    const wrong = { ...connectionTo(rds, engine, { tokenPort: 1 }), title: 'Wrong', environmentId: items[0]?.id ?? '' };
    await refusalOf(admin.call('POST /instances', { body: wrong }));
    const { items: saved } = await admin.call('GET /instances', { query: { search: 'Wrong' } });
    expect(saved).toEqual([]);
    expect(await test({})).toMatchObject({ ok: true, isTls: true });
  });

  it('adds the instance with what the page said to run, and nothing is in the way', async () => {
    place = await addPlace(stage, title, connectionTo(rds, engine, { credentials }), 'shop');
    const params = { instanceId: place.instanceId };
    await until('the capability check ends', async () => {
      const { capability } = await stage.admin.call('GET /instances/:instanceId', { params });
      return capability.state !== 'unknown';
    });
    const instance = await stage.admin.call('GET /instances/:instanceId', { params });
    expect(instance.capability.findings.filter(({ severity }) => severity === 'blocking')).toEqual([]);
    expect(instance).toMatchObject({ connectionMethod: 'aws_iam', tlsMode: 'verify-full' });
  });

  for (const accountSignIn of ['password', 'iam'] as const) {
    it(`makes, uses, refuses and closes an account that signs in by ${accountSignIn}`, async () => {
      const { admin, dev } = stage;
      const { awsIam } = connectionTo(rds, engine, { credentials, accountSignIn });
      await admin.call('PATCH /instances/:instanceId', { params: { instanceId: place.instanceId }, body: { awsIam } });
      rds.front.seenTokens.length = 0;
      const { memberId, grantId } = await grantToDev(stage, place, item);
      const session = await dev.call('POST /sessions', { body: { databaseId: place.databaseId } });
      expect(await rowsOf(dev, session.id, 'select name from employee order by id')).toEqual([['Ada'], ['Bo']]);
      expect(await refusalOf(rowsOf(dev, session.id, 'select * from salary'))).toMatchObject({
        code: 'statement.access_missing',
      });
      const [account = ''] = await accountsAt(rds, engine);
      expect(account).toMatch(/^tg_.+_dev_/);
      const ofAccount = rds.front.seenTokens.filter(({ user }) => user === account);
      expect(ofAccount.map(({ verdict }) => verdict.isAccepted)).toEqual(accountSignIn === 'iam' ? [true] : []);

      const slow = isPostgres ? 'select pg_sleep(60) from employee' : 'select sleep(60) from employee';
      const running = refusalOf(rowsOf(dev, session.id, slow));
      await until('the statement runs', async () => {
        const grant = await admin.call('GET /grants/:grantId', { params: { grantId } });
        return grant.runningStatements === 1;
      });
      const { projectId } = place;
      await admin.call('DELETE /projects/:projectId/members/:memberId', { params: { projectId, memberId } });
      expect((await running).detail).toContain('revoked by Ada');
      await until('the grant is closed', async () => {
        const grant = await admin.call('GET /grants/:grantId', { params: { grantId } });
        return grant.state === 'closed';
      });
      expect(await accountsAt(rds, engine)).toEqual([]);
    });
  }
});

it.each(['tidegate-MariaDB-with-the-plugin', 'tidegate-MySQL-with-the-plugin'])(
  'assumed the role once as %s, for all its connections',
  (sessionName) => {
    const assumed = stage.sts.calls.filter((call) => call.action === 'AssumeRole' && call.sessionName === sessionName);
    expect(assumed).toMatchObject([{ roleArn: role.arn }]);
  },
);

/** Temporary accounts of the developer, as the server's own superuser sees them. */
async function accountsAt(rds: RdsServer, engine: Engine): Promise<string[]> {
  const { host, port, superuser } = rds.upstream;
  if (engine === 'postgresql') {
    const client = new pg.Client({ host, port, ...superuser, database: 'postgres' });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      "select rolname as name from pg_roles where strpos(rolname, '_dev_') > 0",
    );
    await client.end();
    return rows.map(({ name }) => name);
  }
  const connection = await mysql.createConnection({ host, port, ...superuser });
  const [rows] = await connection.query<mysql.RowDataPacket[]>(
    "select user as name from mysql.user where locate('_dev_', user) > 0",
  );
  await connection.end();
  return rows.map((row) => String(row['name']));
}
