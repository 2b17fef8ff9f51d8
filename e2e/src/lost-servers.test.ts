import { setTimeout as pause } from 'node:timers/promises';
import { type RunningTidegate, startPostgres, type TestServer, useServer } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KillArena } from './kill-arena.ts';
import { openFaults, recordFaults } from './kill-faults.ts';
import { closedWithinMs, endAll, Round, seeded, useOne } from './kill-round.ts';

/** The next attempt may be some way off, and what could not be written down is compared with the record now and then. */
const mendedWithinMs = 60_000;

/** Grants and sessions, and what ends them; answers what is then begun. */
async function prepareClosing(round: Round): Promise<() => Promise<unknown>[]> {
  const { devs, guarded } = round.arena;
  const [una, duo] = await round.give(devs, ['a', 'b']);
  await Promise.all([
    round.open(devs[0], guarded[0]),
    round.open(devs[0], guarded[1]),
    round.open(devs[1], guarded[0]),
  ]);
  return () => [round.revoke(una), round.expire(duo, 20)];
}

describe('losing servers in the middle of closing', () => {
  let arena: KillArena;
  let store: TestServer;
  let instance: TestServer;

  beforeAll(async () => {
    [store, instance] = await Promise.all([startPostgres({ major: 15 }), startPostgres({ major: 18 })]);
    arena = await KillArena.open(store, [instance, await useServer('mariadb')]);
  });

  afterAll(async () => {
    await arena?.close();
    await Promise.all([store?.stop(), instance?.stop()]);
  });

  const losses: readonly [string, () => TestServer[], boolean][] = [
    ['the store', () => [store], false],
    ['the instance', () => [instance], false],
    ['store and instance', () => [store, instance], false],
    ['the store and Tidegate itself', () => [store], true],
    ['the instance and Tidegate itself', () => [instance], true],
    ['everything', () => [store, instance], true],
  ];

  it.each(losses)(
    '%s: when they are back all is closed, explained and on record',
    {
      timeout: 300_000,
    },
    async (name, lost, killsTidegate) => {
      const random = seeded(name.length);
      for (let at = 0; at < 2; at += 1) {
        const round = new Round(arena);
        const begin = await prepareClosing(round);
        const doing = Promise.allSettled(begin());
        await pause(random(120));
        await Promise.all(lost().map((server) => server.kill()));
        if (killsTidegate) await arena.tidegate.kill();
        await pause(random(300));
        await Promise.all(lost().map((server) => server.restart()));
        await doing;
        if (killsTidegate) await arena.restart();
        await expect.poll(() => openFaults(arena), { timeout: mendedWithinMs, interval: 100 }).toEqual([]);
        await expect.poll(() => recordFaults(arena), { timeout: mendedWithinMs, interval: 250 }).toEqual([]);
        await useOne(arena, name);
        await endAll(arena, mendedWithinMs);
      }
    },
  );
});

describe('two servers on one store', () => {
  let arena: KillArena;
  let second: RunningTidegate;

  beforeAll(async () => {
    arena = await KillArena.open(await useServer('postgres15'), [
      await useServer('postgres18'),
      await useServer('mariadb'),
    ]);
    second = await arena.startSecond();
  });

  afterAll(async () => {
    await second?.stop();
    await arena?.close();
  });

  it('one dies while it closes, and the other finishes: 10 rounds', { timeout: 600_000 }, async () => {
    const random = seeded(77);
    for (let at = 0; at < 10; at += 1) {
      const round = new Round(arena);
      const begin = await prepareClosing(round);
      await arena.arm({ step: 1 + random(350), delayMs: random(2) === 0 ? null : random(4) });
      const doing = Promise.allSettled(begin());
      await Promise.race([arena.tidegate.ended, doing.then(() => pause(250))]);
      await arena.tidegate.kill();
      await doing;
      // The one that died is not there yet.
      await expect.poll(() => openFaults(arena), { timeout: closedWithinMs, interval: 50 }).toEqual([]);
      await arena.restart();
      await expect.poll(() => openFaults(arena), { timeout: closedWithinMs, interval: 50 }).toEqual([]);
      expect(await recordFaults(arena)).toEqual([]);
      await endAll(arena);
    }
  });
});
