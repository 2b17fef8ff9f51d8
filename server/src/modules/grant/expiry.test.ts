import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, NoAccess, type Place, refusalOf, run, until } from './grant-test-kit.ts';

let world: GrantWorld;
let fixture: EngineFixture;
let hr: Place;
let projectId: string;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  projectId = await world.project('HR');
  hr = await world.database(fixture, await world.instance(fixture), projectId, ['employee', 'salary']);
});

afterAll(async () => {
  await world.close();
  await fixture.stop();
});

describe('the time of a grant', () => {
  it('includes its first instant and excludes its last', async () => {
    const noon = new Date('2030-05-01T12:00:00Z');
    const dev = await world.person('dev');
    await world.freeze(noon);
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: 1 });
    const { ledger, expiry } = world.grants;
    const look = async (at: string) => {
      await world.freeze(new Date(at));
      await expiry.runOnce();
      const access = await ledger.accessOn(world.db, dev, hr.databaseId);
      return [access.can('read', 'public', 'employee'), (await world.grant(grant)).closing_at !== null];
    };
    expect(await look('2030-05-01T11:59:59.999Z')).toEqual([false, false]);
    expect(await look('2030-05-01T12:00:00.000Z')).toEqual([true, false]);
    expect(await look('2030-05-01T12:00:00.999Z')).toEqual([true, false]);
    expect(await look('2030-05-01T12:00:01.000Z')).toEqual([false, true]);
    // The end latches: a clock that is stepped back reopens nothing.
    expect(await look('2030-05-01T12:00:00.500Z')).toEqual([false, true]);
    await world.freeze(null);
    await world.settle();
    expect((await world.grant(grant)).end_kind).toBe('expired');
  });

  it('is over for whoever opens at its end, also before anything has latched it', async () => {
    const dev = await world.person('dev');
    await world.freeze(new Date('2031-01-01T00:00:00Z'));
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: 60 });
    await world.freeze(new Date('2031-01-01T00:01:00Z'));
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
    await world.freeze(null);
  });

  it('that begins later reaches an account that exists, and its open session, when it begins', async () => {
    const dev = await world.person('dev');
    await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    const { ledger, expiry } = world.grants;
    const startsAt = new Date(Date.now() + 1_800_000);
    await ledger.withChanging([dev], (tx) =>
      ledger.createGrant(tx, {
        ...{ source: 'emergency', holder: { kind: 'person', id: dev }, projectId, privileges: ['read'] },
        ...{ scope: world.scopeOf({ on: hr, tables: ['salary'] }), reason: 'later', grantedBy: null, startsAt },
        expiresAt: new Date(startsAt.getTime() + 3_600_000),
      }),
    );
    await expiry.runOnce();
    await world.settle();
    expect(await refusalOf(run(session, 'select * from salary'))).not.toBe('none');
    await world.freeze(startsAt);
    await expiry.runOnce();
    await world.settle();
    expect(await run(session, 'select * from salary')).toHaveLength(2);
    await world.freeze(null);
  });

  it('cannot end before it begins', async () => {
    const dev = await world.person('dev');
    const given = { to: { kind: 'person', id: dev } as const, on: hr };
    await expect(world.give({ ...given, seconds: 0 })).rejects.toMatchObject({ code: 'member.expiry_invalid' });
    await expect(world.give({ ...given, seconds: -1 })).rejects.toMatchObject({ code: 'member.expiry_invalid' });
  });

  it('is kept by workers that sleep until it comes, with a statement running', async () => {
    const own = await GrantWorld.open();
    try {
      const project = await own.project('HR');
      const place = await own.database(fixture, await own.instance(fixture), project, ['employee']);
      own.grants.start();
      const dev = await own.person('dev');
      const grant = await own.give({ to: { kind: 'person', id: dev }, on: place, tables: ['employee'], seconds: 2 });
      const session = await own.open(dev, place);
      const reading = refusalOf(run(session, fixture.dialect.longRead('employee')));
      await until('the grant being closed', async () => (await own.grant(grant)).ended_at !== null);
      expect(await reading).not.toBe('none');
      const { expires_at: expiresAt, closing_at: closingAt, ended_at: endedAt } = await own.grant(grant);
      expect(closingAt?.getTime()).toBeGreaterThanOrEqual(expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
      expect(endedAt?.getTime()).toBeGreaterThanOrEqual(closingAt?.getTime() ?? Number.POSITIVE_INFINITY);
      expect(await own.atServer(dev, place)).toEqual({ accounts: [], sessions: 0 });
      const kinds = (await own.auditKinds()).filter((kind) => kind.startsWith('grant.'));
      expect(kinds).toEqual(['grant.created', 'grant.closing', 'grant.closed']);
    } finally {
      await own.close();
    }
  });

  it('ends memberships with everything that stood on them', async () => {
    const dev = await world.person('dev');
    const now = await world.grants.ledger.now();
    const memberId = await world.member(projectId, dev, 'project_owner', new Date(now.getTime() + 60_000));
    await world.grants.ledger.withOpening(dev, (tx) => world.grants.ledger.openRoleGrant(tx, dev, hr.databaseId));
    const session = await world.open(dev, hr);
    expect(await run(session, 'select * from salary')).toHaveLength(2);
    await world.shiftClock(61);
    await world.grants.expiry.runOnce();
    await world.settle();
    await world.shiftClock(0);
    expect(await world.db.selectFrom('project_member').where('id', '=', memberId).select('id').execute()).toEqual([]);
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    const rows = await world.db.selectFrom('access_grant').where('person_id', '=', dev).selectAll().execute();
    expect(rows.map((row) => [row.source, row.end_kind, row.ended_at !== null])).toEqual([['role', 'role_lost', true]]);
    expect(await world.auditKinds()).toContain('member.expired');
  });
});

