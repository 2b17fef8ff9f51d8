import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, NoAccess, type Place, refusalOf, run, until } from './grant-test-kit.ts';

let world: GrantWorld;
let fixture: EngineFixture;
let hr: Place;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(18)]);
  // The server lives by local time.
  await fixture.superuser(
    '',
    `alter role ${fixture.dialect.quote(fixture.target.user)} set timezone to 'Europe/Berlin'`,
  );
  hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), ['employee', 'salary']);
});

afterEach(async () => {
  await world.freeze(null);
  await world.shiftClock(0);
});

afterAll(async () => {
  await world.close();
  await fixture.stop();
});

const give = (dev: string, seconds: number | null) =>
  world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds });

const opens = (dev: string) =>
  world.open(dev, hr).then(
    () => true,
    (error: unknown) => {
      if (error instanceof NoAccess) return false;
      throw error;
    },
  );

describe('a clock that is stepped forward', () => {
  it('ends at once what is over by it, sessions included, and only that', async () => {
    const [short, long] = [await world.person('short'), await world.person('long')];
    const [ending, staying] = [await give(short, 600), await give(long, 7200)];
    const [gone, kept] = [await world.open(short, hr), await world.open(long, hr)];
    await world.shiftClock(3600);
    await world.grants.expiry.runOnce();
    await world.settle();
    expect(await refusalOf(run(gone, 'select 1'))).not.toBe('none');
    expect(await world.atServer(short, hr)).toEqual({ accounts: [], sessions: 0 });
    expect((await world.grant(ending)).ended_at).not.toBeNull();
    expect((await world.grant(staying)).closing_at).toBeNull();
    expect(await run(kept, 'select * from employee')).toHaveLength(2);
  });
});

describe('the sweep', () => {
  it('finds no drift in access that has ended by time and that nobody has latched yet', async () => {
    const [ending, changed] = [await world.person('ending'), await world.person('changed')];
    const grant = await give(ending, 600);
    await give(changed, 7200);
    for (const dev of [ending, changed]) await world.open(dev, hr);
    const { instanceId } = hr;
    const [account] = await world.accountsOf(changed, instanceId);
    await fixture.owner(hr.name, `grant select on salary to "${account?.name}"`);
    await world.shiftClock(3600);
    await world.grants.sweeper.sweep();
    await world.settle();
    const found = await world.db.selectFrom('instance_finding').select('account_name').execute();
    expect(found).toEqual([{ account_name: account?.name }]);
    expect(await world.atServer(ending, hr)).toEqual({ accounts: [], sessions: 0 });
    await world.grants.expiry.runOnce();
    await world.settle();
    expect((await world.grant(grant)).ended_at).not.toBeNull();
  });
});

describe('a clock that is stepped back', () => {
  it('reopens nothing that has ended', async () => {
    const dev = await world.person('dev');
    const grant = await give(dev, 600);
    await world.open(dev, hr);
    await world.shiftClock(601);
    await world.grants.expiry.runOnce();
    // Not even while it is still being closed.
    await world.shiftClock(-86_400);
    expect(await opens(dev)).toBe(false);
    await world.settle();
    await world.grants.sweeper.sweep();
    await world.settle();
    expect(await opens(dev)).toBe(false);
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    expect((await world.grant(grant)).ended_at).not.toBeNull();
  });

  it('takes away what has not begun by it, until it begins', async () => {
    const dev = await world.person('dev');
    await world.shiftClock(3600);
    const grant = await give(dev, 600);
    const session = await world.open(dev, hr);
    await world.shiftClock(0);
    expect(await opens(dev)).toBe(false);
    await world.grants.sweeper.sweep();
    await world.settle();
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    await world.shiftClock(3600);
    expect(await opens(dev)).toBe(true);
    await world.end(grant, [dev]);
    await world.settle();
  });

  it('records ends in the order in which they came', async () => {
    const dev = await world.person('dev');
    const grant = await give(dev, null);
    await world.open(dev, hr);
    await world.end(grant, [dev]);
    await world.shiftClock(-3600);
    await world.settle();
    const steps = (await world.steps(grant)).map(({ step }) => step);
    expect(steps).toEqual(['block', 'end', 'drop', 'check']);
    expect((await world.grant(grant)).ended_at).not.toBeNull();
  });
});

describe.each([
  ['spring', '2030-03-31T00:30:00.000Z'],
  ['autumn', '2030-10-27T00:30:00.000Z'],
])('an hour across the change to and from daylight saving, in %s', (_, begins) => {
  it('is an hour, also at a server that lives by local time', async () => {
    const start = new Date(begins).getTime();
    const dev = await world.person('dev');
    await world.freeze(new Date(start));
    const grant = await give(dev, 3600);
    await world.open(dev, hr);
    const look = async (at: number) => {
      await world.freeze(new Date(at));
      await world.grants.expiry.runOnce();
      return (await world.grant(grant)).closing_at === null;
    };
    expect(await look(start + 3_599_999)).toBe(true);
    expect(await look(start + 3_600_000)).toBe(false);
    await world.settle();
  });
});

describe('grants of one second', () => {
  it('give it and take it away, each within its own time', async () => {
    const own = await GrantWorld.open();
    try {
      const place = await own.database(fixture, await own.instance(fixture), await own.project('HR'), ['employee']);
      own.grants.start();
      const people = await Promise.all(Array.from({ length: 8 }, () => own.person('dev')));
      const grants = await Promise.all(
        people.map((dev) => own.give({ to: { kind: 'person', id: dev }, on: place, tables: ['employee'], seconds: 1 })),
      );
      // Some come in, some are too late: nobody stays.
      const sessions = await Promise.all(people.map((dev) => own.open(dev, place).catch(() => null)));
      await until('all of them being closed', async () => {
        const rows = await Promise.all(grants.map((id) => own.grant(id)));
        return rows.every((row) => row.ended_at !== null);
      });
      for (const id of grants) {
        const { closing_at: closingAt, expires_at: expiresAt, starts_at: startsAt } = await own.grant(id);
        expect((expiresAt?.getTime() ?? 0) - startsAt.getTime()).toBe(1000);
        expect(closingAt?.getTime()).toBeGreaterThanOrEqual(expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
      }
      for (const session of sessions) {
        if (session !== null) expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
      }
      for (const dev of people) expect(await own.atServer(dev, place)).toEqual({ accounts: [], sessions: 0 });
    } finally {
      await own.close();
    }
  });
});
