import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import type { EngineAdmin, EngineSession, SessionOptions } from '../engine.ts';
import { refusal, run } from '../suite/stage.ts';
import { startFixture } from './mysql-fixture.ts';

describe.each(['mariadb', 'mysql'] as const)('a session on %s', (kind) => {
  const account = 'tg_ab12_cd34_session';
  const password = 'a-good-password-1';
  const opened: EngineSession[] = [];
  let fixture: EngineFixture;
  let admin: EngineAdmin;

  beforeAll(async () => {
    fixture = await startFixture(kind, 'equipped');
    admin = fixture.engine.admin(fixture.target);
    await fixture.createDatabase('hr');
    await fixture.owner('hr', 'CREATE TABLE salary (id int primary key, amount int)');
    await fixture.owner('hr', 'INSERT INTO salary VALUES (1, 10), (2, 20)');
    const access = [{ database: 'hr', whole: 'write' as const, schemas: [], tables: [] }];
    const spec = { prefix: 'tg_ab12_cd34_', personLabel: 'dev', connectionLimit: 5 };
    await admin.applyAccount({ ...spec, name: account, access });
    await admin.enableLogin(account, password);
  }, 120_000);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((session) => session.close()));
  });

  afterAll(async () => {
    await admin.close();
    await fixture.stop();
  });

  async function open(options: Partial<SessionOptions> = {}, target = fixture.target): Promise<EngineSession> {
    const defaults = { account, password, database: 'hr', applicationName: 'Tidegate', isReadOnly: false };
    const session = await fixture.engine.openSession(target, { ...defaults, remainingMs: null, ...options });
    opened.push(session);
    return session;
  }

  it('has no mode that changes what a statement says, and keeps the server`s strictness', async () => {
    await fixture.superuser('', "SET GLOBAL sql_mode = 'ANSI,STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'");
    try {
      const session = await open();
      const { rows } = await run(session, "select @@sql_mode, \"a\\'b\" as text, 'a' || 'b' as other");
      const [[modes, text, other] = []] = rows;
      expect(modes).toContain('STRICT_ALL_TABLES');
      expect(modes).not.toMatch(/ANSI_QUOTES|NO_BACKSLASH_ESCAPES|PIPES_AS_CONCAT|IGNORE_SPACE/);
      expect([text, other]).toEqual(["a'b", '0']);
    } finally {
      await fixture.superuser('', 'SET GLOBAL sql_mode = DEFAULT');
    }
  });

  it('reads no file of ours', async () => {
    const error = await refusal(run(await open(), "load data local infile '/etc/hostname' into table salary"));
    expect(error.kind).toBe('not_supported');
  });

  it('keeps reading UTF-8 after the person asked for something else', async () => {
    const session = await open();
    await run(session, 'set names latin1');
    expect((await run(session, "select 'é🙂'")).rows).toEqual([['é🙂']]);
    await run(session, '/* x */ set character_set_results = null');
    expect((await run(session, "select 'é🙂'")).rows).toEqual([['é🙂']]);
  });

  it('cancels though the password was changed since it was opened', async () => {
    const session = await open();
    const text = 'select max(sleep(60)) from salary';
    const failure = refusal(run(session, text));
    const running = async () =>
      (await fixture.superuser('', fixture.dialect.sessionsOf(account))).map(([, statement]) => statement);
    await expect.poll(running, { interval: 10 }).toContain(text);
    await admin.enableLogin(account, 'another-password-2');
    try {
      await session.cancel();
      expect((await failure).kind).toBe('cancelled');
    } finally {
      await admin.enableLogin(account, password);
    }
  });

  it('lets a request to cancel that comes too late hit nothing', async () => {
    const session = await open();
    const rows: unknown[] = [];
    const late = {
      columns: () => undefined,
      rows: async (batch: readonly unknown[]) => {
        rows.push(...batch);
        await session.cancel();
      },
    };
    for (let time = 0; time < 5; time += 1) {
      await session.execute({ text: 'select 1', maxRows: 10, maxCellLength: 10 }, late);
      expect((await run(session, 'select 2')).rows).toEqual([['2']]);
    }
    expect(rows).toHaveLength(5);
  });

  it('cancels a statement that reaches the server after the request to stop it', async () => {
    const relay = await startRelay(fixture.target.port);
    try {
      const session = await open({}, { ...fixture.target, port: relay.port });
      relay.hold();
      const failure = refusal(run(session, 'select max(sleep(60)) from salary'));
      await session.cancel();
      relay.release();
      expect((await failure).kind).toBe('cancelled');
      expect((await run(session, 'select 2')).rows).toEqual([['2']]);
    } finally {
      await relay.stop();
    }
  });

  it('leaves room to cancel when all sessions are open', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => open()));
    expect((await refusal(open())).kind).toBe('too_many_connections');
    const [first] = all;
    if (first === undefined) throw new Error('no session');
    const failure = refusal(run(first, 'select max(sleep(60)) from salary'));
    await first.cancel();
    expect((await failure).kind).toBe('cancelled');
  });

  it('ends a statement at the server when it is closed in the middle', async () => {
    const session = await open();
    const failure = refusal(run(session, 'select max(sleep(60)) from salary'));
    const ids = async () => (await fixture.superuser('', fixture.dialect.sessionsOf(account))).map(([id]) => id);
    await session.close();
    expect((await failure).kind).toMatch(/connection_lost|ended_by_administrator|cancelled/);
    await expect.poll(ids, { interval: 10 }).not.toContain(session.backendId);
  });

  it('stops a statement at the end of the time that is left', async () => {
    const session = await open({ remainingMs: 150 });
    const error = await refusal(run(session, 'select max(sleep(60)) from salary'));
    expect(error.kind).toBe('statement_timeout');
  });

  it('stops reading at the row limit, though the server would go on for long', async () => {
    const session = await open();
    // The server sends nothing before it has some 16 kB together.
    const text = "select repeat('x', 20000) from salary a, salary b, salary c union all select sleep(60) from salary";
    const cut = await run(session, text, { maxRows: 1 });
    expect(cut.rows).toHaveLength(1);
    expect(cut.outcome.cut).toEqual({ rule: 'max_rows', limit: 1 });
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('tells that a cut statement is still inside its transaction', async () => {
    const session = await open();
    await run(session, 'begin');
    const cut = await run(session, fixture.dialect.manyRows(5_000_000), { maxRows: 10 });
    expect(cut.outcome).toMatchObject({ rowCount: 10, isInTransaction: true });
    expect((await run(session, 'rollback')).outcome.isInTransaction).toBe(false);
  });

  it('tells that autocommit is off by the first statement that reads', async () => {
    const session = await open();
    expect((await run(session, 'set autocommit = 0')).outcome.isInTransaction).toBe(false);
    expect((await run(session, 'select * from salary')).outcome.isInTransaction).toBe(true);
  });

  it('brings warnings and counts as notices', async () => {
    const session = await open();
    expect((await run(session, "select cast('12x' as signed) as v")).outcome.notices.join()).toContain('12x');
    const update = await run(session, 'update salary set amount = amount where id = 1');
    expect(update.outcome).toMatchObject({ command: 'UPDATE', affectedRows: 1 });
    expect(update.outcome.notices.join()).toContain('Changed: 0');
  });

  it('names the command behind comments and parentheses', async () => {
    const session = await open();
    expect((await run(session, '-- x\n/* y */ ((select 1))')).outcome.command).toBe('SELECT');
  });

  it('says where a statement is wrong', async () => {
    const text = "select '🙂é' as label,\n 1 from salary whre id = 1";
    const error = await refusal(run(await open(), text));
    expect(error).toMatchObject({ kind: 'syntax', serverCode: '1064', position: text.indexOf('id = 1') });
  });

  it('brings zero dates, unsigned numbers, bits, enums and sets as they are stored', async () => {
    await fixture.superuser(
      'hr',
      "CREATE TABLE odd (d date, t datetime(6), u bigint unsigned zerofill, b bit(10), e enum('a','ü'), s set('x','y'), y year, f float, j json, x text, z longblob)",
    );
    await fixture.superuser(
      'hr',
      `INSERT INTO odd SET d = '0000-00-00', t = '0000-00-00', u = 42, b = b'1000000001', e = 'ü', s = 'x,y', y = 2155, f = 16777216, j = '{"a": 1.10}', x = '', z = x'00'`.replace(
        'INSERT',
        'INSERT IGNORE',
      ),
    );
    const { rows, columns } = await run(await open(), 'select * from odd');
    expect(rows).toEqual([
      [
        '0000-00-00',
        '0000-00-00 00:00:00.000000',
        '00000000000000000042',
        '0x0201',
        'ü',
        'x,y',
        '2155',
        '16777200',
        kind === 'mysql' ? '{"a": 1.1}' : '{"a": 1.10}',
        '',
        '0x00',
      ],
    ]);
    expect(columns.map(({ type, shape }) => `${type}: ${shape}`)).toEqual([
      'date: time',
      'datetime: time',
      'bigint unsigned: number',
      'bit: binary',
      'enum: text',
      'set: text',
      'year: time',
      'float: number',
      'json: json',
      'text: text',
      'longblob: binary',
    ]);
  });

  it('shows the first result of a procedure and says that there are more', async () => {
    await fixture.superuser('hr', 'CREATE PROCEDURE two() BEGIN SELECT 1 AS a; SELECT 2 AS b; END');
    await fixture.superuser('', `GRANT EXECUTE ON PROCEDURE hr.two TO '${account}'@'%'`);
    const { rows, outcome } = await run(await open(), 'call two()');
    expect(rows).toEqual([['1']]);
    expect(outcome.notices).toEqual(['1 further results are not shown.']);
  });
});

/** Passes everything on to the server, but for what its first client says while it is held. */
async function startRelay(port: number) {
  const sockets: Socket[] = [];
  let held: Buffer[] | null = null;
  let first: Socket | null = null;
  const listener = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    first ??= upstream;
    sockets.push(client, upstream);
    upstream.pipe(client);
    client.on(
      'data',
      (said: Buffer) => void (held !== null && upstream === first ? held.push(said) : upstream.write(said)),
    );
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    hold: () => {
      held = [];
    },
    release: () => {
      for (const said of held ?? []) first?.write(said);
      held = null;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
