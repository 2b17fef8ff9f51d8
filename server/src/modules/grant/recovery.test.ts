import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { startAuditLog } from '../audit/index.ts';
import { accountPrefix, installationId } from '../inventory/index.ts';
import { GrantWorld, type Place, refusalOf, run, until } from './grant-test-kit.ts';
import { tellOverdue } from './overdue-closures.ts';

let world: GrantWorld;
let fixture: EngineFixture;
let instanceId: string;
let hr: Place;
let other: Place;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  instanceId = await world.instance(fixture);
  const projectId = await world.project('HR');
  hr = await world.database(fixture, instanceId, projectId, ['employee', 'salary']);
  other = await world.database(fixture, instanceId, projectId, ['title']);
});

afterAll(async () => {
  await world.close();
  await fixture.stop();
});

const findingsOf = async (account = '') =>
  await world.db.selectFrom('instance_finding').where('account_name', '=', account).selectAll().orderBy('id').execute();

const setPort = async (port: number) => {
  await world.db.updateTable('instance').set({ port }).where('id', '=', instanceId).execute();
};

describe('a server that cannot be reached', () => {
  afterEach(() => setPort(fixture.target.port));

  it('keeps a grant closing, and on record as such, until it can be reached again', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    await setPort(1);
    await world.end(grant, [dev]);
    await world.settle();
    const closing = await world.grant(grant);
    expect([closing.closing_at !== null, closing.ended_at]).toEqual([true, null]);
    expect((await world.steps(grant)).map(({ step, ok }) => [step, ok])).toEqual([['check', false]]);
    expect((await world.auditKinds()).filter((kind) => kind === 'closure.failed')).toHaveLength(1);
    expect(await run(session, 'select * from employee')).toHaveLength(2);

    await setPort(fixture.target.port);
    // The next attempt comes by itself, with back-off.
    await until('the grant being closed', async () => (await world.grant(grant)).ended_at !== null);
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    const record = (await world.steps(grant)).map(({ step, ok }) => [step, ok]);
    expect(record.slice(1)).toEqual([
      ['block', true],
      ['end', true],
      ['drop', true],
      ['check', true],
    ]);
    expect((await world.auditKinds()).filter((kind) => kind === 'closure.failed')).toHaveLength(1);
  });

  it('is told once, to those who administer, when a closure is overdue', async () => {
    const [dev, ada, olga] = [
      await world.person('dev'),
      await world.person('Ada', ['workspace_admin']),
      await world.person('Olga', ['workspace_auditor']),
    ];
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    await world.open(dev, hr);
    await setPort(1);
    await world.end(grant, [dev]);
    await world.settle();
    const overdue = () =>
      world.db.selectFrom('audit_event').where('kind', '=', 'closure.overdue').select('grant_id').execute();
    expect(await overdue()).toEqual([]);
    await world.shiftClock(11);
    await until('the overdue closure on record', async () => (await overdue()).length > 0);
    const failures = async () =>
      (await world.db.selectFrom('database_account').select('attempts').execute()).map((row) => row.attempts);
    const before = Math.max(...(await failures()));
    await until('another failure', async () => Math.max(...(await failures())) > before);
    expect(await overdue()).toEqual([{ grant_id: grant }]);
    const { rows } = await sql<{ people: string[]; sentence: string }>`
      select person_ids as people, sentence from tidegate.notice_outbox where kind = 'grant.overdue'`.execute(world.db);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.people).toContain(ada);
    for (const other of [dev, olga]) expect(rows[0]?.people).not.toContain(other);
    expect(rows[0]?.sentence).toMatch(/^The access of dev.* has ended and is not closed yet, because .* could not be/);
    await setPort(fixture.target.port);
    await until('the grant being closed', async () => (await world.grant(grant)).ended_at !== null);
    await world.shiftClock(0);
  });

  it('is told once also when two instances of a grant fail at the same instant', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    await world.open(dev, hr);
    await setPort(1);
    await world.end(grant, [dev]);
    await world.shiftClock(11);
    const audit = await startAuditLog(world.db);
    const tell = (tx: Tx) => tellOverdue(tx, audit, [grant], { instanceId, instance: 'One', error: 'refused' });
    const { promise: toldFirst, resolve: firstIsTold } = Promise.withResolvers<void>();
    const { promise: mayCommit, resolve: commitFirst } = Promise.withResolvers<void>();
    onTestFinished(() => commitFirst());
    const first = world.db.transaction().execute(async (tx) => {
      await tell(tx);
      firstIsTold();
      await mayCommit;
    });
    await toldFirst;
    let isOver = false;
    const second = world.db.transaction().execute(tell);
    void second.finally(() => (isOver = true));
    await until('the second to wait, or to be over', async () => {
      const { rows } = await sql`select from pg_locks where locktype = 'advisory' and not granted`.execute(world.db);
      return isOver || rows.length > 0;
    });
    commitFirst();
    await Promise.all([first, second]);
    const told = await world.db
      .selectFrom('audit_event')
      .where('grant_id', '=', grant)
      .where('kind', '=', 'closure.overdue')
      .select('grant_id')
      .execute();
    expect(told).toHaveLength(1);
    await setPort(fixture.target.port);
    await world.settle();
    expect((await world.grant(grant)).ended_at).not.toBeNull();
    await world.shiftClock(0);
  });

  it('refuses to open, and leaves nothing that would open later', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    await setPort(1);
    expect(await refusalOf(world.open(dev, hr))).toBe('refused');
    await world.end(grant, [dev]);
    await setPort(fixture.target.port);
    await world.settle();
    await until('the grant being closed', async () => (await world.grant(grant)).ended_at !== null);
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });
});

