import { routes } from '@tidegate/contract';
import { type RdsServer, startPluginMySql, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountSpec, Engine, EngineAdmin, EngineKind, EngineSession } from '../../engines/engine.ts';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { prefix, refusal, run } from '../../engines/suite/stage.ts';
import { iamTarget, testKeys } from './aws-iam-test-kit.ts';
import { setupHelp } from './setup-help.ts';

const credentials = [testKeys];
const servers: Record<string, readonly [EngineKind, () => Promise<RdsServer>, 'all' | 'least']> = {
  'PostgreSQL 15': ['postgresql', () => startRdsPostgres({ credentials, major: 15 }), 'all'],
  'PostgreSQL 18': ['postgresql', () => startRdsPostgres({ credentials }), 'all'],
  'MariaDB, with all rights': ['mariadb', () => startPluginMySql({ credentials, kind: 'mariadb' }), 'all'],
  'MariaDB, with the least rights': ['mariadb', () => startPluginMySql({ credentials, kind: 'mariadb' }), 'least'],
  'MySQL 9, with all rights': ['mysql', () => startPluginMySql({ credentials, kind: 'mysql' }), 'all'],
  'MySQL 9, with the least rights': ['mysql', () => startPluginMySql({ credentials, kind: 'mysql' }), 'least'],
};

