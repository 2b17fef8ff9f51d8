import { beforeAll, describe, expect, it } from 'vitest';
import type { EndedSession, EngineError, EngineSession } from '../engine.ts';
import { prefix, refusal, run, type Stage } from './stage.ts';

/** Ending sessions in whatever they are doing, proved at the server. */
export function closureCases(stage: Stage): void {
  const hr = 'suite_closure';
  const other = 'suite_closure_other';
  const table = (): string => stage.table('salary');

  beforeAll(async () => {
    await stage.createDatabase(hr, ['salary']);
    await stage.createDatabase(other, ['salary']);
  });

  async function amounts(): Promise<unknown> {
    return stage.fixture.superuser(hr, `select amount from ${table()} order by id`);
  }

  function endOf(session: EngineSession): Promise<EngineError | null> {
    return new Promise((resolve) => session.onEnd(resolve));
  }

  /** Resolves once the server itself shows the statement as running. */
  async function untilRunning(account: string, text: string): Promise<void> {
    await expect
      .poll(async () => (await stage.sessionsAtServer(account)).map(([, statement]) => statement), { interval: 10 })
      .toContain(text);
  }

  async function close(account: string): Promise<readonly EndedSession[]> {
    await stage.admin.blockLogin(account);
    const ended = await stage.admin.endSessions(account, null, 5_000);
    await stage.expectNoneLives(account);
    await stage.admin.dropAccount(account);
    expect((await stage.admin.inspectAccount(account, prefix)).exists).toBe(false);
    return ended;
  }

  describe.each(['read', 'update'] as const)('a long %s', (what) => {
    it('ends at the server, and the session is told', async () => {
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
      const session = await stage.open(account, hr);
      const before = await amounts();
      const text = what === 'read' ? stage.dialect.longRead(table()) : stage.dialect.longUpdate(table());
      const over = endOf(session);
      const failure = refusal(run(session, text));
      await untilRunning(account, text);
      const ended = await close(account);
      expect(ended).toEqual([
        expect.objectContaining({ backendId: session.backendId, database: hr, statement: text, state: 'active' }),
      ]);
      expect(['connection_lost', 'ended_by_administrator']).toContain((await failure).kind);
      expect(await over).not.toBeNull();
      expect(await amounts()).toEqual(before);
    });
  });

  it('ends an idle session', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    await run(session, `select * from ${table()}`);
    // MySQL shows a statement for a moment longer than its client sees it.
    await expect.poll(() => stage.sessionsAtServer(account), { interval: 10 }).toEqual([[session.backendId, null]]);
    const over = endOf(session);
    const ended = await close(account);
    expect(ended).toEqual([expect.objectContaining({ backendId: session.backendId, state: 'idle', statement: null })]);
    await over;
    expect((await refusal(run(session, 'select 1'))).kind).toBe('connection_lost');
  });

  it('ends an idle transaction; its locks and changes are gone', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    const session = await stage.open(account, hr);
    const before = await amounts();
    await run(session, 'begin');
    const change = await run(session, `update ${table()} set amount = amount + 1`);
    expect(change.outcome.isInTransaction).toBe(true);
    await expect(stage.fixture.superuser(hr, stage.dialect.lockRowsNow(table()))).rejects.toThrow();
    const ended = await close(account);
    expect(ended).toEqual([expect.objectContaining({ backendId: session.backendId })]);
    await stage.fixture.superuser(hr, stage.dialect.lockRowsNow(table()));
    expect(await amounts()).toEqual(before);
  });

  it('ends an open cursor, where the engine has one', async () => {
    const { cursor } = stage.dialect;
    if (cursor === null) return expect(stage.dialect.kind).not.toBe('postgresql');
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    for (const text of cursor.open(table())) await run(session, text);
    expect((await run(session, cursor.fetch)).rows).toHaveLength(1);
    await close(account);
    expect((await refusal(run(session, cursor.fetch))).kind).toMatch(/connection_lost|ended_by_administrator/);
  });

  it('drops an account that left a temporary table', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    // MySQL needs a privilege for temporary tables that no account of ours has: a refusal is as good there.
    const made = await run(session, stage.dialect.createTemporaryTable('scratch')).catch(
      (error: EngineError) => error.kind,
    );
    expect(made === 'access_refused' || typeof made === 'object').toBe(true);
    await close(account);
  });

  it('ends sessions that are many', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    await stage.admin.enableLogin(account, 'a-good-password-7');
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => stage.openWith(account, hr, { password: 'a-good-password-7' })),
    );
    const ended = await close(account);
    expect(new Set(ended.map(({ backendId }) => backendId))).toEqual(new Set(opened.map(({ backendId }) => backendId)));
  });

  it('ends one database and leaves the other, and the password still works', async () => {
    const account = await stage.makeAccount(
      { database: hr, tables: { salary: 'read' } },
      { database: other, tables: { salary: 'read' } },
    );
    await stage.admin.enableLogin(account, 'a-good-password-8');
    const gone = await stage.openWith(account, hr, { password: 'a-good-password-8' });
    const stays = await stage.openWith(account, other, { password: 'a-good-password-8' });
    const over = endOf(gone);
    const ended = await stage.admin.endSessions(account, hr, 5_000);
    expect(ended.map(({ backendId }) => backendId)).toEqual([gone.backendId]);
    await over;
    expect((await run(stays, `select * from ${table()}`)).rows).toHaveLength(2);
  });

  it('ends a session whose result nobody reads', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started = Promise.withResolvers<void>();
    const failure = refusal(
      session.execute(
        { text: stage.dialect.manyRows(2_000_000), maxRows: 5_000_000, maxCellLength: 4_096 },
        {
          columns: () => undefined,
          rows: () => {
            started.resolve();
            return held;
          },
        },
      ),
    );
    await started.promise;
    await close(account);
    release();
    expect((await failure).kind).toMatch(/connection_lost|ended_by_administrator/);
  });

  it('ends at once what the server ended by itself', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    const text = stage.dialect.longRead(table());
    const failure = refusal(run(session, text));
    await untilRunning(account, text);
    await stage.fixture.superuser(hr, stage.dialect.endSession(session.backendId));
    expect((await failure).kind).toMatch(/connection_lost|ended_by_administrator/);
    await expect.poll(() => stage.sessionsAtServer(account), { interval: 10 }).toEqual([]);
    expect(await stage.admin.endSessions(account, null, 5_000)).toEqual([]);
  });

  it('drops an account whose sessions are still open', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    const session = await stage.open(account, hr);
    const over = endOf(session);
    await stage.admin.dropAccount(account);
    await over;
    await stage.expectNoneLives(account);
  });

  describe('many accounts together', () => {
    const makeMany = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () =>
          stage.makeAccount({ database: hr, tables: { salary: 'write' } }, { database: other, whole: 'read' }),
        ),
      );

    async function closeMany(names: readonly string[]) {
      const ended = await stage.admin.many.shut(names, 5_000);
      const dropped = await stage.admin.many.dropAccounts(names);
      for (const name of dropped.keys()) {
        expect((await stage.admin.inspectAccount(name, prefix)).exists).toBe(false);
        await stage.expectNoneLives(name);
      }
      return { ended, dropped };
    }

    it('are blocked, ended and dropped, with what each was doing; one that is not there is done', async () => {
      const names = [...(await makeMany(9)), stage.newAccountName()];
      const [first = '', second = '', third = ''] = names;
      const session = await stage.open(first, hr);
      const failure = refusal(run(session, stage.dialect.longUpdate(table())));
      await untilRunning(first, stage.dialect.longUpdate(table()));
      const idle = await stage.open(second, other);
      const { ended, dropped } = await closeMany(names);
      expect([...ended.keys()].toSorted()).toEqual(names.toSorted());
      expect([...dropped.keys()].toSorted()).toEqual(names.toSorted());
      expect(ended.get(first)).toEqual([
        expect.objectContaining({ backendId: session.backendId, database: hr, state: 'active' }),
      ]);
      expect(ended.get(second)).toEqual([expect.objectContaining({ backendId: idle.backendId, statement: null })]);
      expect(ended.get(third)).toEqual([]);
      expect(['connection_lost', 'ended_by_administrator']).toContain((await failure).kind);
    });

    it('leave the others as they are', async () => {
      const [stays = '', ...names] = await makeMany(3);
      const session = await stage.open(stays, hr);
      await closeMany(names);
      expect((await run(session, `select * from ${table()}`)).rows).toHaveLength(2);
      const { canLogIn, access } = await stage.admin.inspectAccount(stays, prefix);
      expect([canLogIn, access.map(({ database }) => database).toSorted()]).toEqual([true, [hr, other]]);
    });

    it('go though one of them was given something by hand', async () => {
      const names = await makeMany(3);
      const [odd = ''] = names;
      await stage.fixture.superuser(hr, stage.dialect.grantByHand(odd, hr, table()));
      const { dropped } = await closeMany(names);
      // What is not done together is done by the verb for one.
      for (const name of names.filter((one) => !dropped.has(one))) await stage.admin.dropAccount(name);
      for (const name of names) expect((await stage.admin.inspectAccount(name, prefix)).exists).toBe(false);
      expect(names.filter((name) => name !== odd && !dropped.has(name))).toEqual([]);
    });
  });
}