describe('work that stops in the middle', () => {
  it('is finished by another process, sessions included, though the privilege is gone already', async () => {
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    const grant = await world.give({ to, on: hr, tables: ['employee'] });
    await world.give({ to, on: other, tables: ['title'] });
    const [session, kept] = [await world.open(dev, hr), await world.open(dev, other)];
    // It stopped after the privilege was taken away and before the sessions that had come in between were ended.
    await world.end(grant, [dev]);
    await world.db
      .updateTable('database_account')
      .set({ reduced_databases: [hr.name] })
      .where('person_id', '=', dev)
      .execute();
    const [account] = await world.accountsOf(dev, instanceId);
    await fixture.owner(hr.name, `revoke all on employee from "${account?.name}"`);
    const finisher = await GrantWorld.open(world.store);
    try {
      await finisher.settle();
    } finally {
      await finisher.close(true);
    }
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect(await run(kept, 'select * from title')).toHaveLength(2);
    expect((await world.grant(grant)).ended_at).not.toBeNull();
  });

  it('makes a new password when access comes back after the login was blocked', async () => {
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    await world.give({ to, on: hr, tables: ['employee'] });
    await world.open(dev, hr);
    const [account] = await world.accountsOf(dev, instanceId);
    await fixture.owner(hr.name, `alter role "${account?.name}" nologin`);
    await world.give({ to, on: hr, tables: ['salary'] });
    const session = await world.open(dev, hr);
    expect(await run(session, 'select * from salary')).toHaveLength(2);
  });
});

describe('an end that comes while the account is going already', () => {
  const twoGrants = async (dev: string) => {
    const to = { kind: 'person', id: dev } as const;
    const first = await world.give({ to, on: hr, tables: ['employee'], seconds: 60 });
    const second = await world.give({ to, on: hr, tables: ['salary'], seconds: 61 });
    await world.open(dev, hr);
    return { first, second };
  };

  it('is closed with the account that the other end took away', async () => {
    const dev = await world.person('dev');
    const { first, second } = await twoGrants(dev);
    await world.shiftClock(61);
    await world.end(first, [dev]);
    let settled = Promise.resolve();
    await world.db.transaction().execute(async (tx) => {
      // The account is dropped and waits to be recorded as such.
      await sql`select from tidegate.closure_target where grant_id = ${first} for update`.execute(tx);
      settled = world.settle();
      await world.someoneWaits();
      await world.grants.expiry.runOnce();
    });
    await settled;
    await world.settle();
    await world.shiftClock(0);
    for (const id of [first, second]) expect((await world.grant(id)).ended_at).not.toBeNull();
    expect((await world.steps(first)).map(({ step }) => step)).toEqual(['block', 'end', 'drop', 'check']);
    const [account] = await world.accountsOf(dev, instanceId);
    expect(await world.steps(second)).toEqual([
      {
        step: 'check',
        ok: true,
        summary: `${account?.name} had been dropped with an earlier end: no session, no privilege, no login.`,
      },
    ]);
  });

  it('is closed when the account has gone before it was latched', async () => {
    const dev = await world.person('dev');
    const { first, second } = await twoGrants(dev);
    await world.shiftClock(61);
    await world.end(first, [dev]);
    await world.settle();
    await world.grants.expiry.runOnce();
    await world.settle();
    await world.shiftClock(0);
    for (const id of [first, second]) expect((await world.grant(id)).ended_at).not.toBeNull();
    expect((await world.steps(second)).map(({ summary }) => summary)).toEqual([
      'No database account holds anything of this grant, so none had to be ended.',
    ]);
  });
});

