import { beforeAll, expect, it } from 'vitest';
import type { EngineSession } from '../engine.ts';
import { run, type Stage } from './stage.ts';

/** What the server printed is what arrives, to the last character. */
export function valueCases(stage: Stage): void {
  const hr = 'suite_values';
  let account = '';

  beforeAll(async () => {
    await stage.createDatabase(hr, ['salary']);
    account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    await stage.admin.enableLogin(account, 'a-good-password-10');
  });

  function open(): Promise<EngineSession> {
    return stage.openWith(account, hr, { password: 'a-good-password-10' });
  }

  it('brings every type to the last character', async () => {
    const session = await open();
    for (const value of stage.dialect.values) {
      const { rows, columns } = await run(session, `select ${value.expression} as v`);
      expect(rows, value.expression).toEqual([[value.text]]);
      expect(columns, value.expression).toEqual([{ name: 'v', type: value.type, shape: value.shape }]);
    }
  });

  it('keeps columns of the same or no name apart', async () => {
    const { sql, names } = stage.dialect.sameNames;
    const { rows, columns } = await run(await open(), sql);
    expect(columns.map(({ name }) => name)).toEqual(names);
    expect(rows).toEqual([names.map((_, index) => String(index + 1))]);
  });

  it('tells NULL from an empty text', async () => {
    const { rows } = await run(await open(), `select null, '', 'null'`);
    expect(rows).toEqual([[null, '', 'null']]);
  });

  it('cuts a long text and tells its true length', async () => {
    const session = await open();
    const cut = await run(session, stage.dialect.longText(100_000), { maxCellLength: 1_000 });
    expect(cut.rows).toEqual([[{ head: 'x'.repeat(1_000), length: 100_000, unit: 'characters' }]]);
    const whole = await run(session, stage.dialect.longText(1_000), { maxCellLength: 1_000 });
    expect(whole.rows).toEqual([['x'.repeat(1_000)]]);
  });

  it('counts characters, not bytes, and never cuts one in half', async () => {
    const session = await open();
    const { rows } = await run(session, `select 'aé🙂é🙂b'`, { maxCellLength: 3 });
    expect(rows).toEqual([[{ head: 'aé🙂', length: 6, unit: 'characters' }]]);
    expect((await run(session, `select 'aé🙂'`, { maxCellLength: 3 })).rows).toEqual([['aé🙂']]);
  });

  it('brings binary as hex and cuts it by bytes', async () => {
    const session = await open();
    const { binaryPrefix } = stage.dialect;
    const whole = await run(session, stage.dialect.longBinary(16), { maxCellLength: 16 });
    expect(whole.rows).toEqual([[`${binaryPrefix}${'ff'.repeat(16)}`]]);
    expect(whole.columns[0]?.shape).toBe('binary');
    const cut = await run(session, stage.dialect.longBinary(50_000), { maxCellLength: 16 });
    expect(cut.rows).toEqual([[{ head: `${binaryPrefix}${'ff'.repeat(16)}`, length: 50_000, unit: 'bytes' }]]);
  });

  it('brings a value of 20 MB as its beginning', async () => {
    const { rows } = await run(await open(), stage.dialect.longText(20_000_000), { maxCellLength: 10 });
    expect(rows).toEqual([[{ head: 'x'.repeat(10), length: 20_000_000, unit: 'characters' }]]);
  });
}
