import type { Scope } from '@tidegate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { GrantAmendments } from './grant-amendments.ts';
import { GrantWorld, type Place, refusalOf, run, until } from './grant-test-kit.ts';

const engines: Readonly<Record<string, () => Promise<EngineFixture>>> = {
  'PostgreSQL 15': () => startPostgresFixture(15),
  'PostgreSQL 18': () => startPostgresFixture(18),
  'MariaDB 10.11': () => startFixture('mariadb', 'equipped'),
  'MySQL 9.7': () => startFixture('mysql', 'equipped'),
};

describe.each(Object.entries(engines))('a grant changed while in use on %s', (_name, start) => {
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

  const amend = <T>(people: readonly string[], work: (tx: Tx, amendments: GrantAmendments) => Promise<T>) =>
    world.grants.ledger.withChanging(people, (tx) => work(tx, world.grants.amendments));
  const inSeconds = async (seconds: number) => new Date((await world.grants.ledger.now()).getTime() + seconds * 1000);
  const tables = (...names: string[]): Scope => world.scopeOf({ on: hr, tables: names });
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  it('is extended: the session that is open goes on past the first end', async () => {
    const dev = await world.person('dev');
    const grantId = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: 60 });
    const session = await world.open(dev, hr);
    const expiresAt = await inSeconds(7200);
    expect(await amend([dev], (tx, on) => on.extendGrant(tx, { grantId, expiresAt, by: null }))).toBe(grantId);
    await world.settle();
    await world.shiftClock(3600);
    await world.grants.expiry.runOnce();
    await world.settle();
    expect(await run(session, 'select * from employee')).toHaveLength(2);
    expect(await run(await world.open(dev, hr), 'select * from employee')).toHaveLength(2);
    await world.shiftClock(7201);
    await world.grants.expiry.runOnce();
    await world.settle();
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    await world.shiftClock(0);
    expect((await world.grant(grantId)).end_kind).toBe('expired');
    expect(await world.auditKinds()).toContain('grant.extended');
  });

  it('is extended only to later, and only before its end', async () => {
    const dev = await world.person('dev');
    const grantId = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: 60 });
    const extend = (expiresAt: Date | null) =>
      codeOf(amend([dev], (tx, on) => on.extendGrant(tx, { grantId, expiresAt, by: null })));
    expect(await extend(await inSeconds(30))).toBe('grant.not_later');
    const { expires_at: end } = await world.grant(grantId);
    expect(await extend(end)).toBe('grant.not_later');
    await world.freeze(end);
    // Over, though nothing has latched it yet.
    expect(await extend(await inSeconds(600))).toBe('grant.not_active');
    await world.grants.expiry.runOnce();
    await world.freeze(null);
    expect(await extend(await inSeconds(600))).toBe('grant.not_active');
    expect((await world.grant(grantId)).expires_at).toEqual(end);
  });

  it('gets another table without a disconnection; both end with the first', async () => {
    const dev = await world.person('dev');
    const grantId = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: 600 });
    const session = await world.open(dev, hr);
    expect(await refusalOf(run(session, 'select * from salary'))).toBe('access_refused');
    const addition = { grantId, scope: tables('salary'), privileges: ['read'], reason: 'more', by: null } as const;
    const added = await amend([dev], (tx, on) => on.addToGrant(tx, addition));
    await world.settle();
    expect(await run(session, 'select * from salary')).toHaveLength(2);
    const [first, second] = [await world.grant(grantId), await world.grant(added)];
    expect([second.amends_grant_id, second.expires_at]).toEqual([grantId, first.expires_at]);
    // The end of the one is the end of the other, wherever the extension was asked for.
    const expiresAt = await inSeconds(1200);
    await amend([dev], (tx, on) => on.extendGrant(tx, { grantId: added, expiresAt, by: null }));
    expect([(await world.grant(grantId)).expires_at, (await world.grant(added)).expires_at]).toEqual([
      expiresAt,
      expiresAt,
    ]);
    await world.grants.service.end(grantId, { kind: 'given_back', by: dev });
    await world.settle();
    expect((await world.grant(added)).end_kind).toBe('given_back');
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('loses a table: what is left is another row, and the dropped table is closed at the server', async () => {
    const dev = await world.person('dev');
    const given = { to: { kind: 'person', id: dev }, on: hr, tables: ['employee', 'salary'] } as const;
    const grantId = await world.give(given);
    const session = await world.open(dev, hr);
    const reading = refusalOf(run(session, fixture.dialect.longRead('salary')));
    const left = await amend([dev], (tx, on) =>
      on.narrowGrant(tx, { grantId, scope: tables('employee'), by: null, note: 'enough' }),
    );
    await world.settle();
    expect(await reading).not.toBe('none');
    const again = await world.open(dev, hr);
    expect(await run(again, 'select * from employee')).toHaveLength(2);
    expect(await refusalOf(run(again, 'select * from salary'))).toBe('access_refused');
    const [ended, open] = [await world.grant(grantId), await world.grant(left)];
    expect([ended.end_kind, ended.end_note, ended.ended_at !== null]).toEqual(['narrowed', 'enough', true]);
    expect([open.replaces_grant_id, open.expires_at, open.closing_at]).toEqual([grantId, ended.expires_at, null]);
    expect((await world.steps(grantId)).map(({ step }) => step)).toEqual(['block', 'end', 'revoke', 'check']);
  });

  it('loses write and keeps read', async () => {
    const dev = await world.person('dev');
    const given = { to: { kind: 'person', id: dev }, on: hr, tables: ['title'] } as const;
    const grantId = await world.give({ ...given, privileges: ['read', 'write'] });
    const session = await world.open(dev, hr);
    await run(session, 'begin');
    await run(session, 'update title set amount = 99 where id = 1');
    await amend([dev], (tx, on) => on.narrowGrant(tx, { grantId, privileges: ['read'], by: null }));
    await world.settle();
    expect(await refusalOf(run(session, 'commit'))).not.toBe('none');
    const again = await world.open(dev, hr);
    expect(await run(again, 'select amount from title where id = 1')).toEqual([['10']]);
    expect(await refusalOf(run(again, 'update title set amount = 1'))).toBe('access_refused');
  });

  it('loses time without a disconnection, and ends then', async () => {
    const dev = await world.person('dev');
    const grantId = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: 3600 });
    const session = await world.open(dev, hr);
    const expiresAt = await inSeconds(60);
    expect(await amend([dev], (tx, on) => on.narrowGrant(tx, { grantId, expiresAt, by: null }))).toBe(grantId);
    await world.settle();
    expect(await run(session, 'select * from employee')).toHaveLength(2);
    await world.shiftClock(61);
    await world.grants.expiry.runOnce();
    await world.settle();
    await world.shiftClock(0);
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect((await world.grant(grantId)).end_kind).toBe('expired');
    expect(await world.auditKinds()).toContain('grant.shortened');
  });

  it('is never narrowed to more, to nothing, or after its end', async () => {
    const dev = await world.person('dev');
    const grantId = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const narrow = (what: object) =>
      codeOf(amend([dev], (tx, on) => on.narrowGrant(tx, { grantId, by: null, ...what })));
    expect(await narrow({ scope: tables('employee', 'salary') })).toBe('grant.not_narrower');
    expect(await narrow({ privileges: ['read', 'write'] })).toBe('grant.not_narrower');
    expect(await narrow({ expiresAt: await inSeconds(100_000) })).toBe('grant.not_narrower');
    expect(await narrow({})).toBe('grant.not_narrower');
    expect(await narrow({ privileges: [] })).toBe('grant.scope_empty');
    expect(await narrow({ expiresAt: await inSeconds(-1) })).toBe('member.expiry_invalid');
    expect((await world.grant(grantId)).closing_at).toBeNull();
    await world.end(grantId, [dev]);
    expect(await narrow({ expiresAt: await inSeconds(10) })).toBe('grant.not_active');
    expect(
      await codeOf(
        amend([dev], (tx, on) =>
          on.addToGrant(tx, { grantId, scope: tables('salary'), privileges: ['read'], reason: '', by: null }),
        ),
      ),
    ).toBe('grant.not_active');
  });

  it('once narrowed is meant by its first name, and keeps what was added to it', async () => {
    const dev = await world.person('dev');
    const given = { to: { kind: 'person', id: dev }, on: hr, tables: ['employee', 'salary'] } as const;
    const grantId = await world.give({ ...given, seconds: 600 });
    const scope = tables('title');
    const addition = { grantId, scope, privileges: ['read'], reason: '', by: null } as const;
    const added = await amend([dev], (tx, on) => on.addToGrant(tx, addition));
    const left = await amend([dev], (tx, on) => on.narrowGrant(tx, { grantId, scope: tables('employee'), by: null }));
    expect((await world.grant(added)).amends_grant_id).toBe(left);
    const expiresAt = await inSeconds(1200);
    expect(await amend([dev], (tx, on) => on.extendGrant(tx, { grantId, expiresAt, by: null }))).toBe(left);
    expect((await world.grant(added)).expires_at).toEqual(expiresAt);
    await world.grants.service.end(left, { kind: 'revoked', by: null });
    await world.settle();
    await until('the addition being closed too', async () => (await world.grant(added)).ended_at !== null);
  });
});

