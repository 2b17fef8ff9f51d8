import { afterAll, expect, it, onTestFinished } from 'vitest';
import { startFixture as startMySqlFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { Place } from '../grant/grant-test-kit.ts';
import { openSessionWorld, ownerOf } from './session-test-kit.ts';

const { world, server, close } = await openSessionWorld();
afterAll(close);

async function verdict(personId: string, on: Place, text: string, sessionId: string | null) {
  const caller = { ...ownerOf(personId), canRequest: () => true };
  const { isSure, isAllowed, missing } = await server.statements.verdict(
    caller,
    await server.place(on),
    text,
    sessionId,
  );
  return { isSure, isAllowed, missing: missing.map(({ schema, table }) => `${schema}.${table}`) };
}

it('a verdict looks for names where the session does, and nobody else may ask what that is', async () => {
  const fixture = await startPostgresFixture(15);
  onTestFinished(() => fixture.stop());
  const instance = await world.instance(fixture);
  const project = await world.project('HR');
  const hr = await world.database(fixture, instance, project, ['employee', 'pay']);
  const other = await world.database(fixture, instance, project, ['employee', 'pay']);
  await fixture.owner(hr.name, 'create schema app');
  await fixture.owner(hr.name, 'create table app.pay (id int)');
  await fixture.superuser(hr.name, `alter database ${hr.name} set search_path = app, public`);
  await world.sync(hr);
  const [dev, someone] = [await world.person('dev'), await world.person('someone')];
  for (const id of [dev, someone]) await world.give({ to: { kind: 'person', id }, on: hr, tables: ['employee'] });
  const live = await server.open(dev, hr);
  const text = 'select 1 from pay';
  const inPublic = { isSure: true, isAllowed: false, missing: ['public.pay'] };
  expect(await verdict(dev, hr, text, live.id)).toEqual({ isSure: true, isAllowed: false, missing: ['app.pay'] });
  expect(await verdict(dev, hr, text, null)).toEqual(inPublic);
  expect(await verdict(someone, hr, text, live.id)).toEqual(inPublic);
  expect(await verdict(dev, other, text, live.id)).toEqual(inPublic);
  await server.sessions.close(dev, live.id);
  expect(await verdict(dev, hr, text, live.id)).toEqual(inPublic);
});

it('a verdict is unsure after what has changed what names mean, in the session or in the text', async () => {
  const fixture = await startMySqlFixture('mariadb', 'equipped');
  onTestFinished(() => fixture.stop());
  const hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), [
    'employee',
    'salary',
  ]);
  const dev = await world.person('dev');
  await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
  const live = await server.open(dev, hr);
  const text = 'select 1 from salary';
  const unsure = { isSure: false, isAllowed: true, missing: ['.salary'] };
  expect(await verdict(dev, hr, text, live.id)).toEqual({ isSure: true, isAllowed: false, missing: ['.salary'] });
  expect(await verdict(dev, hr, `use ${hr.name}; ${text}`, live.id)).toEqual(unsure);
  await server.run(dev, live.id, `use ${hr.name}`);
  expect(await verdict(dev, hr, text, live.id)).toEqual(unsure);
});
