import { afterAll, beforeAll, expect, it } from 'vitest';
import { RequestWorld } from './request-test-kit.ts';

let world: RequestWorld;
beforeAll(async () => {
  world = await RequestWorld.open();
});
afterAll(async () => {
  await world.grants.freeze(null);
  await world.close();
});

it('an addition waits as long as its grant lives, also past the end that it had when it was asked for', async () => {
  const projectId = await world.grants.project('HR');
  const databaseId = await world.database(projectId, ['salary', 'title']);
  const dev = await world.person('dev', projectId, 'project_developer');
  const olga = await world.person('Olga', projectId, 'project_owner');
  const scope = (table: string) => ({ kind: 'items' as const, items: [{ databaseId, schema: 'public', table }] });
  const request = await world.ask({ by: dev, projectId, scope: scope('salary') });
  await world.decide(olga, request);
  const [grant] = (await world.trace(request.id)).grants;
  const grantId = grant?.id ?? '';
  const { asking, upkeep } = world.requests;
  const added = await asking.add(dev, grantId, { scope: scope('title'), reason: 'names', ticket: null });
  await world.decide(olga, await asking.extend(dev, grantId, { minutes: 30, reason: '', ticket: null }));

  await world.grants.freeze(new Date((grant?.expires_at?.getTime() ?? 0) + 60_000));
  await upkeep.expireOverdue();
  expect((await world.get(added.id)).state).toBe('pending');
  await world.decide(olga, added);
  const [row] = (await world.trace(added.id)).grants;
  expect(row?.expires_at).toEqual((await world.grants.grant(grantId)).expires_at);
});
