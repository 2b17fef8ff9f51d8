import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import type { EngineSession } from '../engine.ts';
import { refusal, run, Stage } from '../suite/stage.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

/** What only PostgreSQL has. */
describe.each([15, 18] as const)('a session on PostgreSQL %i', { timeout: 30_000 }, (major) => {
  let fixture: EngineFixture | undefined;
  const stage = new Stage(() => {
    if (fixture === undefined) throw new Error('the server has not started');
    return fixture;
  });
  const hr = 'session_hr';
  let account = '';

  beforeAll(async () => {
    fixture = await startPostgresFixture(major);
    await stage.createDatabase(hr, ['salary']);
    await fixture.owner(hr, `create type mood as enum ('calm', 'busy')`);
    await fixture.owner(hr, 'create domain money_amount as numeric(10,2)');
    account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    await stage.admin.enableLogin(account, 'a-good-password');
  }, 60_000);

  afterAll(async () => {
    await stage.close();
    await fixture?.stop();
  });

  const open = (options = {}): Promise<EngineSession> =>
    stage.openWith(account, hr, { password: 'a-good-password', ...options });

  it('names enums, domains and arrays of them', async () => {
    const { columns } = await run(
      await open(),
      `select 'calm'::mood as m, 1.50::money_amount as d, array['busy'::mood] as a, s as r from public.salary s limit 1`,
    );
    expect(columns.map(({ type }) => type)).toEqual(['mood', 'numeric', '_mood', 'record']);
  });

  it.each(['copy public.salary to stdout', 'copy public.salary from stdin'])('refuses %s and goes on', async (text) => {
    const session = await open();
    expect((await refusal(run(session, text))).kind).toBe('not_supported');
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('tells how many rows a write changed when its result is cut', async () => {
    const session = await open();
    await run(session, 'begin');
    const { rows, outcome } = await run(session, '-- all of them\nupdate public.salary set amount = 1 returning id', {
      maxRows: 1,
    });
    expect(rows).toHaveLength(1);
    expect(outcome).toMatchObject({ command: 'UPDATE', affectedRows: 2, rowCount: 1, cut: { limit: 1 } });
    await run(session, 'rollback');
  });

  it('commits what a cut statement did', async () => {
    const session = await open();
    const text = 'with changed as (update public.salary set amount = amount returning id) select * from changed';
    const { outcome } = await run(session, text, { maxRows: 1 });
    expect(outcome).toMatchObject({ command: 'SELECT', isInTransaction: false, cut: { limit: 1 } });
  });

  it('collects notices', async () => {
    const { outcome } = await run(
      await open(),
      `do $$ begin raise notice 'hello %', 1; raise warning 'careful'; end $$`,
    );
    expect(outcome.notices).toEqual(['NOTICE: hello 1', 'WARNING: careful']);
    expect(outcome.command).toBe('DO');
  });

  it('knows a result without columns from one without rows', async () => {
    const session = await open();
    const none = await run(session, 'select from public.salary');
    expect(none.rows).toEqual([[], []]);
    expect(none.outcome).toMatchObject({ command: 'SELECT', rowCount: 2, affectedRows: null });
    expect((await run(session, '')).outcome).toMatchObject({ command: '', rowCount: 0 });
    expect((await run(session, '-- nothing')).outcome.command).toBe('');
  });

  it('refuses parameters that nobody can give', async () => {
    const session = await open();
    expect((await refusal(run(session, 'select $1::text'))).kind).toBe('statement_failed');
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('reports an aborted transaction as open', async () => {
    const session = await open();
    await run(session, 'begin');
    expect((await refusal(run(session, 'select 1/0'))).kind).toBe('statement_failed');
    expect((await refusal(run(session, 'select 1'))).serverCode).toBe('25P02');
    expect((await run(session, 'rollback')).outcome.isInTransaction).toBe(false);
  });

  it('folds the name of an unknown relation as the server does', async () => {
    const session = await open();
    const unknown = async (text: string): Promise<unknown> => (await refusal(run(session, text))).relation;
    expect(await unknown('select * from NoWhere')).toEqual({ schema: null, name: 'nowhere' });
    expect(await unknown('select * from "No ""Where" n')).toEqual({ schema: null, name: 'No "Where' });
    expect(await unknown(`select '🙂' from Public . "Ärger"`)).toEqual({ schema: 'public', name: 'Ärger' });
  });

  it('ends a transaction with the access, where the server can', async () => {
    const session = await open({ remainingMs: 300 });
    const over = new Promise((resolve) => session.onEnd(resolve));
    if (major < 17) {
      expect((await refusal(run(session, 'show transaction_timeout'))).kind).toBe('statement_failed');
      return;
    }
    expect((await refusal(run(session, 'select pg_sleep(60)'))).kind).toBe('statement_timeout');
    expect(await over).toMatchObject({ kind: 'statement_timeout' });
  });

  it('is ended by the server in the middle of a statement when its client is gone', async () => {
    const sockets = new Set<Socket>();
    const between = createServer((client) => {
      const server = connect(stage.fixture.target.port, stage.fixture.target.host);
      for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
      client.pipe(server).pipe(client);
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    const { port } = between.address() as AddressInfo;
    const options = { account, password: 'a-good-password', database: hr, applicationName: 'Tidegate' };
    const session = await stage.fixture.engine.openSession(
      { ...stage.fixture.target, port },
      { ...options, isReadOnly: false, remainingMs: null },
    );
    const failure = refusal(run(session, 'select pg_sleep(600)'));
    const isThere = async () => (await stage.sessionsAtServer(account)).some(([id]) => id === session.backendId);
    await expect.poll(isThere, { interval: 20 }).toBe(true);
    for (const socket of sockets) socket.destroy();
    await failure;
    await expect.poll(isThere, { interval: 100, timeout: 10_000 }).toBe(false);
    between.close();
  });

  it('tells a time-out from a cancellation', async () => {
    const session = await open();
    await run(session, `set statement_timeout = '50ms'`);
    expect((await refusal(run(session, 'select pg_sleep(60)'))).kind).toBe('statement_timeout');
  });

  it('can be cancelled right after it was sent', async () => {
    const session = await open();
    for (let round = 0; round < 30; round += 1) {
      const failure = refusal(run(session, 'select pg_sleep(60)'));
      await session.cancel();
      expect((await failure).kind).toBe('cancelled');
      expect((await run(session, `select ${round}`)).rows).toEqual([[String(round)]]);
    }
  });

  it('shows a value of 100 MB by its beginning in bounded memory', async () => {
    const session = await open();
    const before = process.memoryUsage().rss;
    const { rows } = await run(session, `select repeat('é', 50000000), 'after'`, { maxCellLength: 4 });
    expect(rows).toEqual([
      [
        { head: 'éééé', length: 50_000_000, unit: 'characters' },
        { head: 'afte', length: 5, unit: 'characters' },
      ],
    ]);
    // Kept as a whole it would take some 300 MB; chunks that were read already wait for the garbage collector.
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  });

  it('survives an error as long as its value', async () => {
    const session = await open();
    const error = await refusal(run(session, `select repeat('x', 3000000)::integer`));
    expect(error.kind).toBe('statement_failed');
    expect(error.message.length).toBeLessThan(5_000);
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('reports the end by an administrator while idle', async () => {
    const session = await open();
    const over = new Promise((resolve) => session.onEnd(resolve));
    await stage.fixture.superuser('', stage.dialect.endSession(session.backendId));
    expect(await over).toMatchObject({ kind: 'ended_by_administrator', serverCode: '57P01' });
  });

  it('carries the person`s name to the server', async () => {
    const session = await open({ applicationName: 'Tidegate: dev' });
    const [row] = await stage.fixture.superuser(
      '',
      `select application_name from pg_stat_activity where pid = ${session.backendId}`,
    );
    expect(row).toEqual(['Tidegate: dev']);
  });
});