describe('a server that broke our connections', () => {
  it('is swept as soon as it answers again: what it brought back is dropped', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    await world.open(dev, hr);
    await world.end(grant, [dev]);
    await world.settle();
    const [account] = await world.accountsOf(dev, instanceId);
    expect(account?.state).toBe('dropped');

    // As a replica does that lagged behind and is the writer now.
    await fixture.owner('', `create role "${account?.name}" login`);
    await fixture.superuser(
      '',
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'Tidegate' and usename <> user`,
    );
    await until('the account being gone again', async () => {
      const { accounts } = await world.atServer(dev, hr);
      return accounts.length === 0;
    });
  });
});

describe('the sweep', () => {
  it('takes away what was granted by hand, ends the sessions that had it, and puts it on record', async () => {
    const dev = await world.person('dev');
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    const [account] = await world.accountsOf(dev, instanceId);
    await fixture.owner(hr.name, `grant select on salary to "${account?.name}"`);
    await world.grants.sweeper.sweep();
    await world.settle();
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    const next = await world.open(dev, hr);
    expect(await refusalOf(run(next, 'select * from salary'))).toBe('access_refused');
    expect(await world.auditKinds()).toContain('account.reduced');
    expect(await findingsOf(account?.name)).toMatchObject([
      {
        kind: 'drift',
        what: expect.stringContaining('read on public.salary'),
        action: expect.stringMatching(/Ended 1 session.* lost read on public.salary/s),
      },
    ]);
  });

  it('tells the one who was changed from the many who were not, and brings only him in line', async () => {
    const devs = await Promise.all(Array.from({ length: 12 }, (_, n) => world.person(`dev ${n}`)));
    for (const dev of devs) {
      await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
      await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee', 'salary'] });
    }
    const sessions = await Promise.all(devs.map((dev) => world.open(dev, hr)));
    const accounts = await Promise.all(
      devs.map(async (dev) => (await world.accountsOf(dev, instanceId))[0]?.name ?? ''),
    );
    await fixture.owner(hr.name, `grant insert on employee to "${accounts[5]}"`);
    await fixture.superuser(hr.name, `drop owned by "${accounts[9]}"`);
    await world.grants.sweeper.sweep();
    await world.settle();
    const findings = await Promise.all(accounts.map(async (account) => (await findingsOf(account)).length));
    expect(findings).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
    for (const [n, session] of sessions.entries()) {
      if (n === 5) expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
      else if (n !== 9) expect(await run(session, 'select * from salary')).toHaveLength(2);
    }
  });

  it('tells what an account owns, once, and that it went with the account', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    await run(session, 'select lo_create(0)');
    const [account] = await world.accountsOf(dev, instanceId);
    await world.grants.sweeper.sweep();
    await world.grants.sweeper.sweep();
    const owned = { kind: 'owned', what: expect.stringContaining('owns large object') };
    expect(await findingsOf(account?.name)).toMatchObject([{ ...owned, action: null }]);
    await world.end(grant, [dev]);
    await world.settle();
    expect(await findingsOf(account?.name)).toMatchObject([{ ...owned, action: expect.stringContaining('dropped') }]);
  });

  it('gives back what was taken away by hand, and disconnects nobody', async () => {
    const dev = await world.person('dev');
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    const [account] = await world.accountsOf(dev, instanceId);
    await fixture.owner(hr.name, `revoke select on employee from "${account?.name}"`);
    expect(await refusalOf(run(session, 'select * from employee'))).toBe('access_refused');
    await world.grants.sweeper.sweep();
    await world.settle();
    expect(await run(session, 'select * from employee')).toHaveLength(2);
  });

  it('leaves alone what is in line', async () => {
    const dev = await world.person('dev');
    await world.give({ to: { kind: 'person', id: dev }, on: hr });
    const session = await world.open(dev, hr);
    const before = await world.auditKinds();
    await world.grants.sweeper.sweep();
    const dirty = await world.db
      .selectFrom('database_account')
      .where('dirty_at', 'is not', null)
      .select('id')
      .execute();
    expect(dirty).toEqual([]);
    expect(await world.auditKinds()).toEqual(before);
    expect(await run(session, 'select * from employee')).toHaveLength(2);
  });

  it('drops what carries our prefix and nobody knows, and never what carries another', async () => {
    const { short_id: shortId } = await world.db
      .selectFrom('instance')
      .where('id', '=', instanceId)
      .select('short_id')
      .executeTakeFirstOrThrow();
    const installation = await installationId(world.db);
    const orphan = `${accountPrefix(installation, shortId)}dev_abc123`;
    const foreign = [`${accountPrefix('zzzz', shortId)}dev_abc123`, `${accountPrefix(installation, 'zzzz')}dev_abc123`];
    for (const name of [orphan, ...foreign]) await fixture.owner('', `create role "${name}" login`);
    await world.grants.sweeper.sweep();
    const rows = await fixture.superuser(
      '',
      `select rolname from pg_roles where rolname like '%dev\\_abc123' order by 1`,
    );
    expect(rows.map(([name]) => name)).toEqual(foreign.toSorted());
    expect(await world.auditKinds()).toContain('account.orphan_dropped');
  });
});

describe('many openings at once', () => {
  it('do not starve the store of connections', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => world.person(`dev ${randomUUID().slice(0, 4)}`)));
    await Promise.all(
      people.map((dev) => world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] })),
    );
    const sessions = await Promise.all(people.map((dev) => world.open(dev, hr)));
    for (const session of sessions) expect(await run(session, 'select * from employee')).toHaveLength(2);
  });
});
