import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Permission,
  type Role,
  type RouteAnswer,
  type RouteCall,
  type RouteDefinition,
  type Routes,
  roles,
  routes,
} from '@tidegate/contract';
import { uniqueName, useServer } from '@tidegate/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../platform/config/index.ts';
import { asSignedIn, probeRoutes, sendOverHttp, unlike } from '../platform/http/route-test-kit.ts';
import { createLog } from '../platform/log/log.ts';
import { createTestStore, type TestStore } from '../platform/store/test-store.ts';
import { compose, type Tidegate } from './compose.ts';

let store: TestStore;
let tidegate: Tidegate;
let folder: string;
let url: string;
let guarded: string;
/** Real objects, so that what is refused is refused because of who asks. */
const ids: Record<string, string> = {};

class Visitor {
  cookie = '';

  async call<K extends keyof Routes>(
    key: K,
    input: Partial<RouteCall<Routes[K]>> = {},
  ): Promise<RouteAnswer<Routes[K]>> {
    const [method = '', pattern = ''] = key.split(' ');
    const params: Readonly<Record<string, unknown>> = input.params ?? {};
    const path = pattern.replaceAll(/:(\w+)/g, (_whole, name: string) => String(params[name]));
    const query = new URLSearchParams((input.query ?? {}) as Record<string, string>);
    const answer = await fetch(`${url}/api/v1${path}?${query}`, {
      method,
      headers: {
        ...asSignedIn(this.cookie),
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    });
    const set = /tidegate_sign_in=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
    if (set !== undefined) this.cookie = set;
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${key}: ${text}`);
    return JSON.parse(text) as RouteAnswer<Routes[K]>;
  }
}

const admin = new Visitor();

async function addPerson(name: string, held: readonly Role[] = []): Promise<{ id: string; visitor: Visitor }> {
  const email = `${name}@example.test`;
  const visitor = new Visitor();
  const body = { name, email, roles: [...held], firstPassword: 'first password' };
  const { person } = await admin.call('POST /people', { body });
  await visitor.call('POST /sign-in', { body: { email, password: 'first password' } });
  await visitor.call('POST /me/password', { body: { current: 'first password', next: 'a password of my own' } });
  return { id: person.id, visitor };
}

beforeAll(async () => {
  store = await createTestStore();
  folder = await mkdtemp(join(tmpdir(), 'tidegate-security-'));
  const configured = readConfig({ TIDEGATE_DATA: folder, PG_URL: store.url });
  if (!configured.ok) throw new Error(configured.faults.join(' '));
  const log = createLog({ level: 'silent' });
  tidegate = await compose({ config: configured.config, store, log, version: '0.0.0-test' });
  url = await tidegate.listen(0, '127.0.0.1');
  await admin.call('POST /register', { body: { name: 'Ada', email: 'ada@example.test', password: 'correct horse' } });
  await makeObjects();
});
afterAll(async () => {
  await tidegate?.stop();
  await dropGuarded();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

/** An instance with a database in a project, where Grace has a grant, a request and a session. */
async function makeObjects(): Promise<void> {
  const server = await useServer('postgres15');
  guarded = uniqueName('guarded');
  await asSuperuser('postgres', `create database ${guarded}`);
  await asSuperuser(guarded, 'create table employee (id int primary key)');
  const environment = (await admin.call('GET /environments')).items[0];
  ids['environmentId'] = environment?.id ?? '';
  const { user, password } = server.superuser;
  const { host, port } = server;
  const connection = { engine: 'postgresql', host, port, user, password, tlsMode: 'disable' } as const;
  const body = { ...connection, title: 'Guarded', environmentId: ids['environmentId'] };
  ids['instanceId'] = (await admin.call('POST /instances', { body })).id;
  const databases = await admin.call('GET /databases', { query: { search: guarded } });
  ids['databaseId'] = databases.items[0]?.id ?? '';
  ids['projectId'] = (await admin.call('POST /projects', { body: { name: 'Tide' } })).id;
  const params = { projectId: ids['projectId'] };
  await admin.call('POST /projects/:projectId/transfer', { params, body: { databaseIds: [ids['databaseId']] } });
  const relations = await admin.call('GET /databases/:databaseId/relations', {
    params: { databaseId: ids['databaseId'] },
  });
  ids['relationId'] = relations.items[0]?.id ?? '';
  await makeRules({ databaseId: ids['databaseId'] });
  await makeAccess(params);
}

/** A risk rule, a label and a name pattern. */
async function makeRules(params: { databaseId: string }): Promise<void> {
  const rule = { source: 'read', name: 'Prod', condition: 'environment.protected', level: 'high', isOn: true } as const;
  ids['ruleId'] = (await admin.call('POST /risk-rules', { body: rule })).id;
  const place = { schema: 'public', table: 'employee', column: null };
  await admin.call('POST /databases/:databaseId/labels', { params, body: { items: [{ ...place, label: 'pii' }] } });
  const labels = await admin.call('GET /databases/:databaseId/labels', { params });
  ids['labelId'] = labels.items[0]?.labelId ?? '';
  const pattern = { target: 'column', pattern: '*mail', label: 'pii' } as const;
  ids['patternId'] = (await admin.call('POST /databases/:databaseId/label-patterns', { params, body: pattern })).id;
}

async function makeAccess(params: { projectId: string }): Promise<void> {
  const grace = await addPerson('grace');
  ids['personId'] = grace.id;
  ids['groupId'] = (await admin.call('POST /groups', { body: { name: 'Divers' } })).id;
  const given = await admin.call('POST /projects/:projectId/members', {
    params,
    body: {
      principals: [{ kind: 'person', id: grace.id }],
      role: 'sql_editor_read_only',
      expiry: { kind: 'after', minutes: 60 },
    },
  });
  ids['memberId'] = given.items[0]?.id ?? '';
  ids['grantId'] = given.items[0]?.grantId ?? '';
  const databaseId = ids['databaseId'] ?? '';
  const session = await grace.visitor.call('POST /sessions', { body: { databaseId } });
  ids['sessionId'] = session.id;
  const request = await grace.visitor.call('POST /requests', {
    body: {
      ...params,
      scope: { kind: 'items', items: [{ databaseId, schema: 'public', table: 'employee' }] },
      privileges: ['write'],
      reason: 'To correct a name.',
      expiry: { kind: 'after', minutes: 60 },
    },
  });
  ids['requestId'] = request.id;
  await admin.call('PUT /emergency/policies/:environmentId', {
    params: { environmentId: ids['environmentId'] ?? '' },
    body: { principals: [{ kind: 'person', id: grace.id }] },
  });
  const emergency = { databaseIds: [databaseId], minutes: 30, reason: 'Payroll stands still.', incident: 'INC-7' };
  const password = 'a password of my own';
  const review = await grace.visitor.call('POST /emergency', { body: { ...params, ...emergency, password } });
  ids['reviewId'] = review.id;
  ids['flowId'] = (await admin.call('GET /approval')).flows[0]?.id ?? '';
  ids['eventKey'] = (await admin.call('GET /audit-events')).items[0]?.key ?? '';
  ids['noticeId'] = await noticeOf(grace.visitor);
}

/** That the admin gave her access: passed on a moment after it was written. */
async function noticeOf(visitor: Visitor): Promise<string> {
  return await vi.waitFor(async () => {
    const id = (await visitor.call('GET /inbox')).items[0]?.id;
    if (id === undefined) throw new Error('no notice yet');
    return id;
  });
}

async function asSuperuser(database: string, text: string): Promise<void> {
  const { host, port, superuser } = await useServer('postgres15');
  const client = new pg.Client({ host, port, ...superuser, database });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function dropGuarded(): Promise<void> {
  if (guarded !== undefined) await asSuperuser('postgres', `drop database if exists ${guarded} with (force)`);
}

const held: readonly Permission[] = roles.workspace_member.permissions;
const isStream = (route: RouteDefinition): boolean => route.stream === 'sse';
/** Routes on an object, or on rights that a Workspace Member does not have. */
const isNotHis = (key: string, route: RouteDefinition): boolean => {
  if (!('permission' in route.access) || isStream(route)) return false;
  return !held.includes(route.access.permission) || key.includes(':') || key === 'POST /sessions';
};

/** An auditor's own part in the record, and what is asked without running or changing anything. */
const auditorMay: ReadonlySet<string> = new Set([
  'POST /audit-events/verify',
  'POST /audit-checkpoints',
  'POST /databases/:databaseId/verdict',
  'POST /risk-rules/check',
]);
const reads = (route: RouteDefinition): boolean =>
  'permission' in route.access &&
  !isStream(route) &&
  [...roles.workspace_auditor.permissions, 'self.manage'].includes(route.access.permission);
/** What only the one has who opened it. */
const isOwn = (key: string): boolean => key.startsWith('GET /sessions/');

describe('over all routes of the product, with objects that exist', () => {
  test('every object was made', () => {
    expect(Object.entries(ids).filter(([, value]) => value === '')).toEqual([]);
    expect(Object.keys(ids)).toHaveLength(18);
  });

  test('nobody who is not signed in gets anywhere but to public routes', async () => {
    const only = (_key: string, route: RouteDefinition) => 'permission' in route.access;
    const probes = await probeRoutes(sendOverHttp(url), routes, { params: ids, only });
    expect(unlike(probes, ['auth.required'])).toEqual([]);
  });

  test('a Workspace Member without projects reaches no object of others, reads or changes', async () => {
    const { visitor } = await addPerson('mallory');
    const probes = await probeRoutes(sendOverHttp(url), routes, {
      params: ids,
      only: isNotHis,
      headers: asSignedIn(visitor.cookie),
    });
    expect(probes.length).toBeGreaterThan(50);
    expect(unlike(probes, ['auth.forbidden', 'object.not_found', 'session.no_access'])).toEqual([]);
  });

  test('and sees none of them in any list', async () => {
    const { visitor } = await addPerson('eve');
    for (const key of [
      'GET /projects',
      'GET /databases',
      'GET /grants',
      'GET /requests',
      'GET /editor/databases',
      'GET /inbox',
    ] as const) {
      expect(await visitor.call(key), key).toMatchObject({ items: [], total: 0 });
    }
  });

  test('a Workspace Auditor reads all of them, and changes and queries nothing', async () => {
    const { visitor } = await addPerson('audrey', ['workspace_auditor']);
    const headers = asSignedIn(visitor.cookie);
    const reading = (key: string, route: RouteDefinition) => key.startsWith('GET ') && !isOwn(key) && reads(route);
    const read = await probeRoutes(sendOverHttp(url), routes, { params: ids, headers, only: reading });
    expect(read.filter((probe) => probe.code !== null)).toEqual([]);
    expect(read.length).toBeGreaterThan(20);
    const changing = (key: string, route: RouteDefinition) =>
      !key.startsWith('GET ') && isNotHis(key, route) && !auditorMay.has(key);
    const changed = await probeRoutes(sendOverHttp(url), routes, { params: ids, headers, only: changing });
    expect(unlike(changed, ['auth.forbidden', 'object.not_found', 'session.no_access'])).toEqual([]);
    expect(changed.length).toBeGreaterThan(30);
  });

  test('what Grace has was not touched by any of it', async () => {
    const grant = await admin.call('GET /grants/:grantId', { params: { grantId: ids['grantId'] ?? '' } });
    expect(grant.state).toBe('active');
    const request = await admin.call('GET /requests/:requestId', { params: { requestId: ids['requestId'] ?? '' } });
    expect(request.state).toBe('pending');
  });
});