describe('reading by role', () => {
  it('gives one row an hour long that is renewed while it is used', async () => {
    const ada = await world.person('Ada', ['workspace_admin']);
    const { ledger } = world.grants;
    const use = () => ledger.withOpening(ada, (tx) => ledger.openRoleGrant(tx, ada, hr.databaseId));
    const rows = () => world.db.selectFrom('access_grant').where('person_id', '=', ada).selectAll().execute();
    await world.freeze(new Date('2032-01-01T08:00:00Z'));
    expect(await Promise.all([use(), use(), use(), use()])).toEqual([true, true, true, true]);
    expect((await rows()).map((row) => row.expires_at?.toISOString())).toEqual(['2032-01-01T09:00:00.000Z']);
    await world.freeze(new Date('2032-01-01T08:30:00Z'));
    await use();
    expect((await rows()).map((row) => row.expires_at?.toISOString())).toEqual(['2032-01-01T09:30:00.000Z']);
    // An hour unused: the row has ended, and the next use makes another.
    await world.freeze(new Date('2032-01-01T09:30:00Z'));
    await use();
    expect(await rows()).toHaveLength(2);
    await world.freeze(null);
  });

  it('is refused where the environment forbids it, and to those who do not administer', async () => {
    const ada = await world.person('Ada', ['workspace_admin']);
    const dev = await world.person('dev', ['project_developer']);
    const { ledger } = world.grants;
    const use = (personId: string) =>
      ledger.withOpening(personId, (tx) => ledger.openRoleGrant(tx, personId, hr.databaseId));
    expect(await use(dev)).toBe(false);
    await world.db.updateTable('environment').set({ allows_read_by_role: false }).execute();
    expect(await use(ada)).toBe(false);
    await world.db.updateTable('environment').set({ allows_read_by_role: true }).execute();
  });
});

describe('what the store itself keeps', () => {
  const refused = async (statement: Promise<unknown>) =>
    await statement.then(
      () => 'none',
      (error: { constraint?: string }) => error.constraint,
    );

  it('never lets an end be moved, taken back, or passed over', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const set = (change: ReturnType<typeof sql>) =>
      refused(sql`update tidegate.access_grant set ${change} where id = ${grant}`.execute(world.db));
    expect(await set(sql`ended_at = now()`)).toBe('access_grant_ended_after_closing');
    expect(await set(sql`closing_at = now()`)).toBe('access_grant_closing_has_kind');
    await world.end(grant, [dev]);
    expect(await set(sql`closing_at = null, end_kind = null`)).toBe('access_grant_end_latches');
    expect(await set(sql`closing_at = now() + interval '1 hour'`)).toBe('access_grant_end_latches');
    await world.settle();
    expect(await set(sql`ended_at = null`)).toBe('access_grant_end_latches');
  });

  it('never lets a row give something else than what was granted', async () => {
    const dev = await world.person('dev');
    const other = await world.person('other');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const set = (change: ReturnType<typeof sql>) =>
      refused(sql`update tidegate.access_grant set ${change} where id = ${grant}`.execute(world.db));
    expect(await set(sql`privileges = array['read', 'write']`)).toBe('access_grant_fixed');
    expect(await set(sql`person_id = ${other}`)).toBe('access_grant_fixed');
    expect(await set(sql`covers_all_databases = true`)).toBe('access_grant_fixed');
    expect(await set(sql`starts_at = starts_at - interval '1 day'`)).toBe('access_grant_fixed');
  });

  it('never lets the record of a closure be changed', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    await world.end(grant, [dev]);
    await world.settle();
    const change = sql`update tidegate.closure_step set summary = 'nothing' where grant_id = ${grant}`;
    await expect(change.execute(world.db)).rejects.toThrow('closure_step is append-only');
    await expect(sql`delete from tidegate.closure_step where grant_id = ${grant}`.execute(world.db)).rejects.toThrow(
      'closure_step is append-only',
    );
  });

  it('latches the end of a grant once, and says so to the second who ends it', async () => {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const { ledger } = world.grants;
    const end = () => ledger.withChanging([dev], (tx) => ledger.endGrants(tx, [grant], { kind: 'revoked', by: null }));
    const outcomes = await Promise.all([end(), end()]);
    expect(outcomes.map((ids) => ids.length).toSorted()).toEqual([0, 1]);
  });
});
