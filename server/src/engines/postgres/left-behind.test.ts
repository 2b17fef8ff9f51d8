import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import { prefix, refusal, run, Stage } from '../suite/stage.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

/** What an account may leave in a database, and that none of it becomes a way back in. */
describe.each([15, 18] as const)('what is left behind in PostgreSQL %i', { timeout: 30_000 }, (major) => {
  let fixture: EngineFixture | undefined;
  const stage = new Stage(() => {
    if (fixture === undefined) throw new Error('the server has not started');
    return fixture;
  });
  const hr = 'left_hr';

  beforeAll(async () => {
    fixture = await startPostgresFixture(major, { max_prepared_transactions: 5 });
    await stage.createDatabase(hr, ['salary', 'title']);
    // As every database before PostgreSQL 15 has it.
    await fixture.superuser(hr, 'grant create on schema public to public');
  }, 60_000);

  afterAll(async () => {
    await stage.close();
    await fixture?.stop();
  });

  async function text(sql: string): Promise<string | null | undefined> {
    return (await stage.fixture.superuser(hr, sql))[0]?.[0];
  }

  it('gives objects to a role that holds nothing, never to the connecting user', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    await run(session, 'create table mine as select * from public.salary');
    await run(session, 'create view peek as select * from public.salary');
    await run(
      session,
      `create function steal() returns bigint language sql security definer as 'select count(*) from public.salary'`,
    );
    await run(session, 'select lo_from_bytea(4711, $$kept$$)');
    const state = await stage.admin.inspectAccount(account, prefix);
    for (const what of ['table public.mine', 'view public.peek', 'function public.steal()', 'large object 4711']) {
      expect(state.unexpected.join('\n')).toContain(`owns ${what}`);
    }
    const actions = await stage.admin.dropAccount(account);
    expect(actions.join('\n')).toContain('reassigned');
    expect(await text('select count(*) from public.mine')).toBe('2');
    const owners = await stage.fixture.superuser(
      hr,
      `select distinct pg_get_userbyid(o) from (select relowner o from pg_class where relname in ('mine', 'peek')
       union select proowner from pg_proc where proname = 'steal'
       union select lomowner from pg_largeobject_metadata) x`,
    );
    expect(owners).toHaveLength(1);
    expect(owners[0]?.[0]).toMatch(/^tidegate_left_behind_/);
    // Whoever calls it now gets the rights of a role that has none.
    await expect(stage.fixture.superuser(hr, 'select public.steal()')).rejects.toMatchObject({ code: '42501' });
    await expect(stage.fixture.superuser(hr, 'select * from public.peek')).rejects.toMatchObject({ code: '42501' });
    expect((await stage.admin.inspectAccount(account, prefix)).exists).toBe(false);
  });

  it('rolls back transactions that were prepared for later', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    const session = await stage.open(account, hr);
    await run(session, 'begin');
    await run(session, 'update public.salary set amount = 0');
    await run(session, `prepare transaction 'a ''quoted'' one'`);
    expect((await stage.admin.inspectAccount(account, prefix)).unexpected.join('\n')).toContain('prepared transaction');
    await expect(stage.fixture.superuser(hr, 'select id from public.salary for update nowait')).rejects.toThrow();
    await stage.admin.endSessions(account, hr, 5_000);
    expect(await text('select count(*) from pg_prepared_xacts')).toBe('0');
    expect(await text('select sum(amount) from public.salary')).toBe('30');
    await stage.admin.dropAccount(account);
  });

  it('is not held up by somebody who has locked the table', async () => {
    const [account, other] = [
      await stage.makeAccount({ database: hr, tables: { salary: 'read' } }),
      await stage.makeAccount({ database: hr, tables: { salary: 'write' } }),
    ];
    const session = await stage.open(other, hr);
    await run(session, 'begin');
    await run(session, 'lock table public.salary in access exclusive mode');
    const begun = performance.now();
    await stage.admin.many.shut([account], 5_000);
    const together = await stage.admin.many.dropAccounts([account]);
    if (!together.has(account)) await stage.admin.dropAccount(account);
    // Not the ten seconds that a statement waits for a lock.
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect((await stage.admin.inspectAccount(account, prefix)).exists).toBe(false);
    await run(session, 'rollback');
    await stage.admin.dropAccount(other);
  });

  it('runs no more as soon as many accounts are shut, also before they are blocked', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    const session = await stage.open(account, hr);
    const over = new Promise<void>((resolve) => session.onEnd(() => resolve()));
    const sleeping = () => text(`select count(*) from pg_stat_activity where wait_event = 'PgSleep'`);
    const change = `alter role ${stage.dialect.quote(account)} connection limit 3`;
    const held = stage.fixture.superuser(hr, `begin; ${change}; select pg_sleep(2); commit`);
    await expect.poll(sleeping, { interval: 10 }).toBe('1');
    const shut = stage.admin.many.shut([account], 5_000);
    await over;
    expect(await sleeping()).toBe('1');
    await held;
    expect((await shut).get(account)).toMatchObject([{ backendId: session.backendId }]);
    expect((await stage.admin.inspectAccount(account, prefix)).canLogIn).toBe(false);
    await stage.admin.dropAccount(account);
  });

  it('is not held up by a change of the account that was prepared for later', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    const session = await stage.open(account, hr);
    await run(session, 'begin');
    await run(session, `alter role current_user password 'something else'`);
    await run(session, `prepare transaction 'the row of the account'`);
    await session.close();
    await stage.admin.blockLogin(account);
    expect(await text('select count(*) from pg_prepared_xacts')).toBe('0');
    await stage.admin.dropAccount(account);
    expect((await stage.admin.inspectAccount(account, prefix)).exists).toBe(false);
  });

  it('shows and takes away memberships, columns, functions, sequences and rights on the database', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, tables: { salary: 'read' } });
    await stage.admin.applyAccount(spec);
    const account = stage.dialect.quote(spec.name);
    const byHand = [
      `grant select (id), update (amount) on public.title to ${account}`,
      `grant select on public.salary to ${account} with grant option`,
      `grant usage on sequence public.title_id_seq to ${account}`,
      `grant create on schema public to ${account}`,
      `grant create on database ${stage.dialect.quote(hr)} to ${account}`,
      `grant execute on function public.harmless() to ${account}`,
    ];
    await stage.fixture.owner(hr, 'create function public.harmless() returns int language sql as $$select 1$$');
    for (const sql of byHand) await stage.fixture.superuser(hr, sql);
    const before = (await stage.admin.inspectAccount(spec.name, prefix)).unexpected.join('\n');
    for (const what of [
      'column id of',
      'grant option',
      'sequence',
      'CREATE on schema',
      'CREATE on database',
      'harmless()',
    ]) {
      expect(before).toContain(what);
    }
    await stage.admin.applyAccount(spec);
    const after = await stage.admin.inspectAccount(spec.name, prefix);
    expect(after.unexpected).toEqual([]);
    expect(after.access).toEqual([stage.access({ database: hr, tables: { salary: 'read' } })]);
    expect(await stage.admin.applyAccount(spec)).toEqual({ actions: [], missing: [] });
    await stage.admin.dropAccount(spec.name);
  });

  it('says which membership somebody else gave, and dropping removes it', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, tables: { salary: 'read' } });
    await stage.admin.applyAccount(spec);
    await stage.fixture.superuser(hr, `grant pg_read_all_data to ${stage.dialect.quote(spec.name)}`);
    const state = await stage.admin.inspectAccount(spec.name, prefix);
    expect(state.unexpected).toEqual(['member of role pg_read_all_data']);
    if (major === 15) {
      // Before PostgreSQL 16 CREATEROLE reaches every role but superusers.
      await stage.admin.applyAccount(spec);
      expect((await stage.admin.inspectAccount(spec.name, prefix)).unexpected).toEqual([]);
    } else {
      expect((await refusal(stage.admin.applyAccount(spec))).kind).toBe('access_refused');
    }
    await stage.admin.dropAccount(spec.name);
    expect((await stage.admin.inspectAccount(spec.name, prefix)).exists).toBe(false);
  });

  it('has no members, as an account could make for itself before PostgreSQL 15', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, tables: { salary: 'read' } });
    await stage.admin.applyAccount(spec);
    const account = stage.dialect.quote(spec.name);
    await stage.fixture.superuser(hr, `create role "Fri""end"; grant ${account} to "Fri""end"`);
    await stage.fixture.superuser(hr, `create role former createrole; grant ${account} to former`);
    const state = await stage.admin.inspectAccount(spec.name, prefix);
    expect(state.unexpected).toEqual(['Fri"end as a member']);
    if (major === 15) {
      expect((await stage.admin.applyAccount(spec)).actions).toEqual(['Fri"end is no member of it any more']);
      expect((await stage.admin.inspectAccount(spec.name, prefix)).unexpected).toEqual([]);
    } else {
      const { kind, message } = await refusal(stage.admin.applyAccount(spec));
      expect({ kind, message }).toEqual({ kind: 'access_refused', message: expect.stringContaining('Fri"end') });
    }
    await stage.admin.dropAccount(spec.name);
    expect((await stage.admin.inspectAccount(spec.name, prefix)).exists).toBe(false);
    await stage.fixture.superuser(hr, `drop role "Fri""end"; drop role former`);
  });

  it('brings a whole-database role back to its scope', async () => {
    const spec = stage.spec(stage.newAccountName(), { database: hr, whole: 'read' });
    await stage.admin.applyAccount(spec);
    const helper = (await stage.admin.listAccounts(prefix)).find((name) => name.includes(`r.${hr}.`));
    await stage.fixture.superuser(hr, `grant delete on public.title to ${stage.dialect.quote(helper ?? '')}`);
    expect((await stage.admin.inspectAccount(spec.name, prefix)).unexpected.join('\n')).toContain('DELETE on');
    await stage.admin.applyAccount(spec);
    expect((await stage.admin.inspectAccount(spec.name, prefix)).unexpected).toEqual([]);
    await stage.admin.dropAccount(spec.name);
    expect((await stage.admin.listAccounts(prefix)).filter((name) => name === helper)).toEqual([]);
  });

  it('leaves tables alone that are not the connecting user`s to grant, and says so', async () => {
    await stage.fixture.superuser(hr, 'create table public.foreign_to_us (id integer)');
    const name = stage.newAccountName();
    const explicit = stage.spec(name, { database: hr, tables: { foreign_to_us: 'read' } });
    const error = await refusal(stage.admin.applyAccount(explicit));
    expect(error).toMatchObject({ kind: 'access_refused', relation: { schema: 'public', name: 'foreign_to_us' } });
    const whole = stage.spec(name, { database: hr, whole: 'read' });
    const change = await stage.admin.applyAccount(whole);
    expect(change.missing).toEqual([`${hr}.public.foreign_to_us (not the connecting user's to grant)`]);
    const report = await stage.admin.checkCapabilities(prefix, [hr]);
    expect(report.canMakeAccounts).toBe(true);
    const advice = report.findings.find(({ key }) => key === 'not_owner');
    await stage.fixture.superuser(hr, advice?.sql?.replace(/;$/, '') ?? '');
    expect((await stage.admin.applyAccount(whole)).missing).toEqual([]);
    await stage.fixture.superuser(hr, 'revoke postgres from "tidegate ""owner"""');
    // What was granted while it was possible can no longer be taken back; the account goes all the same.
    const actions = await stage.admin.dropAccount(name);
    expect(actions.join('\n')).toContain('could not drop role');
    expect((await stage.admin.inspectAccount(name, prefix)).exists).toBe(false);
  });

  it('keeps only a verifier of the password', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    await stage.admin.enableLogin(account, 'a-secret-that-must-not-show');
    const stored = `select rolpassword from pg_authid where rolname = '${account}'`;
    expect(await text(stored)).toMatch(
      /^SCRAM-SHA-256\$4096:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$/,
    );
    await stage.admin.blockLogin(account);
    expect(await text(stored)).toBeNull();
    await stage.admin.dropAccount(account);
  });
});
