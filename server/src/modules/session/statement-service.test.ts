import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFixture as startMySqlFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { type Place, until } from '../grant/grant-test-kit.ts';
import { openSessionWorld, ownerOf } from './session-test-kit.ts';

const { world, server, close } = await openSessionWorld();
afterAll(close);

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );

describe('unqualified names on postgresql', () => {
  it('are looked for along the search path of the database', async () => {
    const fixture = await startPostgresFixture(15);
    onTestFinished(() => fixture.stop());
    const hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), [
      'employee',
      'pay',
    ]);
    await fixture.owner(hr.name, 'create schema "My App"');
    await fixture.owner(hr.name, 'create table "My App".pay (id int)');
    await fixture.owner(hr.name, 'create table "My App".bonus (id int)');
    await fixture.superuser(hr.name, `alter database ${hr.name} set search_path = nowhere, "My App", public`);
    await world.sync(hr);
    const dev = await world.person('dev');
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee', 'pay'] });
    const live = await server.open(dev, hr);
    await expect(server.run(dev, live.id, 'select 1 from employee, pay, bonus')).rejects.toMatchObject({
      code: 'statement.access_missing',
      details: {
        refusedBy: 'ledger',
        missing: [{ schema: 'My App', table: 'bonus' }],
      },
    });
    // The server passes over a schema that the account may not use.
    expect((await server.run(dev, live.id, 'select amount from pay')).at(-1)?.type).toBe('finished');
    await fixture.owner(hr.name, `grant usage on schema "My App" to ${live.accountName}`);
    const shadowed = (await server.run(dev, live.id, 'select 1 from pay')).at(-1);
    const refusal = { refusedBy: 'server', missing: [{ schema: 'My App', table: 'pay' }] };
    expect(shadowed).toMatchObject({ problem: { details: refusal } });
  });
});

