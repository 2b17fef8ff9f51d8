import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineKind, EngineSession, InstanceTarget } from '../../engines/engine.ts';
import { halfLogin as halfMySqlLogin } from '../../engines/mysql/half-login-fixture.ts';
import { startFixture as startMySqlFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place, refusalOf, run } from '../grant/grant-test-kit.ts';
import { SessionWorld } from './session-test-kit.ts';

let world: GrantWorld;
let server: SessionWorld;

beforeAll(async () => {
  world = await GrantWorld.open();
  server = await SessionWorld.start(world);
  // Sessions end all the time here; nothing is swept but when a test says so.
  server.onConnectionLost = () => undefined;
});
afterAll(async () => {
  await server.stop();
  await world.close();
});

const known = 'a-password-that-i-know-1';

/** Begins to log in, as somebody who knows the password; `finish` sends it, and tells whether he is in. */
interface HalfLogin {
  finish(): Promise<boolean>;
}

async function halfPostgresLogin(
  at: { host: string; port: number },
  user: string,
  database: string,
): Promise<HalfLogin> {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const password = () => {
    asked.resolve();
    return answer.promise;
  };
  const client = new Client({ host: at.host, port: at.port, user, database, password });
  const connected = client.connect().then(
    () => true,
    () => false,
  );
  await Promise.race([asked.promise, connected]);
  return {
    async finish() {
      answer.resolve(known);
      const isIn = await connected;
      await client.end().catch(() => undefined);
      return isIn;
    },
  };
}

async function halfLoginOf(kind: EngineKind, at: InstanceTarget, user: string, database: string): Promise<HalfLogin> {
  if (kind === 'postgresql') return halfPostgresLogin(at, user, database);
  const login = await halfMySqlLogin(at, user);
  return {
    async finish() {
      const isIn = await login.finish(known).catch(() => false);
      login.close();
      return isIn;
    },
  };
}

/** What a person may ask of the database server itself; `isShut`: also while it is let in, to all but Tidegate; `byHand` is what somebody with all its rights may do. */
const engines = [
  {
    engine: 'PostgreSQL 15',
    isShut: true,
    startFixture: () => startPostgresFixture(15),
    texts: [
      `alter role current_user password '${known}'`,
      `do $$ begin execute 'alter role ' || current_user || ' password ''${known}'''; end $$`,
    ],
    byHand: (account: string) => `alter role "${account}" login password '${known}' valid until 'infinity'`,
  },
  {
    engine: 'PostgreSQL 18',
    isShut: true,
    startFixture: () => startPostgresFixture(18),
    texts: [`do $$ begin execute 'alter role ' || current_user || ' password ''${known}'''; end $$`],
    byHand: (account: string) => `alter role "${account}" login password '${known}' valid until 'infinity'`,
  },
  {
    engine: 'MariaDB',
    isShut: false,
    startFixture: () => startMySqlFixture('mariadb', 'equipped'),
    texts: [`set password = password('${known}')`, `alter user current_user() identified by '${known}'`],
    byHand: (account: string) => `alter user '${account}'@'%' identified by '${known}' account unlock`,
  },
  {
    engine: 'MariaDB, connecting user with few rights',
    isShut: false,
    startFixture: () => startMySqlFixture('mariadb', 'modest'),
    texts: [`set password = password('${known}')`],
    byHand: (account: string) => `alter user '${account}'@'%' identified by '${known}' account unlock`,
  },
  {
    engine: 'MySQL',
    isShut: true,
    startFixture: () => startMySqlFixture('mysql', 'equipped'),
    texts: [`set password = '${known}'`, `alter user user() identified by '${known}'`],
    byHand: (account: string) => `alter user '${account}'@'%' identified by '${known}' account unlock`,
  },
  {
    engine: 'MySQL, connecting user with few rights',
    isShut: true,
    startFixture: () => startMySqlFixture('mysql', 'minimal'),
    texts: [`set password = '${known}'`],
    byHand: (account: string) => `alter user '${account}'@'%' identified by '${known}' account unlock`,
  },
];

