import { beforeAll, describe, expect, it } from 'vitest';
import type { EngineSession } from '../engine.ts';
import { prefix, refusal, run, type Stage } from './stage.ts';

/** Make, use, refuse, extend, narrow, revoke, drop: each proved by logging in. */
export function accountCases(stage: Stage): void {
  const hr = 'suite_hr';
  const other = 'suite_other';
  const read = (name: string): string => `select amount from ${stage.table(name)} order by id`;

  beforeAll(async () => {
    await stage.createDatabase(hr, ['salary', 'title', 'employee']);
    await stage.createDatabase(other, ['note']);
  });

  it('reads exactly the granted tables and is refused the others by name', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read', title: 'read' } });
    const session = await stage.open(account, hr);
    expect((await run(session, read('salary'))).rows).toEqual([['10'], ['20']]);
    expect((await run(session, read('title'))).rows).toHaveLength(2);
    const error = await refusal(run(session, read('employee')));
    expect(error.kind).toBe('access_refused');
    expect(error.relation?.name).toBe('employee');
  });

  it('refuses every write to who may only read', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    const table = stage.table('salary');
    for (const text of [
      `insert into ${table} (id, amount) values (9, 9)`,
      `update ${table} set amount = 0`,
      `delete from ${table}`,
    ]) {
      expect((await refusal(run(session, text))).kind, text).toBe('access_refused');
    }
  });

  it('lets who may write insert with generated keys, update and delete', async () => {
    await stage.createTable(hr, 'bonus');
    const account = await stage.makeAccount({ database: hr, tables: { bonus: 'write' } });
    const session = await stage.open(account, hr);
    const table = stage.table('bonus');
    // The generated keys start at 1 on PostgreSQL, where two rows were given theirs by hand.
    await run(session, `delete from ${table}`);
    expect((await run(session, `insert into ${table} (amount) values (5)`)).outcome.affectedRows).toBe(1);
    expect((await run(session, `update ${table} set amount = 6`)).outcome.affectedRows).toBe(1);
    expect((await run(session, `select amount from ${table}`)).rows).toEqual([['6']]);
    expect((await run(session, `delete from ${table}`)).outcome.affectedRows).toBe(1);
  });

  it('opens one database and not its neighbour', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    await run(session, read('salary'));
    const neighbour = stage.open(account, other).then((opened) => run(opened, read('note')));
    expect(['access_refused', 'database_missing']).toContain((await refusal(neighbour)).kind);
  });

  it('spans several databases', async () => {
    const account = await stage.makeAccount(
      { database: hr, tables: { salary: 'read' } },
      { database: other, tables: { note: 'read' } },
    );
    expect((await run(await stage.open(account, hr), read('salary'))).rows).toHaveLength(2);
    expect((await run(await stage.open(account, other), read('note'))).rows).toHaveLength(2);
  });

  it('is extended without disconnecting a live session', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    expect((await refusal(run(session, read('title')))).kind).toBe('access_refused');
    const change = await stage.admin.applyAccount(
      stage.spec(account, { database: hr, tables: { salary: 'read', title: 'read' } }),
    );
    expect(change.actions.some((action) => action.startsWith('granted read on') && action.includes('title'))).toBe(
      true,
    );
    expect((await run(session, read('title'))).rows).toHaveLength(2);
    const atServer = await stage.sessionsAtServer(account);
    expect(atServer.map(([id]) => id)).toEqual([session.backendId]);
  });

  it('is narrowed: the table taken away is refused, the rest goes on', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read', title: 'read' } });
    await stage.admin.applyAccount(stage.spec(account, { database: hr, tables: { salary: 'read' } }));
    const session = await stage.open(account, hr);
    expect((await run(session, read('salary'))).rows).toHaveLength(2);
    expect((await refusal(run(session, read('title')))).kind).toBe('access_refused');
  });

  it('is narrowed from write to read', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { title: 'write' } });
    const change = await stage.admin.applyAccount(stage.spec(account, { database: hr, tables: { title: 'read' } }));
    expect(change.actions.some((action) => action.startsWith('revoked '))).toBe(true);
    const session = await stage.open(account, hr);
    expect((await run(session, read('title'))).rows).toHaveLength(2);
    const error = await refusal(run(session, `update ${stage.table('title')} set amount = 0`));
    expect(error.kind).toBe('access_refused');
  });

  it('holds nothing when everything was taken away', async () => {
    const account = await stage.makeAccount(
      { database: hr, tables: { salary: 'write' } },
      { database: other, whole: 'read' },
    );
    await stage.admin.applyAccount(stage.spec(account));
    const state = await stage.admin.inspectAccount(account, prefix);
    expect(state).toMatchObject({ exists: true, access: [], unexpected: [] });
  });

  describe('a whole database', () => {
    it('covers all tables, later ones after the next apply, and no other database', async () => {
      const database = await stage.createDatabase('suite_whole', ['first']);
      const spec = stage.spec(stage.newAccountName(), { database, whole: 'read' });
      await stage.admin.applyAccount(spec);
      const session = await stage.open(spec.name, database);
      expect((await run(session, read('first'))).rows).toHaveLength(2);
      await stage.createTable(database, 'second');
      await stage.admin.applyAccount(spec);
      expect((await run(session, read('second'))).rows).toHaveLength(2);
      const write = await refusal(run(session, `delete from ${stage.table('first')}`));
      expect(write.kind).toBe('access_refused');
      const state = await stage.admin.inspectAccount(spec.name, prefix);
      expect(state.access).toEqual([{ database, whole: 'read', schemas: [], tables: [] }]);
      expect(state.unexpected).toEqual([]);
    });

    it('is shared by two people and ends for one without the other', async () => {
      const database = await stage.createDatabase('suite_shared', ['first']);
      const ann = await stage.makeAccount({ database, whole: 'write' });
      const ben = await stage.makeAccount({ database, whole: 'write' });
      await stage.admin.dropAccount(ann);
      const session = await stage.open(ben, database);
      expect((await run(session, `update ${stage.table('first')} set amount = 1`)).outcome.affectedRows).toBe(2);
      await session.close();
      await stage.admin.dropAccount(ben);
      const left = await stage.admin.listAccounts(prefix);
      expect(left.filter((name) => name.includes('suite_shared') || name === ann || name === ben)).toEqual([]);
    });

    it('is narrowed to single tables', async () => {
      const database = await stage.createDatabase('suite_trim', ['first', 'second']);
      const account = await stage.makeAccount({ database, whole: 'write' });
      await stage.admin.applyAccount(stage.spec(account, { database, tables: { first: 'read' } }));
      const session = await stage.open(account, database);
      expect((await run(session, read('first'))).rows).toHaveLength(2);
      expect((await refusal(run(session, read('second')))).kind).toBe('access_refused');
      expect((await refusal(run(session, `delete from ${stage.table('first')}`))).kind).toBe('access_refused');
    });

    it('can be read while one table of it can be written', async () => {
      const database = await stage.createDatabase('suite_mixed', ['first', 'second']);
      const account = await stage.makeAccount({ database, whole: 'read', tables: { first: 'write' } });
      const session = await stage.open(account, database);
      await run(session, `update ${stage.table('first')} set amount = 1`);
      expect((await run(session, read('second'))).rows).toHaveLength(2);
      expect((await refusal(run(session, `delete from ${stage.table('second')}`))).kind).toBe('access_refused');
    });
  });

  it('covers a whole schema and not its neighbour, where there are schemas', async () => {
    if (stage.dialect.defaultSchema === '') return expect(stage.dialect.kind).not.toBe('postgresql');
    const database = await stage.createDatabase('suite_schemas', ['outside']);
    await stage.fixture.owner(database, `create schema ${stage.dialect.quote('pay')}`);
    await stage.createTable(database, 'inside', 'pay');
    const spec = stage.spec(stage.newAccountName(), { database, schemas: { pay: 'read' } });
    await stage.admin.applyAccount(spec);
    const session = await stage.open(spec.name, database);
    await stage.createTable(database, 'later', 'pay');
    await stage.admin.applyAccount(spec);
    expect((await run(session, `select * from ${stage.table('inside', 'pay')}`)).rows).toHaveLength(2);
    expect((await run(session, `select * from ${stage.table('later', 'pay')}`)).rows).toHaveLength(2);
    expect((await refusal(run(session, read('outside')))).kind).toBe('access_refused');
    const state = await stage.admin.inspectAccount(spec.name, prefix);
    expect(state.access).toEqual([
      { database, whole: null, schemas: [{ schema: 'pay', privilege: 'read' }], tables: [] },
    ]);
  });

  it('leaves out tables and databases that the server does not have, and says so', async () => {
    const spec = stage.spec(
      stage.newAccountName(),
      { database: hr, tables: { salary: 'read', gone: 'read' } },
      { database: 'suite_gone', tables: { salary: 'read' } },
    );
    const change = await stage.admin.applyAccount(spec);
    expect(change.missing).toHaveLength(2);
    expect(change.missing.join(' ')).toContain('gone');
    expect(change.missing.join(' ')).toContain('suite_gone');
    const session = await stage.open(spec.name, hr);
    expect((await run(session, read('salary'))).rows).toHaveLength(2);
  });

  describe('login', () => {
    it('is impossible until it is enabled', async () => {
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
      const error = await refusal(stage.openWith(account, hr, { password: 'guess' }));
      expect(['auth_failed', 'account_locked']).toContain(error.kind);
      expect((await stage.admin.inspectAccount(account, prefix)).canLogIn).toBe(false);
    });

    it('takes only the latest password', async () => {
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
      await stage.admin.enableLogin(account, 'first-password-1');
      await stage.openWith(account, hr, { password: 'first-password-1' });
      await stage.admin.enableLogin(account, 'second-password-2');
      const error = await refusal(stage.openWith(account, hr, { password: 'first-password-1' }));
      expect(error.kind).toBe('auth_failed');
      await stage.openWith(account, hr, { password: 'second-password-2' });
    });

    it('is blocked without touching a live session', async () => {
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
      await stage.admin.enableLogin(account, 'a-good-password-3');
      const live = await stage.openWith(account, hr, { password: 'a-good-password-3' });
      await stage.admin.blockLogin(account);
      const error = await refusal(stage.openWith(account, hr, { password: 'a-good-password-3' }));
      expect(['auth_failed', 'account_locked']).toContain(error.kind);
      expect((await run(live, read('salary'))).rows).toHaveLength(2);
      expect((await stage.admin.inspectAccount(account, prefix)).canLogIn).toBe(false);
    });

    it('is possible while it is let in, and with that password alone', async () => {
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
      const opened: EngineSession[] = [];
      await stage.admin.letIn(account, 'a-good-password-12', async () => {
        const error = await refusal(stage.openWith(account, hr, { password: 'guess' }));
        expect(error.kind).toBe('auth_failed');
        opened.push(await stage.openWith(account, hr, { password: 'a-good-password-12' }));
      });
      const [live] = opened;
      if (live === undefined) throw new Error('nobody was let in');
      for (const password of ['a-good-password-12', 'guess']) {
        const error = await refusal(stage.openWith(account, hr, { password }));
        expect(['auth_failed', 'account_locked']).toContain(error.kind);
      }
      expect((await run(live, read('salary'))).rows).toHaveLength(2);
      expect((await stage.admin.inspectAccount(account, prefix)).canLogIn).toBe(false);
      const absent = stage.newAccountName();
      await expect(stage.admin.letIn(absent, 'a-good-password-13', async () => undefined)).rejects.toMatchObject({
        name: 'EngineError',
      });
    });

    it('keeps to the connection limit', async () => {
      const account = stage.newAccountName();
      await stage.admin.applyAccount({
        ...stage.spec(account, { database: hr, tables: { salary: 'read' } }),
        connectionLimit: 1,
      });
      await stage.admin.enableLogin(account, 'a-good-password-4');
      await stage.openWith(account, hr, { password: 'a-good-password-4' });
      const error = await refusal(stage.openWith(account, hr, { password: 'a-good-password-4' }));
      expect(error.kind).toBe('too_many_connections');
    });
  });

  it('is dropped: no login, no trace', async () => {
    const account = await stage.makeAccount(
      { database: hr, tables: { salary: 'write' } },
      { database: other, whole: 'read' },
    );
    await stage.admin.enableLogin(account, 'a-good-password-5');
    await stage.admin.dropAccount(account);
    const error = await refusal(stage.openWith(account, hr, { password: 'a-good-password-5' }));
    expect(error.kind).toBe('auth_failed');
    expect(await stage.admin.inspectAccount(account, prefix)).toMatchObject({
      exists: false,
      canLogIn: false,
      access: [],
    });
    expect(await stage.admin.listAccounts(prefix)).not.toContain(account);
  });
}
