import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { accountPrefix, installationId } from '../inventory/index.ts';
import { GrantWorld, type Place, run } from './grant-test-kit.ts';

let world: GrantWorld;
let fixture: EngineFixture;
let instanceId: string;
let hr: Place;
let dev: string;
let by: { personId: string; adminPersonId: null };

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  instanceId = await world.instance(fixture);
  hr = await world.database(fixture, instanceId, await world.project('HR'), ['employee']);
  by = { personId: await world.person('Ada', ['workspace_admin']), adminPersonId: null };
});
beforeEach(async () => {
  dev = await world.person('dev');
});
afterAll(async () => {
  await world.close();
  await fixture.stop();
});

const orphans = async () =>
  (await fixture.superuser('', `select rolname from pg_roles where rolname like '%forgotten%'`)).map(([name]) => name);
const findings = async () =>
  await world.db.selectFrom('instance_finding').select(['kind', 'account_name', 'action']).orderBy('id').execute();

describe('after a restore of the store', () => {
  it('nothing opens until an administrator confirms, and closing goes on', async () => {
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr });
    await world.open(dev, hr);
    await world.grants.pause.begin('A test says so.');
    await expect(world.open(dev, hr)).rejects.toMatchObject({ code: 'workspace.paused' });
    await world.end(grant, [dev]);
    await world.settle();
    expect((await world.grant(grant)).ended_at).not.toBeNull();
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });

    await world.give({ to: { kind: 'person', id: dev }, on: hr });
    await world.grants.pause.end(by);
    expect(await run(await world.open(dev, hr), 'select * from employee')).toHaveLength(2);
    await expect(world.grants.pause.end(by)).rejects.toMatchObject({ code: 'workspace.not_paused' });
    expect(await world.auditKinds()).toEqual(expect.arrayContaining(['workspace.paused', 'workspace.resumed']));
  });

  it('an account that the store never heard of pauses the first look at its server, and is left alone till then', async () => {
    const { short_id: shortId } = await world.db
      .selectFrom('instance')
      .where('id', '=', instanceId)
      .select('short_id')
      .executeTakeFirstOrThrow();
    const orphan = `${accountPrefix(await installationId(world.db), shortId)}forgotten_abc123`;
    await fixture.owner('', `create role "${orphan}" login`);
    await world.grants.sweeper.sweep();
    expect((await world.grants.pause.find())?.reason).toContain(orphan);
    await world.grants.sweeper.sweep();
    expect(await orphans()).toEqual([orphan]);
    expect(await findings()).toEqual([]);

    await world.grants.pause.end(by);
    await world.grants.sweeper.sweep();
    expect(await orphans()).toEqual([]);
    expect(await findings()).toMatchObject([
      { kind: 'orphan', account_name: orphan, action: expect.stringContaining('dropped') },
    ]);
  });
});

describe('a server that does not let its accounts be listed', () => {
  it('is swept all the same: what was changed by hand is found and taken back', async () => {
    const few = await startFixture('mariadb', 'minimal');
    try {
      const place = await world.database(few, await world.instance(few), await world.project('Few'), [
        'salary',
        'title',
      ]);
      await world.give({ to: { kind: 'person', id: dev }, on: place, tables: ['salary'] });
      await world.open(dev, place);
      const [account] = await world.accountsOf(dev, place.instanceId);
      await few.superuser('', few.dialect.grantByHand(account?.name ?? '', place.name, few.dialect.quote('title')));
      await world.grants.sweeper.sweep();
      await world.settle();
      const found = (await findings()).filter((one) => one.account_name === account?.name);
      expect(found).toMatchObject([{ kind: 'drift', action: expect.stringContaining('lost') }]);
    } finally {
      await few.stop();
    }
  });
});