describe.each(engines)('an account on $engine', ({ startFixture, isShut, texts, byHand }) => {
  let fixture: EngineFixture;
  let hr: Place;

  beforeAll(async () => {
    fixture = await startFixture();
    const project = await world.project('HR');
    hr = await world.database(fixture, await world.instance(fixture), project, ['employee', 'salary']);
  });
  afterAll(() => fixture.stop());

  async function session() {
    const dev = await world.person('dev');
    const privileges = ['read', 'write'] as const;
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], privileges });
    return { dev, live: await server.open(dev, hr) };
  }
  const logIn = (account: string) =>
    fixture.engine.openSession(fixture.target, {
      ...{ account, password: known, database: hr.name, applicationName: 'psql' },
      ...{ isReadOnly: false, remainingMs: null },
    });
  const lastOf = async (dev: string, id: string, text: string) => (await server.run(dev, id, text)).at(-1)?.type;

  it.each(texts)('lets nobody in past the gate after: %s', async (text) => {
    const { dev, live } = await session();
    await server.run(dev, live.id, text).catch(() => []);
    expect(await refusalOf(logIn(live.accountName))).not.toBe('none');
    // The gate itself goes on working, for this session and for the next.
    expect(await lastOf(dev, live.id, 'select id from employee')).toBe('finished');
    const next = await server.open(dev, hr);
    expect(await lastOf(dev, next.id, 'select id from employee')).toBe('finished');
    expect(await refusalOf(logIn(live.accountName))).not.toBe('none');
  });

  /** What is done at the very instant in which a session is opened; answers the opening, and who got in. */
  async function openUnderAttack(dev: string, live: { id: string; accountName: string }, text: string) {
    const { engine, target } = fixture;
    const setIt = () => server.run(dev, live.id, text).catch(() => []);
    // At rest, so that a login may have read it before.
    await setIt();
    const early = await halfLoginOf(target.engine, target, live.accountName, hr.name);
    const inside: boolean[] = [];
    const strangers: EngineSession[] = [];
    let late: HalfLogin | undefined;
    let setting: Promise<unknown> | undefined;
    const opening = world.grants.accounts.openAs(dev, hr.instanceId, async (account) => {
      const { name, password } = account;
      const opened = await engine.openSession(target, {
        ...{
          account: name,
          password,
          database: hr.name,
          applicationName: 'gate',
          isReadOnly: false,
          remainingMs: null,
        },
      });
      await world.noteSession(dev, hr, account, opened.backendId);
      inside.push(await early.finish());
      setting = setIt();
      // On PostgreSQL it waits until this is over.
      if (target.engine !== 'postgresql') await setting;
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const stranger = await logIn(name).catch(() => null);
        if (stranger !== null) strangers.push(stranger);
      }
      late = await halfLoginOf(target.engine, target, name, hr.name);
      return opened;
    });
    const outcome = await opening.then(
      ({ connection }) => connection.close(),
      (error: unknown) => error,
    );
    await setting;
    inside.push((await late?.finish()) ?? true);
    return { outcome, inside, strangers };
  }

  if (isShut) {
    it.each(texts)('lets nobody in at the very instant in which a session is opened, after: %s', async (text) => {
      const { dev, live } = await session();
      expect(await openUnderAttack(dev, live, text)).toEqual({
        outcome: undefined,
        inside: [false, false],
        strangers: [],
      });
      expect(await refusalOf(logIn(live.accountName))).not.toBe('none');
      expect(await lastOf(dev, live.id, 'select id from employee')).toBe('finished');
    });
  } else {
    it('turns out whoever came in at the very instant in which a session was opened', async () => {
      const { dev, live } = await session();
      const { outcome, strangers } = await openUnderAttack(dev, live, texts[0] ?? '');
      expect(outcome).toMatchObject({ code: 'session.not_alone' });
      expect(strangers.length).toBeGreaterThan(0);
      for (const one of strangers) expect(await refusalOf(one.allowWrites())).not.toBe('none');
      expect(await fixture.superuser('', fixture.dialect.sessionsOf(live.accountName))).toEqual([]);
      const [event] = (await server.events('account.strangers_ended')).slice(-1);
      const ids = strangers.map(({ backendId }) => backendId).sort();
      expect(event?.data).toMatchObject({ account: live.accountName, strangers: expect.arrayContaining(ids) });
      const next = await server.open(dev, hr);
      expect(await lastOf(dev, next.id, 'select id from employee')).toBe('finished');
    });

    it('turns out also who ends the session that would see him', async () => {
      const { dev, live } = await session();
      const { engine, target } = fixture;
      const strangers: EngineSession[] = [];
      const opening = world.grants.accounts.openAs(dev, hr.instanceId, async ({ name, password }) => {
        const opened = await engine.openSession(target, {
          ...{ account: name, password, database: hr.name, applicationName: '', isReadOnly: false, remainingMs: null },
        });
        await server.run(dev, live.id, texts[0] ?? '');
        const stranger = await logIn(name);
        await run(stranger, `kill ${opened.backendId}`);
        strangers.push(stranger);
        return opened;
      });
      await expect(opening).rejects.toMatchObject({ name: 'EngineError' });
      expect(strangers).toHaveLength(1);
      for (const one of strangers) expect(await refusalOf(one.allowWrites())).not.toBe('none');
      const [event] = (await server.events('account.strangers_ended')).slice(-1);
      expect(event?.data).toMatchObject({ account: live.accountName, strangers: [strangers[0]?.backendId] });
    });
  }

  it('that somebody logged in with all the same is found by the sweep, and all its sessions end', async () => {
    const { dev, live } = await session();
    const { sweeper } = world.grants;
    await sweeper.sweep();
    await world.settle();
    expect(await lastOf(dev, live.id, 'select id from employee')).toBe('finished');

    await fixture.superuser('', byHand(live.accountName));
    const stranger = await logIn(live.accountName);
    await sweeper.sweep();
    await world.settle();
    expect(await refusalOf(stranger.cancel().then(() => stranger.allowWrites()))).not.toBe('none');
    expect(await fixture.superuser('', fixture.dialect.sessionsOf(live.accountName))).toEqual([]);
    expect(await refusalOf(logIn(live.accountName))).not.toBe('none');
    const [event] = (await server.events('account.strangers_ended')).slice(-1);
    expect(event?.data).toMatchObject({ account: live.accountName, strangers: [stranger.backendId] });
    const findings = await world.db
      .selectFrom('instance_finding')
      .where('account_name', '=', live.accountName)
      .select(['kind', 'what', 'done_at'])
      .execute();
    const found = findings.map(({ kind, what }) => `${kind}: ${what}`).join('\n');
    expect(found).toMatch(/^stranger: .*nobody opened through Tidegate/m);
    expect(found).toMatch(/^drift: .*can log in/m);
    expect(findings.every(({ done_at: doneAt }) => doneAt !== null)).toBe(true);

    const next = await server.open(dev, hr);
    expect(await lastOf(dev, next.id, 'select id from employee')).toBe('finished');
  });

  it('that is not in line, as whoever opens sessions on and on keeps it, is swept of strangers all the same', async () => {
    const { live } = await session();
    await fixture.superuser('', byHand(live.accountName));
    const stranger = await logIn(live.accountName);
    await world.db
      .updateTable('database_account')
      .set({ dirty_at: new Date(), next_attempt_at: new Date(Date.now() + 600_000) })
      .where('id', '=', live.accountId)
      .execute();
    await world.grants.sweeper.sweep();
    expect(await fixture.superuser('', fixture.dialect.sessionsOf(live.accountName))).toEqual([]);
    expect(await refusalOf(logIn(live.accountName))).not.toBe('none');
    const [event] = (await server.events('account.strangers_ended')).slice(-1);
    expect(event?.data).toMatchObject({ account: live.accountName, strangers: [stranger.backendId] });
  });
});
