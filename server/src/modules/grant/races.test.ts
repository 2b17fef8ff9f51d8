import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineSession } from '../../engines/engine.ts';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import { seededRandom } from '../../engines/sample/seeded-random.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { EndKind } from '../identity/index.ts';
import { GrantWorld, type Place, refusalOf, run, until } from './grant-test-kit.ts';

/** Lanes run beside each other, each with a database and people of its own; the last one on MariaDB. */
const lanes = 4;
const roundsPerLane = 50;
/** Rounds of a lane in which the session is open before access ends. */
const certain = 2;

/** Two server processes, as far as the store can tell: each with its own workers and its own connection for locks. */
let opener: GrantWorld;
let ender: GrantWorld;
let fixtures: readonly EngineFixture[];
let places: Place[];
let projectId: string;
let elsewhere: string;

beforeAll(async () => {
  [opener, ...fixtures] = await Promise.all([
    GrantWorld.open(),
    startPostgresFixture(15),
    startFixture('mariadb', 'equipped'),
  ]);
  ender = await GrantWorld.open(opener.store);
  projectId = await opener.project('HR');
  elsewhere = await opener.project('Elsewhere');
  const instances = await Promise.all(fixtures.map((fixture) => opener.instance(fixture)));
  places = await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const on = lane === lanes - 1 ? 1 : 0;
      const fixture = fixtures[on];
      if (fixture === undefined) throw new Error('no server for the lane');
      return await opener.database(fixture, instances[on] ?? '', projectId, ['employee']);
    }),
  );
});

afterAll(async () => {
  await ender.close(true);
  await opener.close();
  await Promise.all(fixtures.map((fixture) => fixture.stop()));
});

/** Runs all rounds, some beside each other; what a round does is decided by its own seed. */
async function inLanes(
  seed: number,
  round: (lane: { place: Place; random: ReturnType<typeof seededRandom>; round: number }) => Promise<void>,
): Promise<void> {
  await Promise.all(
    places.map(async (place, lane) => {
      const random = seededRandom(seed * 7919 + lane);
      for (let at = 0; at < roundsPerLane; at += 1) {
        await round({ place, random, round: at }).catch((cause: unknown) => {
          throw new Error(`round ${at} of lane ${lane}`, { cause });
        });
      }
    }),
  );
}

/** Each process leaves to the other what that is at work on, so that idle does not mean done for both. */
async function settled(dev: string, grant: string): Promise<void> {
  await until('everything being done', async () => {
    await Promise.all([opener.settle(), ender.settle()]);
    const { rows } = await sql`
      select from tidegate.database_account where person_id = ${dev} and state = 'live' and dirty_at is not null
      union all
      select from tidegate.access_grant where id = ${grant} and closing_at is not null and ended_at is null`.execute(
      opener.db,
    );
    return rows.length === 0;
  });
}

interface Stake {
  readonly place: Place;
  readonly dev: string;
  readonly grant: string;
  readonly group: string;
  readonly afterMs: number;
}

const reduce = async (people: readonly string[], kind: EndKind, change: (tx: Tx) => Promise<unknown>) => {
  const { guard } = ender.grants;
  await opener.db.transaction().execute(async (tx) => {
    await guard.lockPeople(tx, people);
    await change(tx);
    await guard.accessChanged(tx, people, { kind, by: null });
  });
};

const moveTo = (db: Tx, { databaseId }: Place, project: string) =>
  db.updateTable('database').set({ project_id: project }).where('id', '=', databaseId).execute();

/** How access ends some milliseconds from now, and how the stage is set again. */
const endings: Readonly<
  Record<string, { end: (stake: Stake) => Promise<unknown>; reset?: (place: Place) => Promise<unknown> }>
