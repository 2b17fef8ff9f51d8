import { setTimeout as pause } from 'node:timers/promises';
import { type ServerName, useServer } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KillArena } from './kill-arena.ts';
import { openFaults, recordFaults } from './kill-faults.ts';
import { closedWithinMs, endAll, Round, seeded, useOne } from './kill-round.ts';

interface Lane {
  readonly seed: number;
  readonly store: ServerName | 'embedded';
  readonly servers: readonly ServerName[];
  readonly rounds: number;
}

const lanes: readonly Lane[] = [
  { seed: 11, store: 'postgres15', servers: ['postgres18', 'mariadb'], rounds: 60 },
  { seed: 23, store: 'postgres15', servers: ['postgres15', 'mysql'], rounds: 60 },
  { seed: 37, store: 'embedded', servers: ['postgres18', 'mysql'], rounds: 36 },
];
const rounds = lanes.reduce((sum, lane) => sum + lane.rounds, 0);
/** After everything was answered the server has still things to do. */
const settlingMs = 250;

interface Deed {
  /** About as many messages to database servers as it takes until all is done. */
  readonly steps: number;
  /** Sets the stage; answers what is then begun. */
  prepare(round: Round): Promise<() => Promise<unknown>[]>;
}

/** What is being done when the server dies; the first and second developer are concerned, the third keeps his access. */
const deeds: Readonly<Record<string, Deed>> = {
  opening: {
    steps: 1000,
    prepare: async (round) => {
      const { devs, guarded } = round.arena;
      await round.give(devs, ['a', 'b']);
      return () => [
        round.open(devs[0], guarded[0]),
        round.open(devs[0], guarded[1]),
        round.open(devs[1], guarded[0]),
        round.open(devs[2], guarded[1]),
      ];
    },
  },
  closing: {
    steps: 450,
    prepare: async (round) => {
      const { devs, guarded } = round.arena;
      const [una, duo] = await round.give(devs, ['a', 'b']);
      const opened = await Promise.all([
        round.open(devs[0], guarded[0]),
        round.open(devs[0], guarded[1]),
        round.open(devs[1], guarded[0]),
      ]);
      return () => {
        round.run(devs[1], opened[2], 'insert into a select 1 from pg_sleep(20)');
        return [round.revoke(una), round.expire(duo, 30)];
      };
    },
  },
  extending: {
    steps: 250,
    prepare: async (round) => {
      const { devs, guarded } = round.arena;
      const [una, duo] = await round.give(devs, ['a', 'b']);
      await Promise.all([round.open(devs[0], guarded[0]), round.open(devs[0], guarded[1])]);
      return () => [round.extend(una), round.extend(duo), round.open(devs[1], guarded[0])];
    },
  },
  adding: {
    steps: 400,
    prepare: async (round) => {
      const { devs, guarded } = round.arena;
      await round.give(devs.slice(1), ['a']);
      const una = await round.giveWhatIsAsked(devs[0], 'a');
      await Promise.all([round.open(devs[0], guarded[0]), round.open(devs[0], guarded[1])]);
      const approve = await round.askForMore(devs[0], una, 'b');
      return () => [approve(), round.open(devs[1], guarded[1])];
    },
  },
  narrowing: {
    steps: 450,
    prepare: async (round) => {
      const { devs, guarded } = round.arena;
      const [una, duo] = await round.give(devs, ['a', 'b']);
      const opened = await Promise.all([
        round.open(devs[0], guarded[0]),
        round.open(devs[0], guarded[1]),
        round.open(devs[1], guarded[0]),
      ]);
      return () => {
        round.run(devs[1], opened[2], 'insert into b select 1 from pg_sleep(20)');
        return [round.narrow(una, 'a'), round.narrow(duo, 'a')];
      };
    },
  },
  'taking and giving': {
    steps: 800,
    prepare: async (round) => {
      const { devs, guarded } = round.arena;
      const [una] = await round.give(devs, ['a']);
      await round.give(devs.slice(0, 1), ['b']);
      await Promise.all([round.open(devs[0], guarded[0]), round.open(devs[0], guarded[1])]);
      return () => [round.remove(una), round.give(devs.slice(1), ['b'])];
    },
  },
};

describe('kill -9 of the server', () => {
  let arenas: KillArena[] = [];

  beforeAll(async () => {
    arenas = await Promise.all(
      lanes.map(async ({ store, servers }) =>
        KillArena.open(
          store === 'embedded' ? store : await useServer(store),
          await Promise.all(servers.map((name) => useServer(name))),
        ),
      ),
    );
  });

  afterAll(async () => {
    await Promise.all(arenas.map((arena) => arena.close()));
  });

  it(`leaves nothing open and nothing off the record: ${rounds} rounds`, {
    timeout: 1_800_000,
  }, async () => {
    await Promise.all(arenas.map((arena, at) => killAgainAndAgain(arena, lanes[at] ?? fail())));
  });
});

async function killAgainAndAgain(arena: KillArena, lane: Lane): Promise<void> {
  const random = seeded(lane.seed);
  const kinds = Object.entries(deeds);
  for (let at = 0; at < lane.rounds; at += 1) {
    const [name, { prepare, steps }] = kinds[at % kinds.length] ?? fail();
    const round = new Round(arena);
    const begin = await prepare(round);
    const step = 1 + random(steps);
    const delayMs = random(2) === 0 ? null : random(4);
    await arena.arm({ step, delayMs, withStore: arena.hasOwnStore && at % 2 === 0 });
    const doing = Promise.allSettled(begin());
    await Promise.race([arena.tidegate.ended, doing.then(() => pause(settlingMs))]);
    await arena.kill();
    await doing;
    if (at % 3 === 0 && !arena.hasOwnStore) await expireOne(arena);
    await arena.restart();
    if (at % 3 === 0 && arena.hasOwnStore) await expireOne(arena);
    const where = `round ${at} of ${lane.seed}: ${name} died at message ${step}${delayMs === null ? '' : `, ${delayMs} ms after it`}`;
    await expect.poll(() => openFaults(arena), { timeout: closedWithinMs, interval: 50, message: where }).toEqual([]);
    expect(await recordFaults(arena), where).toEqual([]);
    expect(await stillOpen(arena, round.confirmed), where).toEqual([]);
    expect(await undone(arena, round), where).toEqual([]);
    await useOne(arena, where);
    await endAll(arena);
  }
  const verified = await arena.admin.call('POST /audit-events/verify', {});
  expect(verified).toMatchObject({ isIntact: true });
}

function fail(): never {
  throw new Error('there is nothing to do');
}

/** The end of one grant comes while nobody is there to see it. */
async function expireOne(arena: KillArena): Promise<void> {
  await arena.query(
    `update tidegate.access_grant set expires_at = tidegate.now()
    where id = (select id from tidegate.access_grant where closing_at is null and expires_at is not null
      and person_id = $1 order by created_at limit 1)`,
    [arena.devs[1]?.id],
  );
}

/** Confirmed changes of which nothing is there. */
async function undone(arena: KillArena, { changed }: Round): Promise<string[]> {
  const found = await Promise.all(changed.map(({ sql, values }) => arena.query(sql, values)));
  return changed.flatMap(({ what }, at) => (found[at]?.length === 1 ? [] : [what]));
}

async function stillOpen(arena: KillArena, grantIds: readonly string[]): Promise<string[]> {
  const rows = await arena.query<{ id: string }>(
    'select id from tidegate.access_grant where id = any($1::uuid[]) and ended_at is null',
    [grantIds],
  );
  return rows.map((row) => row.id);
}
