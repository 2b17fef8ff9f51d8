import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place, refusalOf, run, until } from './grant-test-kit.ts';

/** A table that is made again, or another that takes its name, is not what was granted. */
describe.each([
  ['PostgreSQL 15', () => startPostgresFixture(15)],
  ['PostgreSQL 18', () => startPostgresFixture(18)],
  ['MariaDB', () => startFixture('mariadb', 'equipped')],
  ['MySQL 9.7', () => startFixture('mysql', 'equipped')],
  ['MySQL 9.7 without PROCESS', () => startFixture('mysql', 'modest')],
] as const)('tables that change their identity on %s', (_name, start) => {
  let world: GrantWorld;
  let fixture: EngineFixture;
  let place: Place;
  let dev: string;

  beforeAll(async () => {
    [world, fixture] = await Promise.all([GrantWorld.open(), start()]);
    const instanceId = await world.instance(fixture);
    place = await world.database(fixture, instanceId, await world.project('HR'), ['salary', 'title']);
    dev = await world.person('dev');
  }, 120_000);

  afterAll(async () => {
    await world.close();
    await fixture.stop();
  });

  const owner = (text: string) => fixture.owner(place.name, text);
  const make = (table: string) => owner(fixture.dialect.createTable(table));
  const give = (tables: readonly string[] | undefined, person: string = dev) =>
    world.give({ to: { kind: 'person', id: person }, on: place, ...(tables && { tables }) });
  const readable = async (person: string, table: string) =>
    await refusalOf(world.open(person, place).then((session) => run(session, `select * from ${table}`)));
  /** Identities on MySQL may be seconds. */
  const nextSecond = async () => {
    const second = async () =>
      (await fixture.superuser('', 'select floor(extract(second from current_timestamp))'))[0]?.[0];
    const now = await second();
    await until('the next second', async () => (await second()) !== now);
  };
  const syncAndSettle = async () => {
    await world.sync(place);
    await world.settle();
  };
  const cautions = async (tables: readonly string[], askedAt: Date) => {
    const { project_id: projectId } = await world.db
      .selectFrom('database')
      .where('id', '=', place.databaseId)
      .select('project_id')
      .executeTakeFirstOrThrow();
    const things = [{ projectId: projectId ?? '', scope: world.scopeOf({ on: place, tables }) }];
    const [scope] = await world.grants.presentScopes(things);
    return scope === undefined ? [] : await world.grants.cautionsOn(projectId ?? '', scope, askedAt);
  };
  const presented = async (grantId: string) => {
    const { views } = world.grants;
    const row = await views.find(randomUUID(), grantId);
    const [grant] = row === null ? [] : await views.present({ personId: randomUUID(), can: () => true }, [row]);
    if (grant === undefined) throw new Error('no grant');
    return grant;
  };

  it('takes a table that was dropped and made again away until it is confirmed, and ends the sessions', async () => {
    const grant = await give(['salary', 'title']);
    const session = await world.open(dev, place);
    expect(await run(session, 'select * from salary')).toHaveLength(2);
    await nextSecond();
    await owner('drop table salary');
    await make('salary');
    await syncAndSettle();
    expect(await refusalOf(run(session, 'select 1'))).not.toBe(
      fixture.dialect.kind === 'postgresql' ? 'no one' : 'none',
    );
    expect(await readable(dev, 'salary')).toBe('access_refused');
    expect(await readable(dev, 'title')).toBe('none');
    expect(await presented(grant)).toMatchObject({
      lostTables: [{ table: 'salary', isReplaced: true }],
      abilities: { confirmTables: true },
      sentence: expect.stringContaining('without salary, made anew and not confirmed'),
    });
    expect(await world.auditKinds()).toContain('grant.tables_lost');

    // Taking something away gives nothing back.
    const narrowed = await world.narrow(grant, [dev], { on: place, tables: ['salary'] });
    await world.settle();
    expect(await presented(narrowed)).toMatchObject({ lostTables: [{ table: 'salary' }] });

    await world.confirmTables(narrowed);
    await world.settle();
    expect(await readable(dev, 'salary')).toBe('none');
    expect(await presented(narrowed)).toMatchObject({ lostTables: [], abilities: { confirmTables: false } });
    expect(await world.auditKinds()).toContain('grant.tables_confirmed');
    await world.end(narrowed, [dev]);
    await world.settle();
  });

  it('does not let another table take a granted name, nor follow the granted one to its new name', async () => {
    // Made apart: without a number of its own a table is known by the second of its making.
    await nextSecond();
    await make('other');
    await world.sync(place);
    const grant = await give(['title', 'salary']);
    const session = await world.open(dev, place);
    await run(session, 'select * from title');
    await nextSecond();
    await owner('alter table title rename to title_old');
    await owner('alter table other rename to title');
    await syncAndSettle();
    await session.close();
    expect(await readable(dev, 'title')).toBe('access_refused');
    expect(await readable(dev, 'title_old')).toBe('access_refused');
    // Back as it was: PostgreSQL and MySQL know the table again, MariaDB tells a new time for a renamed one.
    await owner('alter table title rename to other');
    await owner('alter table title_old rename to title');
    await syncAndSettle();
    if ((await presented(grant)).lostTables.length > 0) await world.confirmTables(grant);
    await world.settle();
    expect(await readable(dev, 'title')).toBe('none');
    await world.end(grant, [dev]);
    await world.settle();
  });

  it('gives nothing on a table that nobody has looked at since it was made again', async () => {
    await make('fresh');
    await world.sync(place);
    const ann = await world.person('ann');
    await give(['fresh', 'salary'], ann);
    await nextSecond();
    await owner('drop table fresh');
    await make('fresh');
    // The account is made before any sync: by name alone it would be granted the wrong table.
    expect(await readable(ann, 'salary')).toBe('none');
    expect(await readable(ann, 'fresh')).toBe('access_refused');
  });

  it('covers a new table and a remade one under all, also later tables', async () => {
    const ben = await world.person('ben');
    await give(undefined, ben);
    expect(await readable(ben, 'salary')).toBe('none');
    await nextSecond();
    await owner('drop table salary');
    await make('salary');
    await make('brand_new');
    await syncAndSettle();
    expect(await readable(ben, 'salary')).toBe('none');
    expect(await readable(ben, 'brand_new')).toBe('none');
  });

  it('tells who decides what is open to everyone at the server', async () => {
    const finding = (database: string | null, message: string) => ({
      ...{ key: 'k', severity: 'wall incomplete', message, sql: null, database },
    });
    const findings = [finding(place.name, 'A: open.'), finding(null, 'B: open.'), finding('elsewhere', 'C: open.')];
    const change = world.db.updateTable('instance').set({ capability_findings: JSON.stringify(findings) });
    await change.where('id', '=', place.instanceId).execute();
    expect(await cautions(['salary'], new Date())).toEqual([
      expect.stringMatching(/^The wall at .* is incomplete: A: open\. And 1 more, on the instance’s page\.$/),
    ]);
  });
});
