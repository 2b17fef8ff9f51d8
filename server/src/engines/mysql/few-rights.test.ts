import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import type { EngineAdmin, EngineSession } from '../engine.ts';
import { refusal, run } from '../suite/stage.ts';
import { createMySqlEngine } from './engine-mysql.ts';
import { startFixture } from './mysql-fixture.ts';

const prefix = 'tg_ab12_cd34_';

/** A connecting user who may make accounts and grant what he holds, and see nothing of others. */
describe.each(['mariadb', 'mysql'] as const)('with few rights on %s', (kind) => {
  let fixture: EngineFixture;
  let admin: EngineAdmin;
  let made = 0;

  beforeAll(async () => {
    fixture = await startFixture(kind, 'minimal');
    admin = fixture.engine.admin(fixture.target);
    await fixture.createDatabase('hr');
    await fixture.owner('hr', 'CREATE TABLE salary (id int primary key, amount int)');
    await fixture.owner('hr', 'INSERT INTO salary VALUES (1, 10), (2, 20)');
  }, 120_000);

  afterAll(async () => {
    await admin.close();
    await fixture.stop();
  });

  function spec(connectionLimit = 3) {
    made += 1;
    const tables = [{ schema: '', table: 'salary', privilege: 'write' as const }];
    const access = [{ database: 'hr', whole: null, schemas: [], tables }];
    const name = `${prefix}few_${made}`;
    return { name, prefix, personLabel: 'dev', access, connectionLimit };
  }

  function open(account: string, password: string): Promise<EngineSession> {
    const options = { account, password, database: 'hr', applicationName: '', isReadOnly: false, remainingMs: null };
    return fixture.engine.openSession(fixture.target, options);
  }

  async function sessionsAtServer(account: string): Promise<readonly unknown[]> {
    return fixture.superuser('', fixture.dialect.sessionsOf(account));
  }

  it('looks at an account without taking its password away', async () => {
    const one = spec();
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-1');
    const session = await open(one.name, 'a-good-password-1');
    const state = await admin.inspectAccount(one.name, prefix);
    expect(state).toMatchObject({ exists: true, canLogIn: true, access: one.access, unexpected: [] });
    expect(state.sessions.map(({ backendId }) => backendId)).toEqual([session.backendId]);
    expect((await admin.applyAccount(one)).actions).toEqual([]);
    await (await open(one.name, 'a-good-password-1')).close();
    await session.close();
  });

  it('leaves a blocked account blocked, however it is looked at', async () => {
    const one = spec();
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-2');
    await admin.blockLogin(one.name);
    expect((await admin.inspectAccount(one.name, prefix)).canLogIn).toBe(false);
    await admin.endSessions(one.name, null, 2_000);
    await admin.applyAccount(one);
    expect((await refusal(open(one.name, 'a-good-password-2'))).kind).toMatch(/account_locked|auth_failed/);
  });

  it('ends a blocked account`s sessions at the limit of its connections, and puts the limit back', async () => {
    const one = spec(2);
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-3');
    const sessions = [await open(one.name, 'a-good-password-3'), await open(one.name, 'a-good-password-3')];
    // The connection that is kept free for cancelling is taken too.
    const busy = await fixture.engine.probe({
      ...fixture.target,
      user: one.name,
      password: () => Promise.resolve('a-good-password-3'),
    });
    expect(busy.ok).toBe(true);
    await admin.blockLogin(one.name);
    const ended = await admin.endSessions(one.name, null, 5_000);
    expect(new Set(ended.map(({ backendId }) => backendId))).toEqual(
      new Set(sessions.map(({ backendId }) => backendId)),
    );
    expect(await sessionsAtServer(one.name)).toEqual([]);
    expect((await admin.applyAccount(one)).actions).toEqual([]);
    expect((await admin.inspectAccount(one.name, prefix)).canLogIn).toBe(false);
  });

  it('ends sessions though it never knew the password, as after a restart', async () => {
    const one = spec();
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-4');
    const session = await open(one.name, 'a-good-password-4');
    const failure = refusal(run(session, 'update salary set amount = amount + sleep(60)'));
    const restarted = createMySqlEngine().admin(fixture.target);
    try {
      const ended = await restarted.endSessions(one.name, null, 5_000);
      expect(ended).toEqual([expect.objectContaining({ backendId: session.backendId, database: 'hr' })]);
      expect((await failure).kind).toMatch(/connection_lost|ended_by_administrator/);
      // The price: a new password had to be set, and the caller gives the account another one.
      expect((await refusal(open(one.name, 'a-good-password-4'))).kind).toBe('auth_failed');
      await restarted.enableLogin(one.name, 'a-good-password-5');
      await (await open(one.name, 'a-good-password-5')).close();
      await restarted.dropAccount(one.name);
    } finally {
      await restarted.close();
    }
  });

  it('ends who sets the account`s password again and again', async () => {
    if (kind === 'mysql') return expect(kind).toBe('mysql'); // No statement of its loops.
    const one = spec();
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-8');
    const [idle, looping] = [await open(one.name, 'a-good-password-8'), await open(one.name, 'a-good-password-8')];
    const text = "begin not atomic loop set password = password('abc'); end loop; end";
    const failure = refusal(run(looping, text));
    const running = async () =>
      (await sessionsAtServer(one.name)).map((row) => String((row as readonly unknown[])[1]).toLowerCase()).join();
    await expect.poll(running, { interval: 1 }).toContain('set password');
    await admin.blockLogin(one.name);
    const ended = await admin.endSessions(one.name, null, 5_000);
    expect(ended.map(({ backendId }) => backendId).sort()).toEqual([idle.backendId, looping.backendId].sort());
    expect((await failure).kind).toMatch(/connection_lost|ended_by_administrator/);
    expect(await sessionsAtServer(one.name)).toEqual([]);
    expect(await admin.inspectAccount(one.name, prefix)).toMatchObject({
      canLogIn: false,
      sessions: [],
      unexpected: [],
    });
    await admin.dropAccount(one.name);
    expect(await fixture.superuser('', `select user from mysql.global_priv where user = '${one.name}'`)).toEqual([]);
  });

  it('ends who ends whatever else logs in as the account', async () => {
    if (kind === 'mysql') return expect(kind).toBe('mysql'); // No statement of its loops.
    const one = spec(6);
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-9');
    const sessions = await Promise.all(Array.from({ length: 4 }, () => open(one.name, 'a-good-password-9')));
    const last = Math.max(...sessions.map(({ backendId }) => Number(backendId)));
    const text = `begin not atomic declare other bigint; loop
      select max(id) into other from information_schema.processlist where id > ${last};
      if other is not null then begin declare continue handler for sqlexception begin end; kill other; end; end if;
      end loop; end`;
    const failures = sessions.slice(1).map((session) => refusal(run(session, text)));
    const running = async () =>
      (await sessionsAtServer(one.name)).filter((row) => String((row as readonly unknown[])[1]).includes('max(id)'));
    await expect.poll(async () => (await running()).length, { interval: 1 }).toBe(3);
    await admin.blockLogin(one.name);
    const ended = await admin.endSessions(one.name, null, 20_000);
    const known = sessions.map(({ backendId }) => backendId);
    for (const { backendId } of ended) expect(['unseen', ...known]).toContain(backendId);
    expect(ended.length).toBeGreaterThan(0);
    for (const failure of failures) expect((await failure).kind).toMatch(/connection_lost|ended_by_administrator/);
    expect(await sessionsAtServer(one.name)).toEqual([]);
    expect((await admin.inspectAccount(one.name, prefix)).canLogIn).toBe(false);
    await admin.applyAccount(one);
    expect((await admin.applyAccount(one)).actions).toEqual([]);
    await admin.dropAccount(one.name);
  });

  it('cancels for its own session whatever somebody else did to the account, and leaves it as it was', async () => {
    const one = spec();
    await admin.applyAccount(one);
    await admin.enableLogin(one.name, 'a-good-password-6');
    const session = await open(one.name, 'a-good-password-6');
    const other = createMySqlEngine().admin(fixture.target);
    const changes = [
      () => other.enableLogin(one.name, 'a-good-password-7'),
      () => other.blockLogin(one.name),
      () => run(session, "set password = '*FD571203974BA9AFE270FE62151AE967ECA5E0AA'").catch(() => undefined),
    ];
    const text = 'select max(sleep(60)) from salary';
    for (const change of changes) {
      await change();
      const { canLogIn } = await admin.inspectAccount(one.name, prefix);
      const failure = refusal(run(session, text));
      const running = async () => (await sessionsAtServer(one.name)).map((row) => (row as readonly unknown[])[1]);
      await expect.poll(running, { interval: 10 }).toContain(text);
      await session.cancel();
      expect((await failure).kind).toBe('cancelled');
      expect(await admin.inspectAccount(one.name, prefix)).toMatchObject({ canLogIn });
    }
    await session.close();
    await other.close();
  });

  it('takes away what it could not have granted', async () => {
    const one = spec();
    await admin.applyAccount(one);
    const account = `'${one.name}'@'%'`;
    await fixture.superuser('', `GRANT PROCESS ON *.* TO ${account}`);
    await fixture.superuser('', `GRANT SELECT (User) ON mysql.user TO ${account}`);
    await fixture.superuser('', `GRANT SELECT ON hr.salary TO ${account} WITH GRANT OPTION`);
    const before = await admin.inspectAccount(one.name, prefix);
    expect(before.unexpected.join('\n')).toMatch(/PROCESS[\s\S]*mysql|mysql[\s\S]*PROCESS/);
    await admin.applyAccount(one);
    expect(await admin.inspectAccount(one.name, prefix)).toMatchObject({ access: one.access, unexpected: [] });
  });

  it('lists accounts only where the server lets it, and says what is missing', async () => {
    if (kind === 'mysql') expect(await admin.listAccounts(prefix)).toContain(`${prefix}few_1`);
    else expect(await refusal(admin.listAccounts(prefix))).toMatchObject({ kind: 'access_refused' });
  });

  it('is told in the capability check what would help, and that it can do without', async () => {
    const report = await admin.checkCapabilities(prefix, ['hr']);
    expect(report.canMakeAccounts).toBe(true);
    expect(report.findings.map(({ key, severity }) => `${severity}: ${key}`)).toEqual([
      'advice: read_accounts',
      'advice: end_sessions',
    ]);
    for (const { sql } of report.findings) await fixture.superuser('', (sql ?? '').replace(/;$/, ''));
    expect((await admin.checkCapabilities(prefix, ['hr'])).findings).toEqual([]);
  });
});
