import { accessRoutes, type Role, type RouteTable } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { kernelServer } from '../../platform/http/http-test-kit.ts';
import { createActorLoader } from '../identity/index.ts';
import { GrantWorld, NoAccess, type Place, refusalOf, run } from './grant-test-kit.ts';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the kernel checks each answer against its schema; tests read into it.
  readonly body: any;
}

let world: GrantWorld;
let fixture: EngineFixture;
let server: FastifyInstance;
let instanceId: string;
let ada: string;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  instanceId = await world.instance(fixture);
  ada = await world.person('Ada', ['workspace_admin']);
  const { handlers } = world.grants;
  const loader = createActorLoader(world.db);
  server = await kernelServer({
    table: Object.fromEntries(Object.entries(accessRoutes).filter(([key]) => key in handlers)) as RouteTable,
    handlers: handlers as unknown as Readonly<Record<string, ErasedHandler>>,
    loadActor: async (personId) => {
      const actor = await loader.byPersonId(personId);
      return actor === null ? null : { actor };
    },
  });
});

afterAll(async () => {
  await server.close();
  await world.close();
  await fixture.stop();
});

async function call(personId: string, key: string, body?: object, query?: Record<string, string>): Promise<Answer> {
  const [method = '', path = ''] = key.split(' ');
  const answer = await server.inject({
    method: method as 'GET',
    url: `/api/v1${path}`,
    cookies: { tidegate_sign_in: personId },
    headers: { 'sec-fetch-site': 'same-origin' },
    ...(query !== undefined && { query }),
    ...(body !== undefined && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

async function stage(): Promise<{ projectId: string; hr: Place; owner: string }> {
  const projectId = await world.project('HR');
  const owner = await world.person('Olga');
  await world.member(projectId, owner, 'project_owner');
  return {
    projectId,
    owner,
    hr: await world.database(fixture, instanceId, projectId, ['employee', 'salary', 'title']),
  };
}

interface Gift {
  readonly to: string;
  readonly kind?: 'person' | 'group';
  readonly role?: Role;
  readonly on?: Place;
  readonly tables?: readonly string[];
  readonly expiry?: object;
}

function giving(
  projectId: string,
  by: string,
  { to, kind = 'person', role = 'sql_editor_user', on, tables, expiry }: Gift,
) {
  return call(by, `POST /projects/${projectId}/members`, {
    principals: [{ kind, id: to }],
    role,
    ...(on !== undefined && { scope: world.scopeOf({ on, ...(tables !== undefined && { tables }) }) }),
    expiry: expiry ?? { kind: 'after', minutes: 60 },
  });
}

describe('members', () => {
  it('are given a role whose access is a row of the ledger, to the last privilege', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const given = await giving(projectId, ada, { to: dev, on: hr, tables: ['employee'] });
    expect(given.status).toBe(201);
    expect(given.body.items).toMatchObject([
      {
        principal: { kind: 'person', id: dev, name: 'dev' },
        role: 'sql_editor_user',
        grantState: 'active',
        scope: { sentence: `employee in ${hr.name}`, isProject: false },
        abilities: { revoke: true },
      },
    ]);
    const session = await world.open(dev, hr);
    await run(session, 'update employee set amount = 11 where id = 1');
    expect(await refusalOf(run(session, 'select * from salary'))).toBe('access_refused');
    await run(session, 'update employee set amount = 10 where id = 1');
  });

  it('lose it when the role is taken away, with what they have open, as was said before', async () => {
    const { projectId, hr, owner } = await stage();
    const dev = await world.person('dev');
    const given = await giving(projectId, ada, { to: dev, on: hr, role: 'sql_editor_read_only', tables: ['employee'] });
    const path = `/projects/${projectId}/members/${given.body.items[0].id}`;
    const session = await world.open(dev, hr);
    const effect = await call(owner, `GET ${path}/effect`);
    expect(effect.body.sentence).toBe(`dev loses read on employee in ${hr.name}; nothing is open now.`);
    expect((await call(owner, `DELETE ${path}`)).body).toEqual({ done: true });
    await world.settle();
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
    const grant = await world.grant(given.body.items[0].grantId);
    expect([grant.end_kind, grant.end_by, grant.ended_at !== null]).toEqual(['revoked', owner, true]);
    expect((await call(owner, `DELETE ${path}`)).body.code).toBe('object.not_found');
  });

  it('are never oneself, nor a group one is in', async () => {
    const { projectId, hr } = await stage();
    const group = await world.group('Admins', [ada]);
    expect((await giving(projectId, ada, { to: ada, on: hr })).body.code).toBe('member.self_grant');
    expect((await giving(projectId, ada, { to: group, kind: 'group', on: hr })).body.code).toBe('member.self_grant');
    expect((await giving(projectId, ada, { to: ada, role: 'project_viewer' })).body.code).toBe('member.self_grant');
  });

  it('are given data access by administrators alone', async () => {
    const { projectId, hr, owner } = await stage();
    const dev = await world.person('dev');
    const refused = await giving(projectId, owner, { to: dev, on: hr });
    expect([refused.status, refused.body.code]).toEqual([403, 'member.access_not_allowed']);
    const plain = await giving(projectId, owner, { to: dev, role: 'project_developer' });
    expect(plain.body.items).toMatchObject([{ role: 'project_developer', scope: null, grantId: null }]);
  });

  it('are refused what is not in the project, and ends that have passed', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const elsewhere = await stage();
    const code = async (gift: Omit<Gift, 'to'>) => (await giving(projectId, ada, { to: dev, ...gift })).body.code;
    expect(await code({ on: elsewhere.hr })).toBe('grant.scope_unknown');
    expect(await code({ on: hr, tables: ['no_such_table'] })).toBe('grant.scope_unknown');
    expect(await code({ on: hr, expiry: { kind: 'at', at: '2020-01-01T00:00:00.000Z' } })).toBe(
      'member.expiry_invalid',
    );
    const now = await world.grants.ledger.now();
    await world.freeze(now);
    expect(await code({ on: hr, expiry: { kind: 'at', at: now.toISOString() } })).toBe('member.expiry_invalid');
    await world.freeze(null);
    await world.db.updateTable('project').set({ state: 'archived' }).where('id', '=', projectId).execute();
    expect(await code({ on: hr })).toBe('project.archived');
    expect(await world.db.selectFrom('access_grant').where('person_id', '=', dev).select('id').execute()).toEqual([]);
  });

  it('include an owner always, also when two remove each other at once', async () => {
    const { projectId, owner } = await stage();
    const second = await world.person('Second');
    const path = `/projects/${projectId}/members`;
    const list = await call(owner, `GET ${path}`);
    const first = list.body.items.find((one: { principal: { id: string } }) => one.principal.id === owner);
    expect((await call(owner, `DELETE ${path}/${first.id}`)).body.code).toBe('project.last_owner');
    const added = await world.member(projectId, second, 'project_owner');
    const outcomes = await Promise.all([
      call(owner, `DELETE ${path}/${added}`),
      call(second, `DELETE ${path}/${first.id}`),
    ]);
    const codes = outcomes.map(({ body }) => body.code ?? 'removed').toSorted();
    expect(codes[1]).toBe('removed');
    expect(['auth.forbidden', 'object.not_found', 'project.last_owner']).toContain(codes[0]);
  });

  it('are listed with those who hold a role in every project, searched and paged', async () => {
    const { projectId, owner } = await stage();
    await world.person('Wide', ['project_viewer']);
    const group = await world.group('Analysts', []);
    await giving(projectId, ada, { to: group, kind: 'group', role: 'project_developer' });
    const all = await call(owner, `GET /projects/${projectId}/members`);
    const wide = all.body.items.filter((one: { isWorkspaceWide: boolean }) => one.isWorkspaceWide);
    expect(wide).toMatchObject([{ principal: { name: 'Wide' }, abilities: { revoke: false } }]);
    expect(all.body.total).toBe(3);
    const found = await call(owner, `GET /projects/${projectId}/members`, undefined, { search: 'analy%' });
    expect(found.body.items).toEqual([]);
    const paged = await call(owner, `GET /projects/${projectId}/members`, undefined, { search: 'anal', pageSize: '1' });
    expect(paged.body).toMatchObject({ total: 1, items: [{ principal: { kind: 'group' } }] });
  });

  it('are not shown to those who are none', async () => {
    const { projectId, hr } = await stage();
    const stranger = await world.person('Stranger');
    expect((await call(stranger, `GET /projects/${projectId}/members`)).body.code).toBe('object.not_found');
    expect((await giving(projectId, stranger, { to: stranger, on: hr })).body.code).toBe('object.not_found');
  });
});

describe('grants', () => {
  it('are shown to their holder and to those who may list them, to nobody else', async () => {
    const { hr, owner } = await stage();
    const [dev, stranger] = [await world.person('dev'), await world.person('Stranger')];
    const id = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee', 'salary', 'title'] });
    const mine = await call(dev, `GET /grants/${id}`);
    expect(mine.body).toMatchObject({
      sentence: `dev can read employee, salary and title in ${hr.name}`,
      state: 'active',
      abilities: { revoke: false, giveBack: true },
    });
    expect((await call(owner, `GET /grants/${id}`)).body.abilities).toMatchObject({ revoke: true, giveBack: false });
    for (const path of [`GET /grants/${id}`, `GET /grants/${id}/effect`, `POST /grants/${id}/give-back`]) {
      expect((await call(stranger, path)).body.code, path).toBe('object.not_found');
    }
    expect((await call(stranger, `POST /grants/${id}/revoke`, {})).body.code).toBe('object.not_found');
    const lists = async (personId: string, query: Record<string, string>) =>
      (await call(personId, 'GET /grants', undefined, query)).body.items.map((one: { id: string }) => one.id);
    expect(await lists(stranger, { mine: 'false' })).toEqual([]);
    expect(await lists(owner, { mine: 'false' })).toEqual([id]);
    expect(await lists(dev, { state: 'live' })).toEqual([id]);
    expect((await call(dev, 'GET /my-access')).body.items).toMatchObject([{ id }]);
  });

  it('end by revocation and by giving back, once', async () => {
    const { hr, owner } = await stage();
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    const [revoked, back] = [await world.give({ to, on: hr }), await world.give({ to, on: hr })];
    expect((await call(dev, `POST /grants/${revoked}/revoke`, {})).body.code).toBe('auth.forbidden');
    const closing = await call(owner, `POST /grants/${revoked}/revoke`, { note: 'done here' });
    expect(closing.body).toMatchObject({
      end: { kind: 'revoked', by: { id: owner }, note: 'done here', endedAt: null },
      state: 'closing',
      abilities: { revoke: false },
    });
    expect((await call(owner, `POST /grants/${back}/give-back`)).body.code).toBe('auth.forbidden');
    expect((await call(dev, `POST /grants/${back}/give-back`)).body.end.kind).toBe('given_back');
    expect((await call(owner, `POST /grants/${revoked}/revoke`, {})).body.code).toBe('grant.not_active');
    await world.settle();
    const closed = await call(owner, `GET /grants/${revoked}`);
    expect(closed.body.state).toBe('closed');
    expect(closed.body.closure).toMatchObject([{ step: 'check', ok: true }]);
  });

  it('say before they end what will be lost, and what other grants keep', async () => {
    const { hr, owner } = await stage();
    const dev = await world.person('dev');
    const to = { kind: 'person', id: dev } as const;
    const first = await world.give({ to, on: hr, tables: ['employee', 'salary'] });
    const effect = async (id: string) => (await call(owner, `GET /grants/${id}/effect`)).body.sentence;
    expect(await effect(first)).toBe(`dev loses read on employee and salary in ${hr.name}; nothing is open now.`);
    await world.give({ to, on: hr, tables: ['salary'] });
    expect(await effect(first)).toContain('except what other grants give');
    await world.give({ to, on: hr });
    expect(await effect(first)).toContain('keeps read');
  });

  it('of a group are revoked for all who are in it, also when it is empty', async () => {
    const { hr, owner } = await stage();
    const [dev, other] = [await world.person('dev'), await world.person('other')];
    const group = await world.group('Analysts', [dev, other]);
    const grant = await world.give({ to: { kind: 'group', id: group }, on: hr, tables: ['employee'] });
    const sessions = [await world.open(dev, hr), await world.open(other, hr)];
    expect((await call(owner, `GET /grants/${grant}/effect`)).body.people).toBe(2);
    expect((await call(dev, `POST /grants/${grant}/give-back`)).body.code).toBe('auth.forbidden');
    expect((await call(owner, `POST /grants/${grant}/revoke`, {})).status).toBe(200);
    await world.settle();
    for (const session of sessions) expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    const empty = await world.give({ to: { kind: 'group', id: await world.group('Empty', []) }, on: hr });
    expect((await call(owner, `POST /grants/${empty}/revoke`, {})).status).toBe(200);
  });
});

describe('tables that were made again', () => {
  it('are confirmed by who may grant, never by their holder, and only once', async () => {
    const { projectId, hr, owner } = await stage();
    const dba = await world.person('Dora', ['workspace_dba']);
    const given = await giving(projectId, ada, { to: dba, on: hr, role: 'sql_editor_read_only', tables: ['salary'] });
    const path = `/grants/${given.body.items[0].grantId}`;
    expect((await call(ada, `POST ${path}/confirm-tables`)).body.code).toBe('grant.no_lost_tables');
    await fixture.owner(hr.name, 'drop table salary');
    await fixture.owner(hr.name, fixture.dialect.createTable('salary'));
    await world.sync(hr);
    // In a group of his own: a grant that names no group is still not his.
    await world.group('Admins', [ada]);
    const lost = (await call(ada, `GET ${path}`)).body;
    expect(lost).toMatchObject({
      lostTables: [{ table: 'salary', isReplaced: true }],
      abilities: { confirmTables: true },
    });
    expect((await call(dba, `GET ${path}`)).body.abilities.confirmTables).toBe(false);
    expect((await call(dba, `POST ${path}/confirm-tables`)).body.code).toBe('member.self_grant');
    expect((await call(owner, `POST ${path}/confirm-tables`)).body.code).toBe('auth.forbidden');
    expect((await call(ada, `POST ${path}/confirm-tables`)).body).toMatchObject({ lostTables: [] });
    expect((await call(ada, `POST ${path}/confirm-tables`)).body.code).toBe('grant.no_lost_tables');
  });
});

describe('a whole database as of now', () => {
  it('is the list of its tables then, and covers none that comes later', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const item = { databaseId: hr.databaseId, schema: null, table: null, asOfNow: true };
    const given = await call(ada, `POST /projects/${projectId}/members`, {
      principals: [{ kind: 'person', id: dev }],
      role: 'sql_editor_read_only',
      scope: { kind: 'items', items: [item] },
      expiry: { kind: 'after', minutes: 60 },
    });
    expect(given.body.items[0].scope).toMatchObject({
      sentence: `employee, salary and title in ${hr.name}`,
      databases: [{ isWhole: false }],
    });
    await fixture.owner(hr.name, fixture.dialect.createTable('later'));
    await world.sync(hr);
    await world.settle();
    const session = await world.open(dev, hr);
    expect(await run(session, 'select * from title')).toHaveLength(2);
    expect(await refusalOf(run(session, 'select * from later'))).toBe('access_refused');
  });
});
