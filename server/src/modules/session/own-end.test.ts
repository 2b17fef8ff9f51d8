import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { GrantWorld, type Place } from '../grant/grant-test-kit.ts';
import { SessionWorld } from './session-test-kit.ts';

/**
 * With few rights on MariaDB the sessions of an account are seen and ended over a connection of its own, and its sessions
 * may end that one. They can do so in a loop.
 */
let world: GrantWorld;
let server: SessionWorld;
let fixture: EngineFixture;
let hr: Place;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startFixture('mariadb', 'minimal')]);
  server = await SessionWorld.start(world);
  hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), ['employee', 'salary']);
}, 60_000);
afterAll(async () => {
  await server.stop();
  await world.close();
  await fixture.stop();
});

/** Somebody with three sessions, two of which end whatever else logs in as his account. */
async function holder() {
  const dev = await world.person('dev');
  const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee', 'salary'] });
  const [first, second, idle] = [await server.open(dev, hr), await server.open(dev, hr), await server.open(dev, hr)];
  const opened = world.db.selectFrom('session').where('id', '=', idle.id).select('backend_id as last');
  const { last } = await opened.executeTakeFirstOrThrow();
  const body = `declare other bigint; loop select max(id) into other from information_schema.processlist
    where id > ${last} and user = substring_index(user(), ''@'', 1); if other is not null then
    begin declare continue handler for sqlexception begin end; kill other; end; end if; end loop`;
  const text = `execute immediate 'begin not atomic ${body}; end'`;
  const loops = [first, second].map(({ id }) => server.run(dev, id, text));
  const running = () => fixture.superuser('', fixture.dialect.sessionsOf(idle.accountName));
  await expect
    .poll(async () => (await running()).filter((row) => String(row[1]).includes('max(id)')).length, { interval: 1 })
    .toBe(2);
  return { dev, grant, idle, loops, running };
}
/** Failed attempts come again by themselves. */
async function settled(isDone: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    await world.settle();
    return await isDone();
  };
  await expect.poll(look, { timeout: 20_000 }).toBe(true);
}
const isInLine = ({ dirty_at: dirtyAt }: { dirty_at: Date | null }) => dirtyAt === null;
const lastOf = async (loops: readonly Promise<readonly unknown[]>[]) =>
  (await Promise.all(loops)).map((lines) => JSON.stringify(lines.at(-1)));

it('ends by revocation all the same, and is told so', async () => {
  const { dev, grant, idle, loops, running } = await holder();
  await world.end(grant, [dev]);
  await settled(async () => (await world.grant(grant)).ended_at !== null);
  expect(await running()).toEqual([]);
  for (const line of await lastOf(loops)) expect(line).toContain('Your access was revoked.');
  await expect(server.run(dev, idle.id, 'select 1')).rejects.toMatchObject({ code: 'session.ended' });
  const steps = await world.steps(grant);
  expect(steps.filter(({ ok }) => ok).map(({ step }) => step)).toEqual(
    expect.arrayContaining(['block', 'end', 'drop', 'check']),
  );
  expect(steps.findLast(({ step }) => step === 'end')?.summary).toMatch(/^Ended (\d session|all sessions)/);
});

it('loses what is taken away all the same', async () => {
  const { dev, grant, idle, loops, running } = await holder();
  await world.narrow(grant, [dev], { on: hr, tables: ['employee'] });
  await settled(async () => (await world.db.selectFrom('database_account').selectAll().execute()).every(isInLine));
  expect(await running()).toEqual([]);
  await lastOf(loops);
  const next = await server.open(dev, hr);
  expect((await server.run(dev, next.id, 'select id from employee')).at(-1)?.type).toBe('finished');
  expect(await fixture.superuser('', `show grants for '${idle.accountName}'@'%'`)).not.toContainEqual([
    expect.stringContaining('salary'),
  ]);
});

it('is found by the sweep, which goes on with the others', async () => {
  const { idle, loops, running } = await holder();
  const other = await world.person('other');
  await world.give({ to: { kind: 'person', id: other }, on: hr, tables: ['employee'] });
  const theirs = await server.open(other, hr);
  await fixture.superuser('', `grant insert on \`${hr.name}\`.salary to '${theirs.accountName}'@'%'`);
  await world.grants.sweeper.sweep();
  await settled(async () => (await running()).length === 0);
  await lastOf(loops);
  const findings = await world.db.selectFrom('instance_finding').select(['account_name', 'what']).execute();
  const of = (name: string) => findings.filter((one) => one.account_name === name).map(({ what }) => what);
  expect(of(idle.accountName)).toContain('a session of it ends whoever looks at it');
  expect(of(theirs.accountName).join()).toContain('salary');
});
