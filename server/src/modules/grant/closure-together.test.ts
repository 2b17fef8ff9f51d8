import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place, refusalOf, run } from './grant-test-kit.ts';

const crowd = 24;

const engines: Readonly<Record<string, () => Promise<EngineFixture>>> = {
  'PostgreSQL 18': () => startPostgresFixture(18),
  'MariaDB 10.11': () => startFixture('mariadb', 'equipped'),
  'MariaDB 10.11 with few rights': () => startFixture('mariadb', 'modest'),
  'MySQL 9.7': () => startFixture('mysql', 'equipped'),
};

describe.each(Object.entries(engines))('grants that end together on %s', (_, start) => {
  let world: GrantWorld;
  let fixture: EngineFixture;
  let hr: Place;

  beforeAll(async () => {
    [world, fixture] = await Promise.all([GrantWorld.open(), start()]);
    hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), ['employee', 'title']);
  });

  afterAll(async () => {
    await world.close();
    await fixture.stop();
  });

  async function openCrowd() {
    const people = await Promise.all(Array.from({ length: crowd }, () => world.person('dev')));
    const grants = await Promise.all(
      people.map((dev) => world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] })),
    );
    const [stays = '', owns = ''] = people;
    await world.give({ to: { kind: 'person', id: stays }, on: hr, tables: ['title'] });
    const sessions = await Promise.all(people.map((dev) => world.open(dev, hr)));
    return { people, grants, sessions, stays, owns };
  }

  it('are closed each with its own record; who holds something else keeps it', async () => {
    const { people, grants, sessions, stays, owns } = await openCrowd();
    const ownsSomething = fixture.dialect.kind === 'postgresql';
    // A large object makes its account one that cannot go with the others.
    if (ownsSomething && sessions[1] !== undefined) await run(sessions[1], 'select lo_create(0)');
    const { ledger } = world.grants;
    await ledger.withChanging(people, (tx) => ledger.endGrants(tx, grants, { kind: 'revoked', by: null }));
    await world.settle();

    for (const [index, dev] of people.entries()) {
      const grant = grants[index] ?? '';
      expect((await world.grant(grant)).ended_at).not.toBeNull();
      const kept = dev === stays ? 'revoke' : 'drop';
      // Who could not go with the others was blocked once more by himself.
      const again = ownsSomething && dev === owns ? ['block', 'end'] : [];
      const steps = (await world.steps(grant)).map(({ step, ok }) => (ok ? step : `${step} failed`));
      expect(steps).toEqual(['block', 'end', ...again, kept, 'check']);
      expect((await world.steps(grant))[1]?.summary).toMatch(/^Ended 1 session/);
      const session = sessions[index];
      if (session !== undefined) expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
      if (dev !== stays) expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    }
    expect(await run(await world.open(stays, hr), 'select * from title')).toHaveLength(2);
    expect(await world.accountsOf(owns, hr.instanceId)).toMatchObject([{ state: 'dropped' }]);
    const checks = await world.db.selectFrom('closure_step').where('step', '=', 'check').select('summary').execute();
    const refused = checks.filter(({ summary }) => summary.endsWith('A login with its last password was refused.'));
    expect(refused).toHaveLength(1);
  });
});
