import { accessRoutes, grantLifeRoutes, type RouteTable } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
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
  const all: RouteTable = { ...accessRoutes, ...grantLifeRoutes };
  server = await kernelServer({
    table: Object.fromEntries(Object.entries(all).filter(([key]) => key in handlers)),
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

interface Stage {
  readonly projectId: string;
  readonly owner: string;
  readonly hr: Place;
}

async function stage(): Promise<Stage> {
  const projectId = await world.project('HR');
  const owner = await world.person('Olga');
  await world.member(projectId, owner, 'project_owner');
  const hr = await world.database(fixture, instanceId, projectId, ['employee', 'salary', 'title']);
  return { projectId, owner, hr };
}

const holder = (id: string) => ({ kind: 'person', id }) as const;
const isRead = async (personId: string, place: Place, table: string) =>
  refusalOf(run(await world.open(personId, place), `select * from ${table}`));
/** A statement on record in an open session of the person. */
async function recordStatement(personId: string, place: Place, state: 'started' | 'succeeded', grantId: string) {
  const session = await world.db
    .insertInto('session')
    .values({
      ...{ person_id: personId, database_id: place.databaseId, server_id: 'test', state: 'open' },
      ...{ opened_at: sql<Date>`tidegate.now()`, last_used_at: sql<Date>`tidegate.now()` },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await world.db
    .insertInto('statement')
    .values({
      ...{ session_id: session.id, person_id: personId, database_id: place.databaseId, text: 'select 1', state },
      ...{ tables: ['public.employee'], grant_ids: [grantId], started_at: sql<Date>`tidegate.now()`, rows: 3 },
    })
    .execute();
}

describe('narrowing', () => {
  it('says before what will be lost and ended, and then is so', async () => {
    const { hr, owner } = await stage();
    const dev = await world.person('dev');
    const id = await world.give({
      to: holder(dev),
      on: hr,
      tables: ['employee', 'salary'],
      privileges: ['read', 'write'],
    });
    await recordStatement(dev, hr, 'started', id);
    const scope = world.scopeOf({ on: hr, tables: ['employee'] });
    const effect = await call(owner, `POST /grants/${id}/narrow/effect`, { scope, privileges: ['read'] });
    expect(effect.body).toEqual({
      people: 1,
      sessions: 1,
      runningStatements: 1,
      sentence: `dev loses read and write on salary in ${hr.name} and write on employee in ${hr.name}; 1 running statement and 1 open session will be ended.`,
    });
    const left = await call(owner, `POST /grants/${id}/narrow`, {
      scope,
      privileges: ['read'],
      note: 'less is enough',
    });
    expect(left.body).toMatchObject({
      sentence: `dev can read employee in ${hr.name}`,
      state: 'active',
      family: [{ id, relation: 'before' }],
    });
    await world.settle();
    expect(await isRead(dev, hr, 'employee')).toBe('none');
    expect(await isRead(dev, hr, 'salary')).toBe('access_refused');
    const before = await call(dev, `GET /grants/${id}`);
    expect(before.body).toMatchObject({
      state: 'closed',
      end: { kind: 'narrowed', by: { id: owner }, note: 'less is enough' },
    });
    expect(before.body.family).toMatchObject([{ id: left.body.id, relation: 'left', state: 'active' }]);
  });

  it('says what is kept of something whole, and that less time ends nothing now', async () => {
    const { hr, owner } = await stage();
    const dev = await world.person('dev');
    const id = await world.give({ to: holder(dev), on: hr });
    const scope = world.scopeOf({ on: hr, tables: ['employee', 'title'] });
    const sentenceOf = async (body: object) =>
      (await call(owner, `POST /grants/${id}/narrow/effect`, body)).body.sentence;
    expect(await sentenceOf({ scope })).toBe(
      `dev loses read on everything but employee and title in ${hr.name}; nothing is open now.`,
    );
    expect(await sentenceOf({ expiresAt: new Date(Date.now() + 60_000).toISOString() })).toBe(
      'dev keeps everything until the new end; nothing will be ended now.',
    );
    await world.give({ to: holder(dev), on: hr });
    expect(await sentenceOf({ scope })).toBe(
      `dev loses read on everything but employee and title in ${hr.name}, which other grants give too; nothing will be ended.`,
    );
  });

  it('is the holder’s own way to give back a part, and nobody else’s without the right', async () => {
    const { hr } = await stage();
    const [dev, stranger] = [await world.person('dev'), await world.person('Stranger')];
    const id = await world.give({ to: holder(dev), on: hr, tables: ['employee', 'salary'] });
    const scope = world.scopeOf({ on: hr, tables: ['employee'] });
    for (const path of [`POST /grants/${id}/narrow/effect`, `POST /grants/${id}/narrow`]) {
      expect((await call(stranger, path, { scope })).body.code).toBe('object.not_found');
    }
    const group = await world.group('Analysts', [dev]);
    const shared = await world.give({ to: { kind: 'group', id: group }, on: hr, tables: ['employee', 'salary'] });
    expect((await call(dev, `POST /grants/${shared}/narrow`, { scope })).body.code).toBe('auth.forbidden');
    const left = await call(dev, `POST /grants/${id}/narrow`, { scope });
    expect(left.body).toMatchObject({ sentence: `dev can read employee in ${hr.name}`, abilities: { narrow: true } });
    const wider = await call(dev, `POST /grants/${left.body.id}/narrow`, { privileges: ['read', 'write'] });
    expect(wider.body.code).toBe('grant.not_narrower');
  });

  it('keeps what is named of a table that was dropped, and leaves out a database that has moved', async () => {
    const { hr, projectId, owner } = await stage();
    const dev = await world.person('dev');
    const crm = await world.database(fixture, instanceId, projectId, ['lead']);
    const items = [hr, crm].flatMap((on) => {
      const tables = on === hr ? ['employee', 'salary'] : ['lead'];
      const scope = world.scopeOf({ on, tables });
      return scope.kind === 'items' ? scope.items : [];
    });
    const { ledger } = world.grants;
    const id = await ledger.withChanging([dev], async (tx) =>
      ledger.createGrant(tx, {
        ...{
          source: 'emergency',
          holder: holder(dev),
          projectId,
          scope: { kind: 'items', items },
          privileges: ['read'],
        },
        ...{ reason: '', grantedBy: null, startsAt: await ledger.now(tx), expiresAt: null },
      }),
    );
    await world.db
      .deleteFrom('relation')
      .where('database_id', '=', hr.databaseId)
      .where('name', '=', 'employee')
      .execute();
    const elsewhere = await world.project('Elsewhere');
    await world.db.updateTable('database').set({ project_id: elsewhere }).where('id', '=', crm.databaseId).execute();
    const kept = items.filter((item) => item.table !== 'salary');
    const left = await call(owner, `POST /grants/${id}/narrow`, { scope: { kind: 'items', items: kept } });
    expect(left.body.sentence).toBe(`dev can read employee in ${hr.name}`);
  });
});

describe('a receipt', () => {
  it('sets what was granted against what was used, to the table', async () => {
    const { hr } = await stage();
    const dev = await world.person('dev');
    const id = await world.give({ to: holder(dev), on: hr });
    await recordStatement(dev, hr, 'succeeded', id);
    await recordStatement(dev, hr, 'succeeded', id);
    const { receipt, use } = (await call(dev, `GET /grants/${id}`)).body;
    expect(receipt).toEqual({
      granted: 3,
      used: [{ databaseId: hr.databaseId, database: hr.name, schema: 'public', table: 'employee', statements: 2 }],
      hasWritten: false,
    });
    expect(use).toMatchObject({ statements: 2, rows: 6 });
  });
});

describe('a membership', () => {
  const giving = (by: string, { projectId, hr }: Stage, to: string, role: string) =>
    call(by, `POST /projects/${projectId}/members`, {
      ...{ principals: [holder(to)], role, scope: world.scopeOf({ on: hr, tables: ['employee'] }) },
      expiry: { kind: 'after', minutes: 60 },
    });

  it('is extended with its access, never by oneself, never to sooner', async () => {
    const here = await stage();
    const dev = await world.person('dev');
    const [member] = (await giving(ada, here, dev, 'sql_editor_read_only')).body.items;
    const path = `POST /projects/${here.projectId}/members/${member.id}/extend`;
    const at = new Date(Date.now() + 5 * 3_600_000).toISOString();
    const extended = await call(ada, path, { expiry: { kind: 'at', at } });
    expect(extended.body).toMatchObject({ id: member.id, expiresAt: at, abilities: { extend: true } });
    expect((await world.grant(member.grantId)).expires_at?.toISOString()).toBe(at);
    expect((await call(ada, path, { expiry: { kind: 'after', minutes: 5 } })).body.code).toBe('grant.not_later');
    expect((await call(here.owner, path, { expiry: { kind: 'never' } })).body.code).toBe('member.access_not_allowed');
    expect((await call(dev, path, { expiry: { kind: 'never' } })).body.code).toBe('auth.forbidden');
    const second = await world.person('Second', ['workspace_admin']);
    const own = (await giving(ada, here, second, 'sql_editor_read_only')).body.items[0];
    const self = `POST /projects/${here.projectId}/members/${own.id}/extend`;
    expect((await call(second, self, { expiry: { kind: 'never' } })).body.code).toBe('member.self_grant');
    expect(await world.auditKinds()).toEqual(expect.arrayContaining(['grant.extended', 'member.extended']));
  });

  it('without access is extended by its owner', async () => {
    const here = await stage();
    const dev = await world.person('dev');
    const [member] = (await giving(here.owner, here, dev, 'project_developer')).body.items;
    const path = `POST /projects/${here.projectId}/members/${member.id}/extend`;
    expect((await call(here.owner, path, { expiry: { kind: 'after', minutes: 30 } })).body.code).toBe(
      'grant.not_later',
    );
    expect((await call(here.owner, path, { expiry: { kind: 'never' } })).body.expiresAt).toBeNull();
  });

  it('narrowed keeps its access in what is left: it ends with it, and is listed by it', async () => {
    const here = await stage();
    const dev = await world.person('dev');
    const body = { principals: [holder(dev)], role: 'sql_editor_user', expiry: { kind: 'after', minutes: 60 } };
    const [member] = (await call(ada, `POST /projects/${here.projectId}/members`, body)).body.items;
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    const scope = world.scopeOf({ on: here.hr, tables: ['employee'] });
    const left = await call(here.owner, `POST /grants/${member.grantId}/narrow`, { scope, expiresAt });
    expect(left.body).toMatchObject({ memberId: member.id, expiresAt, source: 'membership' });
    const members = () => call(ada, `GET /projects/${here.projectId}/members`, undefined, { search: 'dev' });
    expect((await members()).body.items).toMatchObject([
      { id: member.id, expiresAt, grantId: left.body.id, scope: { sentence: `employee in ${here.hr.name}` } },
    ]);
    await call(here.owner, `DELETE /projects/${here.projectId}/members/${member.id}`);
    await world.settle();
    expect((await world.grant(left.body.id)).end_kind).toBe('revoked');
    await expect(world.open(dev, here.hr)).rejects.toThrow(NoAccess);
  });

  it('whose access has ended is not extended', async () => {
    const here = await stage();
    const dev = await world.person('dev');
    const [member] = (await giving(ada, here, dev, 'sql_editor_read_only')).body.items;
    await world.end(member.grantId, [dev]);
    const path = `POST /projects/${here.projectId}/members/${member.id}/extend`;
    expect((await call(ada, path, { expiry: { kind: 'never' } })).body.code).toBe('grant.not_active');
    const listed = await call(ada, `GET /projects/${here.projectId}/members`, undefined, { search: 'dev' });
    expect(listed.body.items[0].abilities.extend).toBe(false);
  });
});

describe('all access of a person', () => {
  it('is revoked in a project, or everywhere, as was said before', async () => {
    const [here, there] = [await stage(), await stage()];
    const dev = await world.person('dev');
    const group = await world.group('Analysts', [dev]);
    await world.give({ to: holder(dev), on: here.hr, tables: ['employee'] });
    await world.give({ to: holder(dev), on: here.hr, tables: ['salary'] });
    await world.give({ to: holder(dev), on: there.hr });
    await world.give({ to: { kind: 'group', id: group }, on: there.hr, tables: ['title'] });
    const session = await world.open(dev, here.hr);
    const { projectId } = here;
    const effect = await call(here.owner, `GET /people/${dev}/access/effect`, undefined, { projectId });
    expect(effect.body).toMatchObject({ grants: 2, sentence: 'dev loses 2 grants; nothing is open now.' });
    const done = await call(here.owner, `POST /people/${dev}/access/revoke`, { projectId, note: 'leaves' });
    expect(done.body).toEqual({ done: true, grants: 2 });
    await world.settle();
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    await expect(world.open(dev, here.hr)).rejects.toThrow(NoAccess);
    expect(await isRead(dev, there.hr, 'employee')).toBe('none');
    const everywhere = await call(ada, `GET /people/${dev}/access/effect`);
    expect(everywhere.body.sentence).toMatch(/^dev loses 1 grant; nothing is open now\. What Analysts \w+ give stays/);
    expect((await call(ada, `POST /people/${dev}/access/revoke`, {})).body).toEqual({ done: true, grants: 1 });
    await world.settle();
    expect(await isRead(dev, there.hr, 'title')).toBe('none');
    expect(await isRead(dev, there.hr, 'employee')).toBe('access_refused');
  });

  it('is revoked by those alone who may revoke there', async () => {
    const [here, there] = [await stage(), await stage()];
    const dev = await world.person('dev');
    await world.give({ to: holder(dev), on: here.hr });
    const paths = [`GET /people/${dev}/access/effect`, `POST /people/${dev}/access/revoke`];
    for (const path of paths) {
      const body = path.startsWith('POST') ? { projectId: here.projectId } : undefined;
      const query = { projectId: here.projectId };
      expect((await call(there.owner, path, body, query)).body.code).toBe('object.not_found');
      expect((await call(here.owner, path, body === undefined ? undefined : {})).body.code).toBe('auth.forbidden');
    }
    expect(await isRead(dev, here.hr, 'employee')).toBe('none');
  });
});

describe('all access on a database', () => {
  it('is listed by people, and revoked; grants keep their other databases', async () => {
    const here = await stage();
    const { projectId, hr } = here;
    const crm = await world.database(fixture, instanceId, projectId, ['lead']);
    const [dev, eve, max] = [await world.person('dev'), await world.person('Eve'), await world.person('Max')];
    const group = await world.group('Analysts', [max]);
    await world.give({ to: holder(dev), on: hr, tables: ['employee'] });
    await world.give({ to: { kind: 'group', id: group }, on: hr, tables: ['title'] });
    await call(ada, `POST /projects/${projectId}/members`, {
      ...{ principals: [holder(eve)], role: 'sql_editor_read_only', expiry: { kind: 'after', minutes: 60 } },
    });
    const list = await call(here.owner, `GET /databases/${hr.databaseId}/access`);
    expect(list.body.items).toMatchObject([
      { person: { name: 'dev' }, groupName: null, sentence: `employee in ${hr.name}`, privileges: ['read'] },
      { person: { name: 'Eve' }, source: 'membership', sentence: `all tables of ${hr.name}, also later ones` },
      { person: { name: 'Max' }, groupName: expect.stringMatching(/^Analysts/), sentence: `title in ${hr.name}` },
    ]);
    expect(list.body).toMatchObject({ total: 3, abilities: { revokeAll: true } });
    const found = await call(here.owner, `GET /databases/${hr.databaseId}/access`, undefined, { search: 'analy' });
    expect(found.body.items.map((one: { person: { name: string } }) => one.person.name)).toEqual(['Max']);

    const inCrm = await world.open(eve, crm);
    const effect = await call(here.owner, `GET /databases/${hr.databaseId}/access/effect`);
    expect(effect.body.sentence).toBe(
      `dev, Eve and Max lose ${hr.name}; nothing is open now. 1 grant keeps its other databases.`,
    );
    const done = await call(here.owner, `POST /databases/${hr.databaseId}/access/revoke`, { note: 'a leak' });
    expect(done.body).toEqual({ done: true, grants: 3 });
    await world.settle();
    for (const person of [dev, eve, max]) await expect(world.open(person, hr)).rejects.toThrow(NoAccess);
    expect(await run(inCrm, 'select * from lead')).toHaveLength(2);
    expect((await call(here.owner, `GET /databases/${hr.databaseId}/access`)).body.total).toBe(0);
  });

  it('is seen and revoked by those alone who may', async () => {
    const [here, there] = [await stage(), await stage()];
    const dev = await world.person('dev');
    await world.member(here.projectId, dev, 'project_developer');
    const { databaseId } = here.hr;
    for (const path of ['GET', 'GET /effect', 'POST /revoke']) {
      const [method = '', rest = ''] = path.split(' ');
      const key = `${method} /databases/${databaseId}/access${rest}`;
      const body = method === 'POST' ? {} : undefined;
      expect((await call(there.owner, key, body)).body.code, key).toBe('object.not_found');
      expect((await call(dev, key, body)).body.code, key).toBe('object.not_found');
    }
  });
});
