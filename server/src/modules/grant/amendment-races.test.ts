import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineSession } from '../../engines/engine.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import { seededRandom } from '../../engines/sample/seeded-random.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place, refusalOf, run } from './grant-test-kit.ts';

const rounds = 200;

/** Two server processes, as far as the store can tell. */
let one: GrantWorld;
let other: GrantWorld;
let fixture: EngineFixture;
let hr: Place;

beforeAll(async () => {
  [one, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  other = await GrantWorld.open(one.store);
  hr = await one.database(fixture, await one.instance(fixture), await one.project('HR'), ['employee', 'salary']);
});

afterAll(async () => {
  await other.close(true);
  await one.close();
  await fixture.stop();
});

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
const holder = (id: string) => ({ kind: 'person', id }) as const;

describe('amending against what ends', () => {
  it('extends or expires, never both, and never reopens', async () => {
    const random = seededRandom(20_261);
    const dev = await one.person('dev');
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const grantId = await one.give({ to: holder(dev), on: hr, tables: ['employee'], seconds: 3600 });
      const { expires_at: end } = await one.grant(grantId);
      const expiresAt = new Date((end?.getTime() ?? 0) + 3_600_000);
      await one.shiftClock(3600 - random.between(0, 30) / 1000);
      const laterMs = random.between(0, 20);
      const extending = pause(laterMs).then(() =>
        outcome(
          one.grants.ledger.withChanging([dev], (tx) =>
            one.grants.amendments.extendGrant(tx, { grantId, expiresAt, by: null }),
          ),
        ),
      );
      const expire = async () => {
        for (let pass = 0; pass < 4; pass += 1) await other.grants.expiry.runOnce();
      };
      const [extended] = await Promise.all([extending, expire()]);
      await pause(0);
      await other.grants.expiry.runOnce();
      const row = await one.grant(grantId);
      seen.add(extended);
      if (extended === 'done') expect([row.closing_at, row.expires_at], `round ${round}`).toEqual([null, expiresAt]);
      else {
        expect(extended, `round ${round}`).toBe('grant.not_active');
        expect(row.expires_at, `round ${round}`).toEqual(end);
      }
      await one.shiftClock(0);
      await one.end(grantId, [dev]);
    }
    expect([...seen].toSorted()).toEqual(['done', 'grant.not_active']);
  });

  it('narrows and revokes at once: whoever is first, nothing is left open', async () => {
    const random = seededRandom(20_262);
    const dev = await one.person('dev');
    const scope = one.scopeOf({ on: hr, tables: ['employee'] });
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const grantId = await one.give({ to: holder(dev), on: hr, tables: ['employee', 'salary'] });
      const narrowing = pause(random.between(0, 4)).then(() =>
        outcome(
          one.grants.service.withHolders(grantId, (tx) =>
            one.grants.amendments.narrowGrant(tx, { grantId, scope, by: dev }),
          ),
        ),
      );
      const revoking = pause(random.between(0, 4)).then(() =>
        outcome(other.grants.service.end(grantId, { kind: 'revoked', by: null })),
      );
      const [narrowed, revoked] = await Promise.all([narrowing, revoking]);
      expect(revoked, `round ${round}`).toBe('done');
      expect(['done', 'grant.not_active']).toContain(narrowed);
      seen.add(narrowed);
      const access = await one.grants.ledger.accessOn(one.db, dev, hr.databaseId);
      expect(access.isEmpty, `round ${round}`).toBe(true);
    }
    expect([...seen].toSorted()).toEqual(['done', 'grant.not_active']);
  });

  it('two narrowings at once leave no more than either does', async () => {
    const random = seededRandom(20_263);
    const dev = await one.person('dev');
    const scopes = ['employee', 'salary'].map((table) => one.scopeOf({ on: hr, tables: [table] }));
    for (let round = 0; round < rounds; round += 1) {
      const grantId = await one.give({ to: holder(dev), on: hr, tables: ['employee', 'salary'] });
      const outcomes = await Promise.all(
        scopes.map((scope, index) =>
          pause(random.between(0, 3)).then(() => {
            const { service, amendments } = (index === 0 ? one : other).grants;
            return outcome(
              service.withHolders(grantId, (tx) => amendments.narrowGrant(tx, { grantId, scope, by: null })),
            );
          }),
        ),
      );
      // The second finds what the first has left, which does not hold its table.
      expect(outcomes.toSorted(), `round ${round}`).toEqual(['done', 'grant.not_narrower']);
      const open = await one.db
        .selectFrom('access_grant')
        .where('person_id', '=', dev)
        .where('closing_at', 'is', null)
        .select('id')
        .execute();
      expect(open).toHaveLength(1);
      await one.end(open[0]?.id ?? '', [dev]);
    }
  });

  it('narrowing against opening: a session that opens holds what is left and no more', async () => {
    const random = seededRandom(20_264);
    const scope = one.scopeOf({ on: hr, tables: ['employee'] });
    for (let round = 0; round < 40; round += 1) {
      const dev = await one.person('dev');
      const grantId = await one.give({ to: holder(dev), on: hr, tables: ['employee', 'salary'] });
      const opening = pause(random.between(0, 25)).then(() => one.open(dev, hr).catch(() => null));
      const narrowing = pause(random.between(0, 120)).then(() =>
        other.grants.service.withHolders(grantId, (tx) =>
          other.grants.amendments.narrowGrant(tx, { grantId, scope, by: null }),
        ),
      );
      const [session, left] = await Promise.all([opening, narrowing]);
      await Promise.all([one.settle(), other.settle()]);
      if (session !== null) {
        expect(await refusalOf(run(session as EngineSession, 'select * from salary')), `round ${round}`).not.toBe(
          'none',
        );
      }
      const again = await one.open(dev, hr);
      expect(await run(again, 'select * from employee'), `round ${round}`).toHaveLength(2);
      expect(await refusalOf(run(again, 'select * from salary')), `round ${round}`).toBe('access_refused');
      await one.end(left, [dev]);
      await one.settle();
    }
  });
});