describe('narrowing on PostgreSQL', () => {
  it('ends the sessions of that database alone', async () => {
    const [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
    try {
      const instanceId = await world.instance(fixture);
      const projectId = await world.project('HR');
      const hr = await world.database(fixture, instanceId, projectId, ['employee', 'salary']);
      const crm = await world.database(fixture, instanceId, projectId, ['lead']);
      const dev = await world.person('dev');
      const items = [hr, crm].flatMap((on) => {
        const scope = world.scopeOf({ on });
        return scope.kind === 'items' ? scope.items : [];
      });
      const { ledger, amendments } = world.grants;
      const grantId = await ledger.withChanging([dev], async (tx) => {
        const startsAt = await ledger.now(tx);
        const what = { scope: { kind: 'items', items }, privileges: ['read'], reason: '', grantedBy: null } as const;
        const holder = { kind: 'person', id: dev } as const;
        return await ledger.createGrant(tx, {
          source: 'emergency',
          holder,
          projectId,
          ...what,
          startsAt,
          expiresAt: null,
        });
      });
      const [inHr, inCrm] = [await world.open(dev, hr), await world.open(dev, crm)];
      const employee = world.scopeOf({ on: hr, tables: ['employee'] });
      const kept = [...(employee.kind === 'items' ? employee.items : []), ...items.slice(1)];
      const scope: Scope = { kind: 'items', items: kept };
      await ledger.withChanging([dev], (tx) => amendments.narrowGrant(tx, { grantId, scope, by: null }));
      await world.settle();
      expect(await refusalOf(run(inHr, 'select 1'))).not.toBe('none');
      expect(await run(inCrm, 'select * from lead')).toHaveLength(2);
      const again = await world.open(dev, hr);
      expect(await run(again, 'select * from employee')).toHaveLength(2);
      expect(await refusalOf(run(again, 'select * from salary'))).toBe('access_refused');
    } finally {
      await world.close();
      await fixture.stop();
    }
  });
});
