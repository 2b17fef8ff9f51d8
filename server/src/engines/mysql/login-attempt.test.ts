import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import type { EngineAdmin } from '../engine.ts';
import { type HalfLogin, halfLogin } from './half-login-fixture.ts';
import { type Equipment, startFixture } from './mysql-fixture.ts';

const prefix = 'tg_ab12_cd34_';
const servers = (['mariadb', 'mysql'] as const).flatMap((kind) =>
  (['equipped', 'modest'] as const).map((equipment): [typeof kind, Equipment] => [kind, equipment]),
);

describe.each(servers)('a login under way on %s, connecting user %s', (kind, equipment) => {
  let fixture: EngineFixture;
  let admin: EngineAdmin;

  beforeAll(async () => {
    fixture = await startFixture(kind, equipment);
    admin = fixture.engine.admin(fixture.target);
    await fixture.createDatabase('hr');
    await fixture.owner('hr', 'CREATE TABLE salary (id int primary key)');
  }, 120_000);

  afterAll(async () => {
    await admin.close();
    await fixture.stop();
  });

  async function makeAccount(): Promise<{ name: string; password: string }> {
    const name = `${prefix}dev_${randomBytes(3).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    const access = [{ database: 'hr', whole: 'read' as const, schemas: [], tables: [] }];
    await admin.applyAccount({ name, prefix, personLabel: 'dev', access, validUntil: null, connectionLimit: 2 });
    await admin.enableLogin(name, password);
    return { name, password };
  }

  async function begin(name: string): Promise<HalfLogin> {
    const { host, port } = fixture.target;
    const login = await halfLogin({ host, port }, name);
    onTestFinished(() => login.close());
    return login;
  }

  const sessionsOf = (name: string) => fixture.superuser('', fixture.dialect.sessionsOf(name));

  it('is no session, and holds up no closure by coming again', async () => {
    const { name, password } = await makeAccount();
    await admin.blockLogin(name);
    const login = await begin(name);
    expect(await admin.endSessions(name, null, 2_000)).toEqual([]);
    expect(await admin.inspectAccount(name, prefix)).toMatchObject({ canLogIn: false, sessions: [] });
    await admin.dropAccount(name);
    const late = await begin(name);
    expect(await admin.inspectAccount(name, prefix)).toMatchObject({ exists: false, canLogIn: false, sessions: [] });
    expect(await login.finish(password)).toBe(false);
    expect(await late.finish(password)).toBe(false);
    expect(await sessionsOf(name)).toEqual([]);
  });

  it('that came before the block never reads, and is ended once it is seen', async () => {
    const { name, password } = await makeAccount();
    const login = await begin(name);
    await admin.blockLogin(name);
    await admin.endSessions(name, null, 2_000);
    await admin.dropAccount(name);
    const isIn = await login.finish(password);
    // Where nobody is told who is about to log in, nobody can end it yet.
    expect(isIn).toBe(!(kind === 'mariadb' && equipment === 'equipped'));
    if (isIn) {
      expect(await login.ask('do 1')).toBe(true);
      expect(await login.ask('use hr')).toBe(false);
      expect(await login.ask('select * from hr.salary')).toBe(false);
    }
    if (equipment !== 'equipped') return;
    expect(await admin.listAccounts(prefix)).toEqual(isIn ? [name] : []);
    await admin.endSessions(name, null, 2_000);
    await admin.dropAccount(name);
    expect(await sessionsOf(name)).toEqual([]);
    expect(await admin.listAccounts(prefix)).toEqual([]);
  });
});
