import type { FlowStep } from '@tidegate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestFilter } from './access-request-store.ts';
import type { Caller } from './request-parts.ts';
import { RequestWorld } from './request-test-kit.ts';

let world: RequestWorld;
let dev: Caller;
let olga: Caller;
let gina: Caller;
let projectId: string;

beforeAll(async () => {
  world = await RequestWorld.open();
  projectId = await world.grants.project('HR');
  await world.database(projectId);
  dev = await world.person('dev', projectId, 'project_developer');
  olga = await world.person('Olga', projectId, 'project_owner');
  gina = await world.person('Gina', null, 'project_developer');
});
afterAll(() => world.close());

const waiting = async (person: Caller, page = 1) => {
  const keys = await world.approval.approvers.keysOf(person.personId);
  const decidableBy = { personId: person.personId, adminPersonId: null, keys };
  const none = { search: undefined, state: undefined, projectId: undefined, requesterId: null, orRequesterId: null };
  const filter: RequestFilter = { ...none, projects: 'all', decidableBy, page, pageSize: 2 };
  const { items, total } = await world.requests.store.list(filter);
  expect(await world.requests.store.countToDecide(decidableBy)).toBe(total);
  return { numbers: items.map((request) => request.number), total };
};

describe('what waits for a decision', () => {
  it('is listed for those whom an open step names, by a group too, until they have decided, and never for the requester', async () => {
    const group = await world.grants.group('On-call', [gina.personId]);
    const deciders: FlowStep['deciders'] = [
      { kind: 'role', role: 'project_owner' },
      { kind: 'group', id: group },
    ];
    const steps: FlowStep[] = [{ deciders, quorum: 2, minutes: null, afterwards: { kind: 'expire' } }];
    await world.flow({ kind: 'steps', steps }, [{ source: 'read', level: 'low' }]);
    const ask = () => world.ask({ by: dev, projectId, scope: { kind: 'project' } });
    const [first, second, third] = [await ask(), await ask(), await ask()];
    expect(await waiting(olga)).toEqual({ numbers: [third.number, second.number], total: 3 });
    expect(await waiting(olga, 2)).toEqual({ numbers: [first.number], total: 3 });
    expect(await waiting(gina)).toMatchObject({ total: 3 });
    expect(await waiting(dev)).toEqual({ numbers: [], total: 0 });
    await world.decide(olga, third);
    expect(await waiting(olga)).toEqual({ numbers: [second.number, first.number], total: 2 });
    expect((await waiting(gina)).numbers).toEqual([third.number, second.number]);
    await world.decide(gina, third);
    expect(await waiting(gina)).toMatchObject({ total: 2 });
    expect(await world.requests.store.countOwn(dev.personId)).toBe(2);
  });
});
