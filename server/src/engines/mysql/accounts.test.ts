import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import type { DatabaseAccess, EngineAdmin } from '../engine.ts';
import { refusal, run } from '../suite/stage.ts';
import { startFixture } from './mysql-fixture.ts';

const prefix = 'tg_ab12_cd34_';

describe.each(['mariadb', 'mysql'] as const)('accounts on %s', (kind) => {
  let fixture: EngineFixture;
  let admin: EngineAdmin;

  beforeAll(async () => {
    fixture = await startFixture(kind, 'equipped');
    admin = fixture.engine.admin(fixture.target);
    for (const database of ['hr_prod', 'hrXprod']) {
      await fixture.createDatabase(database);
      await fixture.owner(database, 'CREATE TABLE salary (id int primary key)');
      await fixture.owner(database, 'CREATE TABLE title (id int primary key)');
    }
  }, 120_000);

  afterAll(async () => {
    await admin.close();
    await fixture.stop();
  });

  const whole: DatabaseAccess = { database: 'hr_prod', whole: 'read', schemas: [], tables: [] };
  const spec = (name: string, access: readonly DatabaseAccess[]) => {
    return { name: prefix + name, prefix, personLabel: 'dev', access, connectionLimit: 2 };
  };
  const open = (account: string, database: string, password: string) =>
    fixture.engine.openSession(fixture.target, {
      ...{ account, password, database, applicationName: '', isReadOnly: true, remainingMs: null },
    });

  it('sees a grant on a pattern as more than one database, and narrows it', async () => {
    const one = spec('pattern', [whole]);
    await admin.applyAccount(one);
    await fixture.superuser('', `GRANT SELECT ON \`hr_prod\`.* TO '${one.name}'@'%'`);
    expect((await admin.inspectAccount(one.name, prefix)).unexpected).toEqual(['SELECT ON `hr_prod`.*']);
    await admin.applyAccount(one);
    expect(await admin.inspectAccount(one.name, prefix)).toMatchObject({ access: [whole], unexpected: [] });
  });

  it('grants the one database also where the server reads no patterns', async () => {
    if (kind === 'mariadb') return expect(kind).toBe('mariadb');
    const held = 'SELECT, INSERT, UPDATE, DELETE';
    await fixture.superuser('', 'SET GLOBAL partial_revokes = ON');
    try {
      for (const database of ['hr_prod', 'hrXprod']) {
        await fixture.superuser('', `GRANT ${held} ON ${database}.* TO connecting WITH GRANT OPTION`);
      }
      const one = spec('revokes', [whole]);
      await admin.applyAccount(one);
      await admin.enableLogin(one.name, 'a-good-password-1');
      const session = await open(one.name, 'hr_prod', 'a-good-password-1');
      expect((await run(session, 'select * from salary')).rows).toEqual([]);
      await session.close();
      expect((await refusal(open(one.name, 'hrXprod', 'a-good-password-1'))).kind).toBe('access_refused');
      expect((await admin.applyAccount(one)).actions).toEqual([]);
    } finally {
      for (const database of ['hr_prod', 'hrXprod']) {
        await fixture.superuser('', `REVOKE GRANT OPTION, ${held} ON ${database}.* FROM connecting`);
      }
      await fixture.superuser('', 'SET GLOBAL partial_revokes = OFF');
    }
  });

  it('reads a view without its tables', async () => {
    await fixture.owner('hr_prod', 'CREATE VIEW ids AS SELECT id FROM salary');
    const tables = [{ schema: '', table: 'ids', privilege: 'read' as const }];
    const one = spec('view', [{ database: 'hr_prod', whole: null, schemas: [], tables }]);
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-2');
    const session = await open(one.name, 'hr_prod', 'a-good-password-2');
    expect((await run(session, 'select * from ids')).rows).toEqual([]);
    const error = await refusal(run(session, 'select * from salary'));
    expect(error).toMatchObject({ kind: 'access_refused', relation: { schema: null, name: 'salary' } });
    await session.close();
  });

  it('revokes what is left of a table that was dropped', async () => {
    await fixture.owner('hr_prod', 'CREATE TABLE gone (id int)');
    const tables = [{ schema: '', table: 'gone', privilege: 'write' as const }];
    const one = spec('gone', [{ database: 'hr_prod', whole: null, schemas: [], tables }]);
    await admin.applyAccount(one);
    await fixture.owner('hr_prod', 'DROP TABLE gone');
    // MySQL keeps the grant for whatever gets that name next.
    const change = await admin.applyAccount(one);
    expect(change.missing).toEqual(['hr_prod.gone']);
    expect((await admin.inspectAccount(one.name, prefix)).access).toEqual([]);
  });

  it('finds, reports and drops an account of the same name for another host', async () => {
    const one = spec('shadow', [whole]);
    await admin.applyAccount(one);
    await admin.blockLogin(one.name);
    await fixture.superuser('', `CREATE USER '${one.name}'@'127.0.0.1' IDENTIFIED BY 'mine-all-mine'`);
    await fixture.superuser('', `GRANT SELECT ON hr_prod.* TO '${one.name}'@'127.0.0.1'`);
    const state = await admin.inspectAccount(one.name, prefix);
    expect(state.canLogIn).toBe(true);
    expect(state.unexpected.join()).toContain(`${one.name}@127.0.0.1`);
    const refused = await refusal(open(one.name, 'hr_prod', 'mine-all-mine'));
    expect(refused).toMatchObject({ kind: 'auth_failed', message: expect.stringContaining('127.0.0.1') });
    await admin.dropAccount(one.name);
    expect(await admin.inspectAccount(one.name, prefix)).toMatchObject({ exists: false, canLogIn: false });
  });

  it('finds anonymous accounts and databases that are open to everybody, with the SQL that closes them', async () => {
    await fixture.superuser('', "CREATE USER ''@'localhost'");
    await fixture.superuser('', "INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES ('%', 'hrX%', '', 'Y')");
    await fixture.superuser('', 'FLUSH PRIVILEGES');
    const { findings } = await admin.checkCapabilities(prefix, ['hr_prod']);
    const open_ = findings.filter(({ severity }) => severity === 'wall incomplete');
    expect(open_.map(({ key }) => key).sort()).toEqual(['anonymous_account', 'open_database']);
    for (const statement of open_.flatMap(({ sql }) => (sql ?? '').split(/;\n?/).filter((text) => text !== ''))) {
      await fixture.superuser('', statement);
    }
    expect((await admin.checkCapabilities(prefix, ['hr_prod'])).findings).toEqual([]);
  });

  it('keeps passwords out of the server`s general log', async () => {
    await fixture.superuser('', "SET GLOBAL log_output = 'TABLE'");
    await fixture.superuser('', 'SET GLOBAL general_log = ON');
    try {
      const one = spec('logged', [whole]);
      await admin.applyAccount(one);
      await admin.enableLogin(one.name, 'never-in-a-log-1');
    } finally {
      await fixture.superuser('', 'SET GLOBAL general_log = OFF');
    }
    const logged = await fixture.superuser('', 'SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log');
    expect(logged.flat().join('\n')).toContain(`${prefix}logged`);
    expect(logged.flat().join('\n')).not.toContain('never-in-a-log-1');
  });

  it('says that a server is read-only', async () => {
    await fixture.superuser('', 'SET GLOBAL read_only = ON');
    try {
      expect((await admin.facts()).isReadOnly).toBe(true);
      const { canMakeAccounts, findings } = await admin.checkCapabilities(prefix, []);
      expect({ canMakeAccounts, keys: findings.map(({ key }) => key) }).toEqual({
        canMakeAccounts: false,
        keys: ['read_only'],
      });
    } finally {
      await fixture.superuser('', 'SET GLOBAL read_only = OFF');
    }
  });
});

describe('accounts where the server folds names and checks passwords', () => {
  it('are made exactly, and again without a change', async () => {
    const fixture = await startFixture('mariadb', 'equipped', { 'lower-case-table-names': 1 });
    const admin = fixture.engine.admin(fixture.target);
    try {
      await fixture.superuser('', "INSTALL SONAME 'simple_password_check'");
      await fixture.createDatabase('HrProd');
      await fixture.owner('HrProd', 'CREATE TABLE Salary (id int)');
      const tables = [{ schema: '', table: 'SALARY', privilege: 'read' as const }];
      const one = {
        ...{ name: `${prefix}folded`, prefix, personLabel: 'dev', connectionLimit: 2 },
        access: [{ database: 'HrProd', whole: null, schemas: [], tables }],
      };
      expect((await admin.applyAccount(one)).actions).toContain('granted read on hrprod.salary');
      expect((await admin.applyAccount(one)).actions).toEqual([]);
      await admin.enableLogin(one.name, 'Good-Password-1');
    } finally {
      await admin.close();
      await fixture.stop();
    }
  });
});
