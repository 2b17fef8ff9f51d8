import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineSession } from '../../engines/engine.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import { seededRandom } from '../../engines/sample/seeded-random.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { EndKind } from '../identity/index.ts';
import { GrantWorld, type Place, refusalOf, run } from './grant-test-kit.ts';

const rounds = 40;
/** Rounds in which the session is open before access ends. */
const certain = 3;

/** Two server processes, as far as the store can tell: each with its own workers and its own connection for locks. */
let opener: GrantWorld;
let ender: GrantWorld;
let fixture: EngineFixture;
let hr: Place;
let projectId: string;
let elsewhere: string;

beforeAll(async () => {
  [opener, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  ender = await GrantWorld.open(opener.store);
  projectId = await opener.project('HR');
  elsewhere = await opener.project('Elsewhere');
  hr = await opener.database(fixture, await opener.instance(fixture), projectId, ['employee']);
});

afterAll(async () => {
  await ender.close(true);
  await opener.close();
  await fixture.stop();
});

interface Stake {
  readonly dev: string;
  readonly grant: string;
  readonly group: string;
}

const reduce = async (people: readonly string[], kind: EndKind, change: (tx: Tx) => Promise<unknown>) => {
  const { guard } = ender.grants;
  await opener.db.transaction().execute(async (tx) => {
    await guard.lockPeople(tx, people);
    await change(tx);
    await guard.accessChanged(tx, people, { kind, by: null });
  });
};

/** How access ends, and how the stage is set again. */
const endings: Readonly<Record<string, { end: (stake: Stake) => Promise<unknown>; reset?: () => Promise<unknown> }>> = {
  'being revoked': { end: ({ dev, grant }) => ender.end(grant, [dev]) },
  'its time': {
    end: async () => {
      await ender.shiftClock(3601);
      await ender.grants.expiry.runOnce();
    },
    reset: () => ender.shiftClock(0),
  },
  'leaving the group': {
    end: ({ dev, group }) =>
      reduce([dev], 'role_lost', (tx) => tx.deleteFrom('group_member').where('group_id', '=', group).execute()),
  },
  'the transfer of the database': {
    end: ({ dev }) =>
      reduce([dev], 'database_moved', (tx) =>
        tx.updateTable('database').set({ project_id: elsewhere }).where('id', '=', hr.databaseId).execute(),
      ),
    reset: () =>
      opener.db.updateTable('database').set({ project_id: projectId }).where('id', '=', hr.databaseId).execute(),
  },
  'being deactivated': {
    end: ({ dev }) =>
      reduce([dev], 'person_deactivated', (tx) =>
        tx.updateTable('person').set({ state: 'deactivated' }).where('id', '=', dev).execute(),
      ),
  },
};

describe.each(Object.entries(endings))('opening a session against %s', (name, { end, reset }) => {
  it('leaves nothing open, whoever is first', async () => {
    const random = seededRandom(name.length * 7919);
    let opened = 0;
    for (let round = 0; round < rounds; round += 1) {
      const dev = await opener.person('dev');
      const group = await opener.group('Analysts', [dev]);
      const to = name === 'leaving the group' ? { kind: 'group', id: group } : { kind: 'person', id: dev };
      const grant = await opener.give({
        to: to as { kind: 'person' | 'group'; id: string },
        on: hr,
        tables: ['employee'],
      });
      const openLater = random.between(0, 25);
      // Half of the rounds aim at the moments of the two commits, the others at everything that follows.
      const endLater = random.between(0, round % 2 === 0 ? 30 : 150);
      const opening = pause(round < certain ? 0 : openLater).then(() => opener.open(dev, hr).catch(() => null));
      if (round < certain) await opening;
      const ending = pause(endLater).then(() => end({ dev, grant, group }));
      const [session] = await Promise.all([opening, ending]);
      await Promise.all([opener.settle(), ender.settle()]);
      if (session !== null) {
        opened += 1;
        expect(await refusalOf(run(session as EngineSession, 'select * from employee')), `round ${round}`).not.toBe(
          'none',
        );
      }
      expect(
        await opener.atServer(dev, hr),
        `round ${round}: opened after ${openLater} ms, ended after ${endLater} ms`,
      ).toEqual({ accounts: [], sessions: 0 });
      await reset?.();
    }
    expect(opened).toBeGreaterThanOrEqual(certain);
  });
});

describe('other races', () => {
  it('closes a grant once when two processes close it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const dev = await opener.person('dev');
      const grant = await opener.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
      await opener.open(dev, hr);
      await Promise.all([opener.end(grant, [dev]), ender.end(grant, [dev])]);
      await Promise.all([opener.settle(), ender.settle()]);
      expect((await opener.steps(grant)).map(({ step }) => step)).toEqual(['block', 'end', 'drop', 'check']);
      const { rows } = await sql<{ kind: string }>`select kind from tidegate.audit_event
        where grant_id = ${grant} order by at, sequence`.execute(opener.db);
      expect(rows.map((row) => row.kind).toSorted()).toEqual(['grant.closed', 'grant.closing', 'grant.created']);
    }
  });

  it('either prolongs a role row or ends it, never both', async () => {
    for (let round = 0; round < 20; round += 1) {
      const ada = await opener.person('Ada', ['workspace_admin']);
      const { ledger } = opener.grants;
      const use = () => ledger.withOpening(ada, (tx) => ledger.openRoleGrant(tx, ada, hr.databaseId));
      await use();
      await opener.shiftClock(3599.99);
      await Promise.all([use(), ender.grants.expiry.runOnce(), ender.grants.expiry.runOnce(), use()]);
      await opener.grants.expiry.runOnce();
      const rows = await opener.db.selectFrom('access_grant').where('person_id', '=', ada).selectAll().execute();
      const now = await ledger.now();
      expect(
        rows.filter((row) => row.closing_at === null && row.expires_at !== null && row.expires_at > now),
      ).toHaveLength(1);
      for (const row of rows.filter((one) => one.closing_at !== null)) {
        expect(row.closing_at?.getTime()).toBeGreaterThanOrEqual(row.expires_at?.getTime() ?? 0);
      }
      await opener.shiftClock(0);
    }
  });
});