describe.each(Object.entries(servers))(
  'accounts by token at %s',
  { timeout: 30_000 },
  (_title, [kind, start, rights]) => {
    const isPostgres = kind === 'postgresql';
    const engine: Engine = isPostgres ? postgresEngine : createMySqlEngine();
    const schema = isPostgres ? 'public' : '';
    let rds: RdsServer;
    let admin: EngineAdmin;
    let byPassword: EngineAdmin;
    let made = 0;
    const sessions: EngineSession[] = [];

    /** The connecting user is made by the very SQL that the set-up help prints. */
    beforeAll(async () => {
      rds = await start();
      await rds.run(isPostgres ? 'create role keeper' : 'create database hr');
      if (isPostgres) await rds.run('create database hr owner keeper');
      const typed = { engine: kind, user: 'tidegate', accountSignIn: 'iam', databases: ['hr'] };
      const help = setupHelp(routes['POST /instances/setup-help'].body.parse(typed), 'ab12');
      const text = help.steps.find(({ key }) => key === 'sql')?.text.replace('"OWNER"', 'keeper') ?? '';
      await rds.run(rights === 'all' ? text : (text.split('-- optional')[0] ?? ''));
      const owner = isPostgres ? 'set role keeper; ' : '';
      for (const table of ['salary', 'title']) {
        await rds.run(`${owner}create table ${table} (id int primary key); insert into ${table} values (1), (2)`, 'hr');
      }
      admin = engine.admin(iamTarget(rds, kind, { settings: { accountSignIn: 'iam' } }));
      byPassword = engine.admin(iamTarget(rds, kind));
    }, 120_000);
    afterAll(async () => {
      for (const session of sessions) await session.close();
      await admin?.close();
      await byPassword?.close();
      await rds?.stop();
    });

    function spec(name: string): AccountSpec {
      const tables = [{ schema, table: 'salary', privilege: 'read' }] as const;
      const access = [{ database: 'hr', whole: null, schemas: [], tables }];
      return { name, prefix, personLabel: 'dev@example.test', access, connectionLimit: 5 };
    }
    async function makeAccount(by: EngineAdmin = admin, password = ''): Promise<string> {
      made += 1;
      const name = `${prefix}dev_${made}`;
      await by.applyAccount(spec(name));
      await by.enableLogin(name, password);
      return name;
    }
    async function open(
      account: string,
      accountSignIn: 'iam' | 'password' = 'iam',
      password = '',
    ): Promise<EngineSession> {
      const target = iamTarget(rds, kind, { settings: { accountSignIn } });
      const session = await engine.openSession(target, {
        ...{ account, password, database: 'hr', applicationName: 'test', isReadOnly: false, remainingMs: null },
      });
      sessions.push(session);
      return session;
    }
    const tokensOf = (name: string) => rds.front.seenTokens.filter(({ user }) => user === name).length;

    test.each(['iam', 'password'] as const)(
      'the capability check passes where accounts sign in by %s',
      async (signIn) => {
        const report = await (signIn === 'iam' ? admin : byPassword).checkCapabilities(prefix, ['hr']);
        expect(report.findings.filter(({ severity }) => severity === 'blocking')).toEqual([]);
        expect(report.canMakeAccounts).toBe(true);
      },
    );

    test('an account has no password, signs in by token, and is refused what it was not granted', async () => {
      const name = await makeAccount();
      const session = await open(name);
      expect((await run(session, 'select id from salary order by id')).rows).toEqual([['1'], ['2']]);
      expect((await refusal(run(session, 'select id from title'))).kind).toBe('access_refused');
      expect(tokensOf(name)).toBeGreaterThan(0);
      expect(await admin.inspectAccount(name, prefix)).toMatchObject({
        exists: true,
        canLogIn: true,
        unexpected: [],
        sessions: [{}],
      });
      expect((await admin.applyAccount(spec(name))).actions).toEqual([]);
      const withPassword = refusal(open(name, 'password', 'some password'));
      expect((await withPassword).kind).not.toBe('internal');
    });

    test('a running statement is cancelled', async () => {
      const session = await open(await makeAccount());
      const running = refusal(run(session, isPostgres ? 'select pg_sleep(60)' : 'select sleep(60) from salary'));
      await session.cancel();
      expect((await running).kind).toBe('cancelled');
    });

    test('blocked, its sessions ended, dropped: nothing is left, and nothing gets in meanwhile', async () => {
      const name = await makeAccount();
      const session = await open(name);
      const ended = Promise.withResolvers<unknown>();
      session.onEnd(ended.resolve);
      await admin.blockLogin(name);
      expect(await admin.inspectAccount(name, prefix)).toMatchObject({ canLogIn: false });
      await expect(open(name)).rejects.toMatchObject({ name: 'EngineError' });
      expect(await admin.endSessions(name, null, 5_000)).toHaveLength(1);
      await ended.promise;
      expect(await admin.inspectAccount(name, prefix)).toMatchObject({ canLogIn: false, sessions: [] });
      await admin.dropAccount(name);
      expect(await admin.inspectAccount(name, prefix)).toMatchObject({ exists: false, canLogIn: false });
    });

    test('an account that had a password signs in by token from then on, and the other way', async () => {
      const name = await makeAccount(byPassword, 'First-Password-1');
      await (await open(name, 'password', 'First-Password-1')).close();
      await admin.applyAccount(spec(name));
      await admin.enableLogin(name, '');
      await (await open(name)).close();
      await expect(open(name, 'password', 'First-Password-1')).rejects.toMatchObject({ name: 'EngineError' });
      await byPassword.applyAccount(spec(name));
      await byPassword.enableLogin(name, 'Second-Password-2');
      await (await open(name, 'password', 'Second-Password-2')).close();
      expect((await byPassword.inspectAccount(name, prefix)).unexpected).toEqual([]);
      const before = tokensOf(name);
      await expect(open(name)).rejects.toMatchObject({ kind: 'auth_failed' });
      expect(tokensOf(name)).toBe(before);
    });

    // What only PostgreSQL has.
    if (!isPostgres) return;

    test('an end that is past keeps nobody out by itself, and the state says so', async () => {
      const name = await makeAccount();
      await rds.run(`alter role "${name}" valid until '-infinity'`);
      expect((await admin.inspectAccount(name, prefix)).canLogIn).toBe(true);
      await (await open(name)).close();
    });

    test('without the right to pass rds_iam on, the capability check says which SQL gives it', async () => {
      await rds.run('revoke rds_iam from tidegate cascade; grant rds_iam to tidegate');
      const report = await admin.checkCapabilities(prefix, ['hr']);
      await rds.run('grant rds_iam to tidegate with admin option');
      const found = report.findings.find(({ key }) => key === 'token_role');
      const isOld = (await admin.facts()).version.startsWith('15');
      expect(found?.sql).toBe(isOld ? undefined : 'GRANT "rds_iam" TO "tidegate" WITH ADMIN OPTION;');
    });
  },
);
