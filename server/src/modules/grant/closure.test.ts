import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, NoAccess, type Place, refusalOf, run, until } from './grant-test-kit.ts';

const engines: Readonly<Record<string, () => Promise<EngineFixture>>> = {
  'PostgreSQL 15': () => startPostgresFixture(15),
  'MariaDB 10.11': () => startFixture('mariadb', 'equipped'),
  'MariaDB 10.11 with few rights': () => startFixture('mariadb', 'modest'),
  'MySQL 9.7': () => startFixture('mysql', 'equipped'),
};

describe.each(Object.entries(engines))('the end of a grant on %s', (name, start) => {
  let world: GrantWorld;
  let fixture: EngineFixture;
  let instanceId: string;
  let projectId: string;
  let hr: Place;

  beforeAll(async () => {
    [world, fixture] = await Promise.all([GrantWorld.open(), start()]);
    instanceId = await world.instance(fixture);
    projectId = await world.project('HR');
    hr = await world.database(fixture, instanceId, projectId, ['employee', 'salary', 'title']);
  });

  afterAll(async () => {
    await world.close();
    await fixture.stop();
  });

  it('lets the holder read exactly what was granted, and nothing once it was revoked', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    expect(await run(session, 'select amount from employee order by id')).toEqual([['10'], ['20']]);
    expect(await refusalOf(run(session, 'select * from salary'))).toBe('access_refused');
    expect(await refusalOf(run(session, 'update employee set amount = 0'))).toBe('access_refused');

    await world.end(grant, [dev]);
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
    await world.settle();
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    expect((await world.grant(grant)).ended_at).not.toBeNull();
    expect((await world.steps(grant)).map(({ step, ok }) => [step, ok])).toEqual([
      ['block', true],
      ['end', true],
      ['drop', true],
      ['check', true],
    ]);
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
  });

  it('ends a long update, and what it had changed is gone', async () => {
    const dev = await world.person('dev');
    const given = { to: { kind: 'person', id: dev }, on: hr, tables: ['salary'] } as const;
    const grant = await world.give({ ...given, privileges: ['read', 'write'] });
    const session = await world.open(dev, hr);
    const updating = refusalOf(run(session, fixture.dialect.longUpdate('salary')));
    const [account] = await world.accountsOf(dev, instanceId);
    await until('the update running', async () => {
      const rows = await fixture.superuser('', fixture.dialect.sessionsOf(account?.name ?? ''));
      return rows.some(([, statement]) => statement?.includes('update') === true);
    });
    await world.end(grant, [dev]);
    await world.settle();
    expect(await updating).not.toBe('none');
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    // Rolled back, and its locks let go.
    expect(await fixture.owner(hr.name, fixture.dialect.lockRowsNow('salary'))).toHaveLength(2);
    expect(await fixture.owner(hr.name, 'select amount from salary where id = 1')).toEqual([['10']]);
    const ended = (await world.steps(grant)).find(({ step }) => step === 'end');
    expect(ended?.summary).toContain('update');
  });

  it('ends a transaction that is idle with locks', async () => {
    const dev = await world.person('dev');
    const given = { to: { kind: 'person', id: dev }, on: hr, tables: ['title'] } as const;
    const grant = await world.give({ ...given, privileges: ['read', 'write'] });
    const session = await world.open(dev, hr);
    await run(session, 'begin');
    await run(session, 'update title set amount = 99 where id = 1');
    await world.end(grant, [dev]);
    await world.settle();
    expect(await fixture.owner(hr.name, fixture.dialect.lockRowsNow('title'))).toHaveLength(2);
    expect(await fixture.owner(hr.name, 'select amount from title where id = 1')).toEqual([['10']]);
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  // MariaDB and MySQL have cursors inside routines only.
  if (name.startsWith('PostgreSQL'))
    it('ends an open cursor', async () => {
      const { cursor } = fixture.dialect;
      if (cursor === null) throw new Error('PostgreSQL has cursors.');
      const dev = await world.person('dev');
      const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['title'] });
      const session = await world.open(dev, hr);
      for (const statement of cursor.open('title')) await run(session, statement);
      expect(await run(session, cursor.fetch)).toHaveLength(1);
      await world.end(grant, [dev]);
      await world.settle();
      expect(await refusalOf(run(session, cursor.fetch))).not.toBe('none');
      expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    });

  // On PostgreSQL a session reaches no other database.
  if (!name.startsWith('PostgreSQL'))
    it('ends what is at work there from another database', async () => {
      const dev = await world.person('dev');
      const to = { kind: 'person', id: dev } as const;
      const other = await world.database(fixture, instanceId, projectId, ['department']);
      await world.give({ to, on: other, tables: ['department'] });
      const lost = await world.give({ to, on: hr, tables: ['salary'], privileges: ['write'] });
      const session = await world.open(dev, other);
      const { dialect } = fixture;
      const updating = refusalOf(run(session, dialect.longUpdate(`${dialect.quote(hr.name)}.salary`)));
      const [account] = await world.accountsOf(dev, instanceId);
      await until('the update running', async () => {
        const rows = await fixture.superuser('', dialect.sessionsOf(account?.name ?? ''));
        return rows.some(([, statement]) => statement?.includes('update') === true);
      });
      await world.end(lost, [dev]);
      await world.settle();
      expect(await updating).not.toBe('none');
      expect(await fixture.owner(hr.name, dialect.lockRowsNow('salary'))).toHaveLength(2);
      const next = await world.open(dev, other);
      expect(await run(next, 'select * from department')).toHaveLength(2);
    });

  it('takes away only what no other grant explains, and keeps the account', async () => {
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    const both = await world.give({ to, on: hr, tables: ['employee', 'salary'] });
    const kept = await world.give({ to, on: hr, tables: ['salary', 'title'] });
    const session = await world.open(dev, hr);
    await run(session, 'select * from employee');
    await world.end(both, [dev]);
    await world.settle();
    // What was taken away ends the sessions of that database; what is left opens again.
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    const next = await world.open(dev, hr);
    expect(await refusalOf(run(next, 'select * from employee'))).toBe('access_refused');
    expect(await run(next, 'select amount from salary order by id')).toHaveLength(2);
    expect((await world.steps(both)).map(({ step }) => step)).toEqual(['block', 'end', 'revoke', 'check']);
    expect((await world.steps(both))[2]?.summary).toContain('employee');
    expect((await world.grant(kept)).closing_at).toBeNull();
  });

  it('disconnects nobody when access is added', async () => {
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    await world.give({ to, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    expect(await refusalOf(run(session, 'select * from salary'))).toBe('access_refused');
    await world.give({ to, on: hr, tables: ['salary'] });
    await world.settle();
    expect(await run(session, 'select * from salary')).toHaveLength(2);
  });

  it('closes at once, and says so, where no account was ever made', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    await world.end(grant, [dev]);
    await world.settle();
    expect((await world.grant(grant)).ended_at).not.toBeNull();
    expect((await world.steps(grant)).map(({ summary }) => summary)).toEqual([
      'No database account holds anything of this grant, so none had to be ended.',
    ]);
  });

  it('gives whole databases also for later tables, and takes them away whole', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr });
    const session = await world.open(dev, hr);
    expect(await run(session, 'select * from title')).toHaveLength(2);
    await world.end(grant, [dev]);
    await world.settle();
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('lets several sessions of one person open at once with one account', async () => {
    const dev = await world.person('dev');
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const sessions = await Promise.all(Array.from({ length: 12 }, () => world.open(dev, hr)));
    for (const session of sessions) expect(await run(session, 'select * from employee')).toHaveLength(2);
    expect(await world.accountsOf(dev, instanceId)).toHaveLength(1);
  });
});
