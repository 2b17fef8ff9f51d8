import type { FlowStep, Scope } from '@tidegate/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActorLoader } from '../identity/index.ts';
import { RequestWorld } from './request-test-kit.ts';

let world: RequestWorld;
beforeAll(async () => {
  world = await RequestWorld.open();
});
afterAll(() => world.close());

it('says beside each approval what it took away, and nothing beside one that took nothing', async () => {
  const projectId = await world.grants.project('HR');
  const databaseId = await world.database(projectId, ['salary', 'title']);
  const dev = await world.person('dev', projectId, 'project_developer');
  const olga = await world.person('Olga', projectId, 'project_owner');
  const otto = await world.person('Otto', projectId, 'project_owner');
  const tables = (...names: string[]): Scope => ({
    kind: 'items',
    items: names.map((table) => ({ databaseId, schema: 'public', table })),
  });
  const step: FlowStep = {
    ...{ deciders: [{ kind: 'role', role: 'project_owner' }], quorum: 2, minutes: null },
    afterwards: { kind: 'expire' },
  };
  await world.flow({ kind: 'steps', steps: [step] }, [{ source: 'read', level: 'low' }]);
  const request = await world.ask({ by: dev, projectId, scope: tables('salary', 'title') });
  await world.requests.talk.comment(olga, request.id, 'Only title.');
  await world.decide(olga, request, 'approve', { scope: tables('title'), minutes: 30 });
  await world.decide(otto, await world.get(request.id));
  const actor = await createActorLoader(world.db).byPersonId(dev.personId);
  if (actor === null) throw new Error('dev is gone');
  const { conversation, cuts } = await world.requests.views.detail(actor, await world.get(request.id));
  expect(conversation.map(({ by, kind, cut }) => [by?.name, kind, cut])).toEqual([
    ['Olga', 'comment', null],
    ['Olga', 'approved', 'title in hr instead of salary and title in hr; 30 min instead of 1 h'],
    ['Otto', 'approved', null],
  ]);
  expect(cuts.map((cut) => cut.sentence)).toEqual([conversation[1]?.cut]);
});
