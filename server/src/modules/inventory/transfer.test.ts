import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestInventory, type TestInventory } from './inventory-test-kit.ts';
import { insertInstance } from './test-instance.ts';

let kit: TestInventory;
let admin: string;
let owner: string;
let developer: string;
let instanceId: string;
let home: string;
let other: string;

beforeAll(async () => {
  kit = await openTestInventory();
  admin = await kit.person('Ada', ['workspace_admin']);
  owner = await kit.person('Olu', []);
  developer = await kit.person('Dee', ['project_developer']);
  instanceId = await insertInstance(kit.store.db, 'server');
});
afterAll(() => kit.close());

/** `home` is owned by Olu and Ada, `other` by Ada alone. */
beforeEach(async () => {
  home = await newProject(`Home ${randomUUID()}`);
  other = await newProject(`Other ${randomUUID()}`);
  await addOwner(home, owner);
  kit.guardCalls.length = 0;
});

async function newProject(name: string): Promise<string> {
  return (await kit.call(admin, 'POST /projects', { body: { name } })).body.id;
}

async function addOwner(projectId: string, personId: string): Promise<void> {
  await kit.store.db
    .insertInto('project_member')
    .values({ project_id: projectId, person_id: personId, role: 'project_owner' })
    .execute();
}

async function newDatabase(projectId: string | null): Promise<string> {
  const row = await kit.store.db
    .insertInto('database')
    .values({ instance_id: instanceId, name: `db ${randomUUID()}`, project_id: projectId })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function projectOf(databaseId: string): Promise<string | null> {
  const query = kit.store.db.selectFrom('database').select('project_id').where('id', '=', databaseId);
  return (await query.executeTakeFirstOrThrow()).project_id;
}

const transfer = (personId: string, projectId: string, ...databaseIds: string[]) =>
  kit.call(personId, `POST /projects/${projectId}/transfer`, { body: { databaseIds } });
const unassign = (personId: string, projectId: string, ...databaseIds: string[]) =>
  kit.call(personId, `POST /projects/${projectId}/unassign`, { body: { databaseIds } });

describe('Transfer in DB', () => {
  it('moves many from the unassigned at once for an administrator', async () => {
    const databases = [await newDatabase(null), await newDatabase(null)];
    expect((await transfer(admin, home, ...databases)).body).toEqual({ transferred: 2 });
    for (const id of databases) expect(await projectOf(id)).toBe(home);
    const events = await kit.store.db
      .selectFrom('audit_event')
      .select(['kind', 'data'])
      .where('database_id', 'in', databases)
      .execute();
    expect(events).toMatchObject([
      { kind: 'database.transferred', data: { fromProject: null, toProjectId: home } },
      { kind: 'database.transferred', data: { fromProject: null, toProjectId: home } },
    ]);
  });

  it('ends the access of the former project in the same step, people locked first', async () => {
    const database = await newDatabase(home);
    await addOwner(other, owner);
    expect((await transfer(owner, other, database)).body).toEqual({ transferred: 1 });
    const everybody = expect.arrayContaining([admin, owner]);
    expect(kit.guardCalls).toEqual([
      { locked: everybody, kind: null },
      { locked: everybody, kind: 'database_moved' },
    ]);
  });

  it('is refused into a project that the person does not own', async () => {
    const viewer = await kit.person('Vic', ['project_viewer']);
    const answer = await transfer(viewer, home, await newDatabase(other));
    expect(answer.body.code).toBe('auth.forbidden');
  });

  it('into a project that the person does not see says that it does not exist', async () => {
    expect((await transfer(owner, other, await newDatabase(home))).body.code).toBe('object.not_found');
  });

  it('takes nothing out of a project that the person sees but does not own, and then moves nothing at all', async () => {
    const own = await newDatabase(home);
    const foreign = await newDatabase(other);
    const third = await newProject(`Third ${randomUUID()}`);
    const both = await kit.person('Bea', ['project_viewer']);
    await addOwner(third, both);
    await addOwner(home, both);
    const answer = await transfer(both, third, own, foreign);
    expect(answer.body).toMatchObject({ code: 'auth.forbidden', details: { databaseIds: [foreign] } });
    expect(await projectOf(own)).toBe(home);
    expect(await projectOf(foreign)).toBe(other);
    expect(kit.guardCalls).toEqual([]);
  });

  it('of databases that the person does not see says that they do not exist', async () => {
    const hidden = await newDatabase(other);
    const unassigned = await newDatabase(null);
    expect((await transfer(owner, home, hidden)).body.code).toBe('object.not_found');
    expect((await transfer(owner, home, unassigned)).body.code).toBe('object.not_found');
    expect((await transfer(owner, home, randomUUID())).body.code).toBe('object.not_found');
    expect(await projectOf(hidden)).toBe(other);
  });

  it('lets a role held in every project take nothing from the unassigned', async () => {
    const everywhere = await kit.person('Eve', ['project_owner']);
    const unassigned = await newDatabase(null);
    expect((await transfer(everywhere, home, unassigned)).body.code).toBe('object.not_found');
    expect((await transfer(everywhere, home, await newDatabase(other))).body).toEqual({ transferred: 1 });
  });

  it('neither fills nor empties an archived project', async () => {
    const inside = await newDatabase(other);
    await kit.call(admin, `PATCH /projects/${other}`, { body: { state: 'archived' } });
    expect((await transfer(admin, home, inside)).body.code).toBe('project.archived');
    expect((await transfer(admin, other, await newDatabase(home))).body.code).toBe('project.archived');
    expect(await projectOf(inside)).toBe(other);
  });

  it('by two people at once moves each database once', async () => {
    const database = await newDatabase(null);
    const answers = await Promise.all([transfer(admin, home, database), transfer(admin, other, database)]);
    const moved = answers.filter(({ status }) => status === 200);
    expect(moved.length).toBeGreaterThanOrEqual(1);
    for (const { body } of answers.filter(({ status }) => status !== 200)) expect(body.code).toBe('object.conflict');
    expect([home, other]).toContain(await projectOf(database));
  });

  it('offers exactly what may be transferred into the project', async () => {
    const both = await kit.person('Bob', []);
    for (const project of [home, other]) await addOwner(project, both);
    const takeable = await newDatabase(other);
    await newDatabase(home);
    await newDatabase(null);
    const { body } = await kit.call(both, 'GET /databases', { query: { transferableTo: home } });
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([takeable]);
    const asViewer = await kit.call(developer, 'GET /databases', { query: { transferableTo: home } });
    expect(asViewer.body.total).toBe(0);
  });
});

describe('taking databases out of a project', () => {
  it('ends the access that the project gave', async () => {
    const database = await newDatabase(home);
    expect((await unassign(owner, home, database)).body).toEqual({ transferred: 1 });
    expect(await projectOf(database)).toBeNull();
    expect(kit.guardCalls.at(-1)?.kind).toBe('database_moved');
    expect((await kit.call(owner, `GET /databases/${database}`)).body.code).toBe('object.not_found');
  });

  it('is refused for one that is elsewhere', async () => {
    const database = await newDatabase(other);
    expect((await unassign(admin, home, database)).body.code).toBe('database.not_in_project');
  });
});

describe('names of databases', () => {
  it('are seen by the members of their project, by nobody else, and all by those who list instances', async () => {
    const inside = await newDatabase(home);
    const unassigned = await newDatabase(null);
    const stranger = await kit.person('Sam', []);
    expect((await kit.call(owner, `GET /databases/${inside}`)).status).toBe(200);
    expect((await kit.call(developer, `GET /databases/${inside}`)).status).toBe(200);
    expect((await kit.call(stranger, `GET /databases/${inside}`)).body.code).toBe('object.not_found');
    for (const path of ['', '/relations', '/completion']) {
      const answer = await kit.call(developer, `GET /databases/${unassigned}${path}`);
      expect(answer.body.code).toBe('object.not_found');
    }
    expect((await kit.call(admin, `GET /databases/${unassigned}`)).status).toBe(200);
    expect((await kit.call(stranger, 'GET /databases')).body.total).toBe(0);
  });

  it('come with what the person may do there', async () => {
    const id = await newDatabase(home);
    const until = new Date('2030-01-01T00:00:00.000Z');
    const schemas = new Map([['sales', new Set<'read' | 'write'>(['read'])]]);
    kit.access.set(id, { whole: new Set(), schemas, tables: new Map(), until, byRole: false });
    const { body } = await kit.call(developer, `GET /databases/${id}`);
    expect(body.myAccess).toEqual({ read: 'some', write: 'none', until: until.toISOString(), byRole: false });
    expect(body.abilities).toMatchObject({ request: true, transfer: false, changeEnvironment: false });
  });

  it('are sorted and paged by the server', async () => {
    await kit.store.db.updateTable('database').set({ project_id: null }).execute();
    for (const name of ['b', 'A', 'c']) {
      const id = await newDatabase(home);
      await kit.store.db.updateTable('database').set({ name }).where('id', '=', id).execute();
    }
    const query = { projectId: home, sort: 'name', order: 'desc', page: '2', pageSize: '2' };
    const { body } = await kit.call(owner, 'GET /databases', { query });
    expect(body).toMatchObject({ total: 3, page: 2, items: [{ name: 'A' }] });
  });
});