> = {
  'being revoked': {
    end: async ({ dev, grant, afterMs }) => {
      await pause(afterMs);
      await ender.end(grant, [dev]);
    },
  },
  'its time': {
    end: async ({ grant, afterMs }) => {
      await sql`update tidegate.access_grant
        set expires_at = tidegate.now() + make_interval(secs => ${(afterMs + 1) / 1000}) where id = ${grant}`.execute(
        ender.db,
      );
      do await ender.grants.expiry.runOnce();
      while ((await ender.grant(grant)).closing_at === null);
    },
  },
  'leaving the group': {
    end: async ({ dev, group, afterMs }) => {
      await pause(afterMs);
      await reduce([dev], 'role_lost', (tx) => tx.deleteFrom('group_member').where('group_id', '=', group).execute());
    },
  },
  'the transfer of the database': {
    end: async ({ dev, place, afterMs }) => {
      await pause(afterMs);
      await reduce([dev], 'database_moved', (tx) => moveTo(tx, place, elsewhere));
    },
    reset: (place) => opener.db.transaction().execute((tx) => moveTo(tx, place, projectId)),
  },
  'being deactivated': {
    end: async ({ dev, afterMs }) => {
      await pause(afterMs);
      await reduce([dev], 'person_deactivated', (tx) =>
        tx.updateTable('person').set({ state: 'deactivated' }).where('id', '=', dev).execute(),
      );
    },
  },
};

describe.each(Object.entries(endings))('opening a session against %s', (name, { end, reset }) => {
  it(`leaves nothing open, whoever is first: ${lanes * roundsPerLane} rounds`, { timeout: 180_000 }, async () => {
    let opened = 0;
    await inLanes(name.length, async ({ place, random, round }) => {
      const dev = await opener.person('dev');
      const group = await opener.group('Analysts', [dev]);
      const holder = name === 'leaving the group' ? 'group' : 'person';
      const to = { kind: holder, id: holder === 'group' ? group : dev } as const;
      const grant = await opener.give({ to, on: place, tables: ['employee'] });
      const openLater = random.between(0, 25);
      // Half of the rounds aim at the moments of the two commits, the others at everything that follows.
      const afterMs = random.between(0, round % 2 === 0 ? 30 : 150);
      const opening = pause(round < certain ? 0 : openLater).then(() => opener.open(dev, place).catch(() => null));
      if (round < certain) await opening;
      const [session] = await Promise.all([opening, end({ place, dev, grant, group, afterMs })]);
      await settled(dev, grant);
      if (session !== null) {
        opened += 1;
        expect(await refusalOf(run(session, 'select * from employee'))).not.toBe('none');
      }
      expect(await opener.atServer(dev, place), `opened after ${openLater} ms, ended after ${afterMs} ms`).toEqual({
        accounts: [],
        sessions: 0,
      });
      await reset?.(place);
    });
    expect(opened).toBeGreaterThanOrEqual(lanes * certain);
  });
});

describe('two closures at once', () => {
  it(`close a grant once: ${lanes * roundsPerLane} rounds`, { timeout: 180_000 }, async () => {
    await inLanes(101, async ({ place, random, round }) => {
      const dev = await opener.person('dev');
      const grant = await opener.give({ to: { kind: 'person', id: dev }, on: place, tables: ['employee'] });
      const session = await opener.open(dev, place);
      const [first, second] = [random.between(0, 3), random.between(0, 20)];
      await Promise.all([
        pause(first).then(() => opener.end(grant, [dev])),
        pause(round % 2 === 0 ? first : second).then(() => ender.end(grant, [dev])),
        pause(second).then(() => ender.settle()),
      ]);
      await settled(dev, grant);
      expect((await opener.steps(grant)).map(({ step }) => step)).toEqual(['block', 'end', 'drop', 'check']);
      expect(await auditOf(grant)).toEqual(['grant.closed', 'grant.closing', 'grant.created']);
      expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
      expect(await opener.atServer(dev, place)).toEqual({ accounts: [], sessions: 0 });
    });
  });
});

