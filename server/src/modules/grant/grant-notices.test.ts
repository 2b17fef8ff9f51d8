import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place } from './grant-test-kit.ts';

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

/** What was written for a person, oldest first. */
async function told(personId: string): Promise<{ kind: string; sentence: string; detail: string | null }[]> {
  const query = world.db.selectFrom('notice_outbox').where((eb) => eb(eb.val(personId), '=', eb.fn.any('person_ids')));
  return await query.select(['kind', 'sentence', 'detail']).orderBy('at').execute();
}
const kindsTold = async (personId: string) => (await told(personId)).map(({ kind }) => kind);
const holder = (id: string) => ({ kind: 'person', id }) as const;

describe('holders are told', () => {
  it.each([
    ['an hour', 3600, 361, 359, 'In 6 minutes your access ends'],
    ['8 hours', 8 * 3600, 601, 599, 'In 10 minutes your access ends'],
    ['5 days', 5 * 86_400, 12 * 3600 + 1, 12 * 3600 - 1, 'In 12 hours your access ends'],
    ['30 days', 30 * 86_400, 86_401, 86_399, 'In 1 day your access ends'],
    ['a minute', 60, 7, 5, 'In 5 seconds your access ends'],
  ])('that %s is about to be over, once', async (_what, seconds, before, after, sentence) => {
    const dev = await world.person('dev');
    const start = new Date('2032-03-01T08:00:00Z');
    await world.freeze(start);
    await world.give({ to: holder(dev), on: hr, tables: ['employee'], seconds });
    const leftSeconds = async (left: number) => {
      await world.freeze(new Date(start.getTime() + (seconds - left) * 1000));
      await world.grants.expiry.runOnce();
    };
    await leftSeconds(before);
    expect(await told(dev)).toEqual([]);
    await leftSeconds(after);
    await leftSeconds(after - 1);
    await world.freeze(null);
    expect(await told(dev)).toMatchObject([{ kind: 'grant.about_to_end' }]);
    expect((await told(dev))[0]?.sentence).toContain(sentence.replace('In 1 day', 'In 24 hours'));
  });

  it('again of an end that was moved, by several servers once', async () => {
    const dev = await world.person('dev');
    const now = await world.grants.ledger.now();
    const grantId = await world.give({ to: holder(dev), on: hr, tables: ['employee'], seconds: 3600 });
    await world.shiftClock(3500);
    await Promise.all([world.grants.expiry.runOnce(), world.grants.expiry.runOnce(), world.grants.expiry.runOnce()]);
    expect(await kindsTold(dev)).toEqual(['grant.about_to_end']);
    const expiresAt = new Date(now.getTime() + 7200_000);
    await world.grants.ledger.withChanging([dev], (tx) =>
      world.grants.amendments.extendGrant(tx, { grantId, expiresAt, by: null }),
    );
    await world.grants.expiry.runOnce();
    expect(await kindsTold(dev)).toEqual(['grant.about_to_end', 'grant.changed']);
    await world.shiftClock(7100);
    await world.grants.expiry.runOnce();
    await world.shiftClock(0);
    expect(await kindsTold(dev)).toEqual(['grant.about_to_end', 'grant.changed', 'grant.about_to_end']);
  });

  it('of the end with its receipt, as whoever granted it is, once it is proven', async () => {
    const [dev, ada] = [await world.person('dev'), await world.person('Ada')];
    const { ledger } = world.grants;
    const grantId = await ledger.withChanging([dev], async (tx) =>
      ledger.createGrant(tx, {
        ...{ source: 'emergency', holder: holder(dev), projectId, privileges: ['read'], reason: '', grantedBy: ada },
        ...{
          scope: world.scopeOf({ on: hr, tables: ['employee', 'salary'] }),
          startsAt: await ledger.now(tx),
          expiresAt: null,
        },
      }),
    );
    await ledger.withChanging([dev], (tx) => ledger.endGrants(tx, [grantId], { kind: 'revoked', by: ada }));
    expect(await told(dev)).toEqual([]);
    await world.settle();
    const why = `because it was revoked, and that is proven at the server: read employee and salary in ${hr.name}.`;
    const detail = 'It was not used.';
    expect(await told(dev)).toEqual([{ kind: 'grant.ended', sentence: `Your access has ended, ${why}`, detail }]);
    expect(await told(ada)).toEqual([{ kind: 'grant.ended', sentence: `The access of dev has ended, ${why}`, detail }]);
  });

  it('what others did to it, and not what they did themselves', async () => {
    const [dev, ada] = [await world.person('dev'), await world.person('Ada')];
    const grantId = await world.give({ to: holder(dev), on: hr, tables: ['employee', 'salary'] });
    const scope = world.scopeOf({ on: hr, tables: ['employee'] });
    const { ledger, amendments } = world.grants;
    await ledger.withChanging([dev], (tx) => amendments.narrowGrant(tx, { grantId, scope, by: ada, note: 'enough' }));
    expect(await told(dev)).toEqual([
      {
        kind: 'grant.changed',
        sentence: `Your access was narrowed by Ada: what is left: you can read employee in ${hr.name}.`,
        detail: 'enough',
      },
    ]);
    await world.settle();
    // A row that was narrowed has not ended for anybody.
    expect(await kindsTold(dev)).toEqual(['grant.changed']);
    const other = await world.person('other');
    const own = await world.give({ to: holder(other), on: hr, tables: ['employee', 'salary'] });
    await ledger.withChanging([other], (tx) => amendments.narrowGrant(tx, { grantId: own, scope, by: other }));
    expect(await told(other)).toEqual([]);
  });
});