describe.each([
  ['postgresql', () => startPostgresFixture(15)],
  ['mariadb', () => startMySqlFixture('mariadb', 'equipped')],
] as const)('statements on %s', (_engine, startFixture) => {
  let fixture: EngineFixture;
  let hr: Place;

  beforeAll(async () => {
    fixture = await startFixture();
    const project = await world.project('HR');
    hr = await world.database(fixture, await world.instance(fixture), project, ['employee', 'salary']);
  });
  afterAll(() => fixture.stop());

  async function session(privileges: readonly ('read' | 'write')[] = ['read']) {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], privileges });
    return { dev, grant, live: await server.open(dev, hr) };
  }
  const amounts = async () => await fixture.owner(hr.name, 'select amount from employee order by id');
  const eventsOf = async (sessionId: string, kind: string) =>
    (await server.events(kind)).filter((event) => event.session_id === sessionId);

  it('are on record before and after, with rows and tables', async () => {
    const { dev, grant, live } = await session();
    const lines = await server.run(dev, live.id, 'select id from employee');
    expect(lines.map((line) => line.type)).toEqual(['started', 'columns', 'rows', 'finished']);
    const [started] = await eventsOf(live.id, 'statement.started');
    expect(started).toMatchObject({ actor_id: dev, grant_id: grant, data: { text: 'select id from employee' } });
    const [finished] = await eventsOf(live.id, 'statement.finished');
    expect(finished).toMatchObject({ statement_id: started?.statement_id, data: { state: 'succeeded', rows: 2 } });
    const row = await world.db.selectFrom('statement').where('session_id', '=', live.id).selectAll().execute();
    expect(row).toMatchObject([{ state: 'succeeded', rows: 2, id: started?.statement_id }]);
  });

  it('that fail are quoted by the id that the record has', async () => {
    const { dev, live } = await session();
    const [started, failed] = await server.run(dev, live.id, 'select nothing_like_it from employee');
    const [event] = await eventsOf(live.id, 'statement.finished');
    expect(started).toMatchObject({ type: 'started', statementId: event?.statement_id });
    expect(failed).toMatchObject({ type: 'failed', problem: { id: event?.statement_id } });
  });

  it('that miss access are refused by the ledger with what is missing, on record, and are not sent', async () => {
    const { dev, live } = await session();
    const refused = server.run(dev, live.id, 'select * from employee join salary using (id)');
    await expect(refused).rejects.toMatchObject({
      code: 'statement.access_missing',
      details: { refusedBy: 'ledger', missing: [{ table: 'salary', privilege: 'read' }] },
    });
    expect(await eventsOf(live.id, 'statement.refused')).toHaveLength(1);
    expect(await eventsOf(live.id, 'statement.started')).toEqual([]);
  });

  it.each([
    `alter role dev password 'hunter2-Xyz'`,
    `create user dev identified /* ' */ by 'hunter2-Xyz'`,
    `set password == 'hunter2-Xyz'`,
    `select * from salary where password = 'hunter2-Xyz'`,
  ])('are kept without their passwords, whatever becomes of them: %s', async (text) => {
    const { dev, live } = await session();
    await server.run(dev, live.id, text).catch(() => []);
    const events = [...(await server.events('statement.started')), ...(await server.events('statement.finished'))];
    const kept = [...events, ...(await server.events('statement.refused'))].filter(
      (event) => event.session_id === live.id,
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).toContain('***');
    const rows = await world.db.selectFrom('statement').where('session_id', '=', live.id).selectAll().execute();
    expect(JSON.stringify([kept, rows])).not.toContain('hunter2');
  });

  it('tell a hidden table from none in nothing', async () => {
    const { dev, live } = await session();
    const hide = (hides: boolean) => world.db.updateTable('project').set({ hides_names: hides }).execute();
    await hide(true);
    try {
      const answers = await Promise.all(
        ['salary', 'nowhere'].map(async (table) => {
          const lines = await server.run(dev, live.id, `select * from ${table}`).catch((error: unknown) => [error]);
          return JSON.stringify(lines).replaceAll(table, 'X');
        }),
      );
      expect(answers.join()).toContain('no such table here, or you have no access');
      expect((await server.run(dev, live.id, 'select id from employee')).at(-1)?.type).toBe('finished');
    } finally {
      await hide(false);
    }
  });

  it('are not sent when their beginning cannot be recorded', async () => {
    const { dev, live } = await session(['write']);
    const before = await amounts();
    server.unstorable = 'statement.started';
    try {
      await expect(server.run(dev, live.id, 'update employee set amount = amount + 1')).rejects.toThrow(
        'null value in column "kind"',
      );
    } finally {
      server.unstorable = '';
    }
    expect(await amounts()).toEqual(before);
    expect((await server.run(dev, live.id, 'select 1')).at(-1)?.type).toBe('finished');
  });

  it('do not look well ended when their end cannot be recorded', async () => {
    const { dev, live } = await session();
    server.unstorable = 'statement.finished';
    try {
      const last = (await server.run(dev, live.id, 'select id from employee')).at(-1);
      expect(last).toMatchObject({ type: 'failed', problem: { code: 'server.failed' } });
    } finally {
      server.unstorable = '';
    }
  });

  it('are not sent in a session that has ended on record', async () => {
    const { dev, live } = await session(['write']);
    const before = await amounts();
    await server.store.markEnded(world.db, live.id, 'It was ended elsewhere.');
    expect(await codeOf(server.run(dev, live.id, 'update employee set amount = amount + 1'))).toBe('session.ended');
    expect(await amounts()).toEqual(before);
    await until('the connection to go', async () => (await world.atServer(dev, hr)).sessions === 0);
  });

  it('are not sent in a session that is ended on record while their beginning waits for it', async () => {
    const { dev, live } = await session(['write']);
    const before = await amounts();
    const update = await world.db.transaction().execute(async (tx) => {
      await server.store.markEnded(tx, live.id, 'It was ended elsewhere.');
      const waiting = codeOf(server.run(dev, live.id, 'update employee set amount = amount + 1'));
      await until('the beginning to wait', async () => {
        const { rows } = await world.store.pool.query('select from pg_locks where not granted');
        return rows.length > 0;
      });
      return { waiting };
    });
    expect(await update.waiting).toBe('session.ended');
    expect(await amounts()).toEqual(before);
    expect(await eventsOf(live.id, 'statement.started')).toEqual([]);
  });

  it('that begin together do not wait for the one whose session is being changed', async () => {
    const [changed, other] = [await session(), await session()];
    const select = (of: typeof changed) => server.run(of.dev, of.live.id, 'select 1');
    const late = await world.db.transaction().execute(async (tx) => {
      await tx.updateTable('session').where('id', '=', changed.live.id).set({ last_used_at: new Date() }).execute();
      // What comes while a commit is under way shares the next.
      const together = [select(other), select(changed), select(await session())];
      expect((await together[0])?.at(-1)?.type).toBe('finished');
      expect((await together[2])?.at(-1)?.type).toBe('finished');
      return { waiting: together[1] };
    });
    expect((await late.waiting)?.at(-1)?.type).toBe('finished');
  });

  it('may write in the same session as soon as a grant says so', async () => {
    const { dev, live } = await session(['read']);
    const update = 'update employee set amount = amount + 1 where id = 1';
    expect(await codeOf(server.run(dev, live.id, update))).toBe('statement.access_missing');
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], privileges: ['write'] });
    expect((await server.run(dev, live.id, update)).at(-1)).toMatchObject({ type: 'finished' });
    expect(await codeOf(server.sessions.get(dev, live.id))).toBe('done');
  });

  it('that name something else after a setting was changed are for the server to judge, and on record as unknown', async () => {
    const { dev, live } = await session();
    const isPostgres = fixture.dialect.kind === 'postgresql';
    const elsewhere = isPostgres ? 'elsewhere' : `elsewhere_${hr.name}`;
    for (const text of isPostgres
      ? [
          'create schema elsewhere',
          'create table elsewhere.salary (id int)',
          'grant usage on schema elsewhere to public',
        ]
      : [`create database ${elsewhere}`, `create table ${elsewhere}.salary (id int)`])
      await fixture.superuser(hr.name, text);
    await fixture.superuser(
      hr.name,
      `grant select on ${elsewhere}.salary to ${isPostgres ? 'public' : live.accountName}`,
    );
    const select = 'select id from salary';
    expect(await codeOf(server.run(dev, live.id, select))).toBe('statement.access_missing');
    const change = isPostgres ? 'set search_path = elsewhere' : `use ${elsewhere}`;
    expect((await server.run(dev, live.id, change)).at(-1)?.type).toBe('finished');
    expect((await server.run(dev, live.id, select)).at(-1)?.type).toBe('finished');
    expect((await eventsOf(live.id, 'statement.started')).at(-1)).toMatchObject({ data: { tables: 'unknown' } });
  });

  it('run one at a time in a session, and a cancelled one says so', async () => {
    const { dev, live } = await session();
    const caller = { ...ownerOf(dev), canRequest: () => true };
    const long = fixture.dialect.longRead('employee');
    const lines = await server.statements.run(caller, live.id, long, 1_000);
    expect(await codeOf(server.run(dev, live.id, 'select 1'))).toBe('session.busy');
    expect(await server.statements.cancel(dev, live.id)).toBe(true);
    const all = [];
    for await (const line of lines) all.push(line);
    expect(all.at(-1)).toMatchObject({ type: 'failed', problem: { code: 'statement.cancelled' } });
    expect(await server.statements.cancel(dev, live.id)).toBe(false);
  });

  it('that were cancelled while they were being recorded are not sent', async () => {
    const { dev, live } = await session();
    const caller = { ...ownerOf(dev), canRequest: () => true };
    const running = codeOf(server.statements.run(caller, live.id, fixture.dialect.longRead('employee'), 1_000));
    // Before its first answer from the store: looking the session up takes no more than microtasks.
    while (live.running === null) await Promise.resolve();
    live.running.cancelled = true;
    expect(await running).toBe('statement.cancelled');
    expect((await eventsOf(live.id, 'statement.finished')).at(-1)).toMatchObject({ data: { state: 'cancelled' } });
  });

  it('whose reader goes away are stopped at the server', async () => {
    const { dev, live } = await session();
    const caller = { ...ownerOf(dev), canRequest: () => true };
    const lines = await server.statements.run(caller, live.id, fixture.dialect.longRead('employee'), 1_000);
    for await (const line of lines) {
      expect(line.type).toBe('started');
      break;
    }
    await until('the statement to stop', async () => live.running === null);
    expect((await eventsOf(live.id, 'statement.finished')).at(-1)).toMatchObject({ data: { state: 'cancelled' } });
  });

  it('of a session end with its access, and say so', async () => {
    const { dev, grant, live } = await session();
    const running = server.run(dev, live.id, fixture.dialect.longRead('employee'));
    await until('the statement to run', async () => (live.running?.statementId ?? '') !== '');
    await world.end(grant, [dev]);
    await world.settle();
    expect((await running).at(-1)).toMatchObject({
      type: 'failed',
      problem: { code: 'session.ended', detail: 'The statement was ended. Your access was revoked.' },
    });
    expect(await codeOf(server.run(dev, live.id, 'select 1'))).toBe('session.ended');
  });
});