async function auditOf(grant: string): Promise<string[]> {
  const rows = await opener.db.selectFrom('audit_event').where('grant_id', '=', grant).select('kind').execute();
  return rows.map((row) => row.kind).toSorted();
}

describe('extending against expiry', () => {
  /** True when it came in time. */
  async function extend(dev: string, grantId: string): Promise<boolean> {
    const { ledger, amendments } = opener.grants;
    try {
      await ledger.withChanging([dev], async (tx) => {
        const expiresAt = new Date((await ledger.now(tx)).getTime() + 3_600_000);
        await amendments.extendGrant(tx, { grantId, expiresAt, by: null });
      });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'grant.not_active' });
      return false;
    }
  }

  it(`either keeps everything or ends it, never both: ${lanes * roundsPerLane} rounds`, {
    timeout: 180_000,
  }, async () => {
    let extended = 0;
    await inLanes(202, async ({ place, random }) => {
      const dev = await opener.person('dev');
      const grant = await opener.give({ to: { kind: 'person', id: dev }, on: place, tables: ['employee'] });
      const session: EngineSession = await opener.open(dev, place);
      const endsAfter = random.between(5, 15);
      await sql`update tidegate.access_grant
        set expires_at = tidegate.now() + make_interval(secs => ${endsAfter / 1000}) where id = ${grant}`.execute(
        opener.db,
      );
      const [inTime] = await Promise.all([
        pause(random.between(0, 15)).then(() => extend(dev, grant)),
        pause(endsAfter).then(() => ender.grants.expiry.runOnce()),
        pause(endsAfter + 1).then(() => opener.grants.expiry.runOnce()),
      ]);
      await ender.grants.expiry.runOnce();
      await settled(dev, grant);
      const row = await opener.grant(grant);
      if (inTime) {
        extended += 1;
        expect([row.closing_at, row.ended_at]).toEqual([null, null]);
        expect(await run(session, 'select * from employee')).toHaveLength(2);
        await opener.end(grant, [dev]);
        await settled(dev, grant);
      } else {
        expect(row.closing_at?.getTime()).toBeGreaterThanOrEqual(row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY);
        expect(await auditOf(grant)).toEqual(['grant.closed', 'grant.closing', 'grant.created']);
      }
      expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
      expect(await opener.atServer(dev, place)).toEqual({ accounts: [], sessions: 0 });
    });
    // Both outcomes were seen.
    expect(extended).toBeGreaterThan(0);
    expect(extended).toBeLessThan(lanes * roundsPerLane);
  });

  it('either prolongs a role row or ends it, never both: 200 rounds', { timeout: 180_000 }, async () => {
    const { ledger } = opener.grants;
    const databaseId = places[0]?.databaseId ?? '';
    const people = await Promise.all(Array.from({ length: 200 }, () => opener.person('Ada', ['workspace_admin'])));
    const use = (ada: string) => ledger.withOpening(ada, (tx) => ledger.openRoleGrant(tx, ada, databaseId));
    await Promise.all(people.map(use));
    await opener.shiftClock(3599.9);
    await Promise.all(
      people.flatMap((ada, index) => [
        pause(index % 100).then(() => use(ada)),
        pause((index * 7) % 130).then(() => ender.grants.expiry.runOnce()),
        pause((index * 11) % 150).then(() => use(ada)),
      ]),
    );
    await opener.grants.expiry.runOnce();
    const now = await ledger.now();
    for (const ada of people) {
      const rows = await opener.db.selectFrom('access_grant').where('person_id', '=', ada).selectAll().execute();
      const open = rows.filter((row) => row.closing_at === null && row.expires_at !== null && row.expires_at > now);
      expect(open).toHaveLength(1);
      for (const row of rows.filter((one) => one.closing_at !== null)) {
        expect(row.closing_at?.getTime()).toBeGreaterThanOrEqual(row.expires_at?.getTime() ?? 0);
      }
    }
    await opener.shiftClock(0);
  });
});
