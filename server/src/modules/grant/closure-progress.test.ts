import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place, refusalOf, until } from './grant-test-kit.ts';

describe('a closure that takes its time', () => {
  let world: GrantWorld;
  let fixture: EngineFixture;
  let hr: Place;

  beforeAll(async () => {
    [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(18)]);
    hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), ['employee', 'title']);
  });

  afterAll(async () => {
    await world.close();
    await fixture.stop();
  });

  /** Nobody's privileges on it can change until it is let go. */
  async function holdTable(table: string): Promise<() => Promise<void>> {
    const holding = refusalOf(
      fixture.superuser(hr.name, `do $$ begin grant select on ${table} to public; perform pg_sleep(60); end $$`),
    );
    const holders = `from pg_stat_activity where wait_event = 'PgSleep' and datname = '${hr.name}'`;
    await until('the table held', async () => (await fixture.superuser('', `select pid ${holders}`)).length > 0);
    return async () => {
      await fixture.superuser('', `select pg_terminate_backend(pid) ${holders}`);
      await holding;
    };
  }

  it.each([
    ['the only grant of an account', [], ['block', 'end', 'drop', 'check']],
    ['one of several', ['title'], ['block', 'end', 'revoke', 'check']],
  ])('shows what was done while it goes on, and each step once: %s', async (_, others, steps) => {
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    const grant = await world.give({ to, on: hr, tables: ['employee'] });
    for (const table of others) await world.give({ to, on: hr, tables: [table] });
    await world.open(dev, hr);
    const letGo = await holdTable('employee');
    await world.end(grant, [dev]);
    const settled = world.settle();
    try {
      const names = async () => (await world.steps(grant)).map(({ step }) => step);
      await until('its first steps on record', async () => (await names()).includes('end'));
      expect(await names()).toEqual(steps.slice(0, 2));
      expect((await world.grant(grant)).ended_at).toBeNull();
    } finally {
      await letGo();
    }
    await settled;
    expect((await world.steps(grant)).map(({ step, ok }) => (ok ? step : `${step} failed`))).toEqual(steps);
    expect((await world.grant(grant)).ended_at).not.toBeNull();
  });
});
