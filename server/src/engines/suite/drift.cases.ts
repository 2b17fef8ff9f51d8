import { beforeAll, expect, it } from 'vitest';
import type { AccountState } from '../engine.ts';
import { prefix, refusal, run, type Stage } from './stage.ts';

/** Every verb run twice, after half of its work, and after somebody changed things by hand. */
export function driftCases(stage: Stage): void {
  const hr = 'suite_drift';

  beforeAll(async () => {
    await stage.createDatabase(hr, ['salary', 'title']);
  });

  it('changes nothing when it is applied a second time', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, tables: { salary: 'write', title: 'read' } });
    const first = await stage.admin.applyAccount(spec);
    expect(first.actions.length).toBeGreaterThan(0);
    expect(await stage.admin.applyAccount(spec)).toEqual({ actions: [], missing: [] });
  });

  it('changes nothing when a whole database is applied a second time', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, whole: 'write' });
    await stage.admin.applyAccount(spec);
    expect(await stage.admin.applyAccount(spec)).toEqual({ actions: [], missing: [] });
  });

  it('does nothing to an account that is not there', async () => {
    const name = stage.newAccountName();
    await stage.admin.blockLogin(name);
    expect(await stage.admin.endSessions(name, null, 2_000)).toEqual([]);
    await stage.admin.dropAccount(name);
    expect(await stage.admin.inspectAccount(name, prefix)).toMatchObject({ exists: false, sessions: [], access: [] });
  });

  it('blocks, ends and drops twice without an error', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    await stage.admin.blockLogin(account);
    await stage.admin.blockLogin(account);
    await stage.admin.endSessions(account, null, 2_000);
    await stage.admin.endSessions(account, null, 2_000);
    await stage.admin.dropAccount(account);
    await stage.admin.dropAccount(account);
    expect(await stage.admin.listAccounts(prefix)).not.toContain(account);
  });

  it('stays blocked when it is applied again', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, tables: { salary: 'read' } });
    await stage.admin.applyAccount(spec);
    await stage.admin.enableLogin(spec.name, 'a-good-password-6');
    await stage.admin.blockLogin(spec.name);
    await stage.admin.applyAccount(spec);
    const error = await refusal(stage.openWith(spec.name, hr, { password: 'a-good-password-6' }));
    expect(['auth_failed', 'account_locked']).toContain(error.kind);
  });

  it('can be enabled again after it was blocked', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    await stage.admin.blockLogin(account);
    const session = await stage.open(account, hr);
    expect((await run(session, `select amount from ${stage.table('salary')}`)).rows).toHaveLength(2);
  });

  it('shows and takes away what was granted by hand', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, tables: { salary: 'read' } });
    await stage.admin.applyAccount(spec);
    await stage.fixture.superuser(hr, stage.dialect.grantByHand(spec.name, hr, stage.table('title')));
    const before = await stage.admin.inspectAccount(spec.name, prefix);
    expect(before.unexpected.join('\n')).toContain('title');
    await stage.admin.applyAccount(spec);
    const after = await stage.admin.inspectAccount(spec.name, prefix);
    expect(after.unexpected).toEqual([]);
    expect(after.access).toEqual([stage.access({ database: hr, tables: { salary: 'read' } })]);
    const session = await stage.open(spec.name, hr);
    const error = await refusal(run(session, `insert into ${stage.table('title')} (id, amount) values (7, 7)`));
    expect(error.kind).toBe('access_refused');
  });

  it('is reported as the server has it', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write', title: 'read' } });
    const session = await stage.open(account, hr);
    const state = await stage.admin.inspectAccount(account, prefix);
    expect(state).toMatchObject({ exists: true, canLogIn: true, rollingBack: 0, unexpected: [] });
    expect(state.sessions.map(({ backendId }) => backendId)).toEqual([session.backendId]);
    expect(state.access).toHaveLength(1);
    expect(state.access[0]?.database).toBe(hr);
    expect(new Set(state.access[0]?.tables)).toEqual(
      new Set(stage.access({ database: hr, tables: { salary: 'write', title: 'read' } }).tables),
    );
  });

  it('is reported together with others exactly as alone', async () => {
    const accounts = [
      await stage.makeAccount({ database: hr, tables: { salary: 'write', title: 'read' } }),
      await stage.makeAccount({ database: hr, tables: { title: 'read' } }),
      await stage.makeAccount({ database: hr, whole: 'write' }),
      await stage.makeAccount({ database: hr, whole: 'read' }),
      await stage.makeAccount({ database: hr, whole: 'read', tables: { salary: 'write' } }),
      await stage.makeAccount({ database: hr, tables: { salary: 'read' } }),
    ];
    const [first = '', , , , , blocked = ''] = accounts;
    await stage.fixture.superuser(hr, stage.dialect.grantByHand(first, hr, stage.table('title')));
    await stage.open(blocked, hr);
    await stage.admin.blockLogin(blocked);
    await stage.open(accounts[1] ?? '', hr);
    await stage.open(accounts[2] ?? '', hr);
    const names = [...accounts, stage.newAccountName()];
    const together = await stage.admin.many.inspect(names, prefix);
    expect([...together.keys()].toSorted()).toEqual(names.toSorted());
    const timeless = ({ sessions, ...state }: AccountState) => ({
      ...state,
      sessions: sessions.map(({ durationMs: _, ...session }) => session),
    });
    for (const name of names) {
      const state = together.get(name);
      const alone = await stage.admin.inspectAccount(name, prefix);
      expect(state && timeless(state)).toEqual(timeless(alone));
    }
    expect(together.get(first)?.unexpected.join('\n')).toContain('title');
    expect(names.map((name) => together.get(name)?.sessions.length)).toEqual([0, 1, 1, 0, 0, 1, 0]);
    expect(names.map((name) => together.get(name)?.canLogIn)).toEqual([false, true, true, false, false, false, false]);
  });

  it('is listed by its exact prefix alone', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const lookalike = stage.spec(account.replace('tg_ab12_', 'tgXab12_'), { database: hr, tables: {} });
    await stage.admin.applyAccount({ ...lookalike, prefix: 'tgXab12_cd34_' });
    const listed = await stage.admin.listAccounts(prefix);
    expect(listed).toContain(account);
    expect(listed).not.toContain(lookalike.name);
    await stage.admin.dropAccount(lookalike.name);
  });

  it('does the same work once when two run at the same time', async () => {
    const specs = Array.from({ length: 8 }, () =>
      stage.spec(stage.newAccountName(), { database: hr, whole: 'read', tables: { salary: 'write' } }),
    );
    await Promise.all(specs.map((spec) => stage.admin.applyAccount(spec)));
    for (const { name } of specs) {
      const state = await stage.admin.inspectAccount(name, prefix);
      expect(state.access).toEqual([stage.access({ database: hr, whole: 'read', tables: { salary: 'write' } })]);
    }
    await Promise.all(specs.map(({ name }) => stage.admin.dropAccount(name)));
  });
}
