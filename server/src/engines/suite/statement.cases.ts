import { beforeAll, expect, it } from 'vitest';
import type { EngineSession } from '../engine.ts';
import { refusal, run, type Stage } from './stage.ts';

/** One statement at a time: limits, cancelling, errors with positions, backpressure. */
export function statementCases(stage: Stage): void {
  const hr = 'suite_statements';
  let account = '';

  beforeAll(async () => {
    await stage.createDatabase(hr, ['salary', 'title']);
    account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    await stage.admin.enableLogin(account, 'a-good-password-9');
  });

  function open(isReadOnly = false): Promise<EngineSession> {
    return stage.openWith(account, hr, { password: 'a-good-password-9', isReadOnly });
  }

  it('cuts at the row limit and says so', async () => {
    const session = await open();
    const cut = await run(session, stage.dialect.manyRows(1_000), { maxRows: 250 });
    expect(cut.rows).toHaveLength(250);
    expect(cut.outcome).toMatchObject({ rowCount: 250, cut: { rule: 'max_rows', limit: 250 } });
    const exact = await run(session, stage.dialect.manyRows(250), { maxRows: 250 });
    expect(exact.rows).toHaveLength(250);
    expect(exact.outcome.cut).toBeNull();
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('delivers columns once, before rows, also when there are no rows', async () => {
    const session = await open();
    const events: string[] = [];
    const outcome = await session.execute(
      { text: `select amount from ${stage.table('salary')} where id < 0`, maxRows: 10, maxCellLength: 100 },
      {
        columns: (all) => void events.push(`columns ${all.length}`),
        rows: (rows) => void events.push(`rows ${rows.length}`),
      },
    );
    expect(events.filter((event) => event !== 'rows 0')).toEqual(['columns 1']);
    expect(outcome).toMatchObject({ rowCount: 0, cut: null, isInTransaction: false });
  });

  it('counts the rows of a write', async () => {
    const session = await open();
    const { outcome, columns } = await run(session, `update ${stage.table('salary')} set amount = amount`);
    expect(outcome).toMatchObject({ affectedRows: 2, rowCount: 0 });
    expect(columns).toEqual([]);
  });

  it('keeps a transaction across statements', async () => {
    const session = await open();
    expect((await run(session, 'begin')).outcome.isInTransaction).toBe(true);
    await run(session, `update ${stage.table('salary')} set amount = 99`);
    expect((await run(session, 'rollback')).outcome.isInTransaction).toBe(false);
    expect((await run(session, `select amount from ${stage.table('salary')} order by id`)).rows).toEqual([
      ['10'],
      ['20'],
    ]);
  });

  it('cancels at the server and stays usable', async () => {
    const session = await open();
    const text = stage.dialect.longRead(stage.table('salary'));
    const failure = refusal(run(session, text));
    await expect
      .poll(async () => (await stage.sessionsAtServer(account)).map(([, statement]) => statement), { interval: 10 })
      .toContain(text);
    await session.cancel();
    expect((await failure).kind).toBe('cancelled');
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('cancels nothing when nothing runs', async () => {
    const session = await open();
    await session.cancel();
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('defaults to read only for who may only read', async () => {
    const session = await open(true);
    const error = await refusal(run(session, `update ${stage.table('salary')} set amount = 0`));
    expect(error.kind).toBe('read_only');
  });

  it('refuses more than one statement', async () => {
    const session = await open();
    const error = await refusal(run(session, `select 1; delete from ${stage.table('salary')}`));
    expect(error.kind).toMatch(/more_than_one_statement|syntax/);
    expect((await run(session, `select * from ${stage.table('salary')}`)).rows).toHaveLength(2);
  });

  it('says where a statement is wrong, in the editor`s own counting', async () => {
    const session = await open();
    const error = await refusal(run(session, `select '🙂é' as label,\n 1 frum nowhere at all`));
    expect(error.kind).toBe('syntax');
    // MySQL tells only the line and the text near it; where a position is given it is exact.
    if (stage.dialect.kind === 'postgresql') expect(error.position).toBe(`select '🙂é' as label,\n 1 frum `.length);
    expect(error.serverCode).not.toBeNull();
  });

  it('names an unknown relation', async () => {
    const error = await refusal(run(await open(), `select * from ${stage.table('nowhere')}`));
    // MySQL does not tell a table that is missing from one that is not granted.
    expect(error.kind).toBe(stage.dialect.kind === 'postgresql' ? 'unknown_relation' : 'access_refused');
    expect(error.relation?.name).toBe('nowhere');
  });

  it('names a refused relation', async () => {
    const error = await refusal(run(await open(), `select * from ${stage.table('title')}`));
    expect(error.kind).toBe('access_refused');
    expect(error.relation?.name).toBe('title');
  });

  it('reports a statement that fails while it runs, and goes on', async () => {
    const session = await open();
    expect((await refusal(run(session, stage.dialect.failing))).kind).toBe('statement_failed');
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it.each([
    ['a NUL', `select 1 \u0000`],
    ['half of a surrogate pair', `select '\ud83d'`],
  ])('refuses %s without sending it', async (_what, text) => {
    const session = await open();
    expect((await refusal(run(session, text))).kind).toBe('syntax');
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });

  it('refuses a second statement while one runs', async () => {
    const session = await open();
    const first = run(session, stage.dialect.manyRows(1_000));
    expect((await refusal(run(session, 'select 1'))).kind).toBe('internal');
    expect((await first).rows).toHaveLength(1_000);
  });

  it('is over after close', async () => {
    const session = await open();
    const over = new Promise((resolve) => session.onEnd(resolve));
    await session.close();
    expect(await over).toBeNull();
    expect((await refusal(run(session, 'select 1'))).kind).toBe('connection_lost');
    await expect
      .poll(async () => (await stage.sessionsAtServer(account)).map(([id]) => id), { interval: 10 })
      .not.toContain(session.backendId);
  });

  it('holds the server back while the sink is slow, in bounded memory', async () => {
    const session = await open();
    const total = 1_500_000; // some 150 MB of text
    const gate = Promise.withResolvers<void>();
    const first = Promise.withResolvers<void>();
    let seen = 0;
    const done = session.execute(
      { text: stage.dialect.manyRows(total), maxRows: total, maxCellLength: 4_096 },
      {
        columns: () => undefined,
        rows: async (rows) => {
          seen += rows.length;
          first.resolve();
          await gate.promise;
        },
      },
    );
    await first.promise;
    const before = process.memoryUsage().rss;
    // The statement cannot end while nobody reads: the server still shows it as running.
    for (let look = 0; look < 20; look += 1) {
      expect((await stage.sessionsAtServer(account)).map(([id]) => id)).toContain(session.backendId);
    }
    expect(seen).toBeLessThan(20_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    gate.resolve();
    expect((await done).rowCount).toBe(total);
    expect(seen).toBe(total);
  });

  it('ends the statement when the sink fails, and the error is the sink`s own', async () => {
    const session = await open();
    const failure = session.execute(
      { text: stage.dialect.manyRows(100_000), maxRows: 100_000, maxCellLength: 100 },
      { columns: () => undefined, rows: () => Promise.reject(new Error('the reader went away')) },
    );
    await expect(failure).rejects.toThrow('the reader went away');
    expect((await run(session, 'select 1')).rows).toEqual([['1']]);
  });
}
