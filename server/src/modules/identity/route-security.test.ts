import {
  auditRoutes,
  identityRoutes,
  type Permission,
  type RouteDefinition,
  type RouteTable,
  roles,
} from '@tidegate/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asSignedIn, type Probe, probeRoutes, sendTo, unlike } from '../../platform/http/route-test-kit.ts';
import {
  addPerson,
  type Browser,
  createIdentityWorld,
  type IdentityWorld,
  registerAda,
  succeed,
} from './identity-test-kit.ts';

const table: RouteTable = { ...identityRoutes, ...auditRoutes };
const memberHolds: readonly Permission[] = roles.workspace_member.permissions;

let world: IdentityWorld;
let admin: Browser;
const params: Record<string, string> = {};

beforeAll(async () => {
  world = await createIdentityWorld();
  admin = await registerAda(world);
  // Objects that exist: what is refused is refused because of who asks.
  params['personId'] = (await addPerson(world, admin, 'Target')).id;
  params['groupId'] = (await succeed(admin.call('POST /groups', { body: { name: 'Target' } }))).body.id;
});
afterAll(() => world.close());

const needsMore = (_key: string, route: RouteDefinition): boolean =>
  'permission' in route.access && !memberHolds.includes(route.access.permission);
const probeAs = (browser: Browser): Promise<Probe[]> =>
  probeRoutes(sendTo(world.app), table, {
    params,
    only: needsMore,
    headers: asSignedIn(browser.cookie ?? ''),
  });
const countRefusals = async (): Promise<number> =>
  (await world.record()).filter((event) => event.kind === 'auth.refused').length;

describe('over all routes of people and the record', () => {
  test('a Workspace Member is refused every one that needs more, and each refused change is recorded', async () => {
    const member = await addPerson(world, admin, 'Member');
    const before = await countRefusals();
    const probes = await probeAs(member.browser);
    expect(probes.length).toBeGreaterThan(12);
    expect(unlike(probes, ['auth.forbidden', 'object.not_found'])).toEqual([]);
    const changes = probes.filter((probe) => !probe.key.startsWith('GET '));
    expect((await countRefusals()) - before).toBe(changes.length);
  });

  test('a Workspace DBA may list people, and is refused the rest', async () => {
    const dba = await addPerson(world, admin, 'Dba', ['workspace_dba']);
    const open = (await probeAs(dba.browser)).filter((probe) => probe.code === null).map((probe) => probe.key);
    expect(open.sort()).toEqual(['GET /groups', 'GET /people', 'GET /principals']);
  });

  test('a Workspace Auditor may list people and read, verify and have the record signed, and is refused the rest', async () => {
    const auditor = await addPerson(world, admin, 'Auditor', ['workspace_auditor']);
    const open = (await probeAs(auditor.browser)).filter((probe) => probe.code === null);
    const changes = open.filter((probe) => !probe.key.startsWith('GET ')).map((probe) => probe.key);
    expect(changes).toEqual(['POST /audit-events/verify', 'POST /audit-checkpoints']);
    expect(open.map((probe) => probe.key)).toEqual(expect.arrayContaining(['GET /people', 'GET /audit-events']));
  });

  test('a Project Owner everywhere administers no people', async () => {
    const owner = await addPerson(world, admin, 'Owner', ['project_owner']);
    const open = (await probeAs(owner.browser)).filter((probe) => probe.code === null).map((probe) => probe.key);
    expect(open).toEqual([]);
  });
});
