import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
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
    await admin.applyAccount({ name, prefix, personLabel: 'dev', access, connectionLimit: 2 });
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

  it('that gets in just before the account is dropped keeps no database', async () => {
    const { name, password } = await makeAccount();
    const login = await begin(name);
    const held = await heldAt(fixture.target, 'DROP USER');
    const over = fixture.engine.admin({ ...fixture.target, port: held.port });
    onTestFinished(async () => {
      held.release();
      await over.close();
      held.close();
    });
    const dropping = over.dropAccount(name);
    await held.reached;
    if (await login.finish(password)) await login.ask('use hr');
    held.release();
    await dropping;
    expect(await login.ask('select * from salary')).toBe(false);
  });
});

/** A way to the server that stops before a statement with these words is sent. */
async function heldAt(server: { host: string; port: number }, words: string) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const listener = createServer((client) => {
    const upstream = connect(server.port, server.host);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    upstream.pipe(client);
    client.on('close', () => upstream.destroy());
    client.on('data', async (data) => {
      if (data.includes(words)) {
        reached.resolve();
        await released.promise;
      }
      upstream.write(data);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    reached: reached.promise,
    release: () => released.resolve(),
    close: () => void listener.close(),
  };
}
