import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestInventory, type TestInventory } from './inventory-test-kit.ts';
import { insertInstance } from './test-instance.ts';

let kit: TestInventory;
let admin: string;
let member: string;

beforeAll(async () => {
  kit = await openTestInventory();
  admin = await kit.person('Ada', ['workspace_admin']);
  member = await kit.person('Mia', []);
});
afterAll(() => kit.close());
beforeEach(() => {
  kit.guardCalls.length = 0;
});

const environments = async () => (await kit.call(admin, 'GET /environments')).body.items;

describe('a project', () => {
  it('is deleted when it is archived and every closure has passed; its record stays, its name is free', async () => {
    const body = { name: 'Short-lived' };
    const { id } = (await kit.call(admin, 'POST /projects', { body })).body;
    const { db } = kit.store;
    const instance = await insertInstance(db, randomUUID());
    const place = { instance_id: instance, name: 'left', project_id: id };
    const database = await db.insertInto('database').values(place).returning('id').executeTakeFirstOrThrow();
    const remove = async (by = admin) => (await kit.call(by, `DELETE /projects/${id}`)).body;
    expect((await remove()).code).toBe('project.not_archived');
    expect((await remove(member)).code).toBe('object.not_found');
    const grant = await db
      .insertInto('access_grant')
      .values({
        ...{ source: 'emergency', person_id: member, project_id: id, covers_all_databases: true, privileges: ['read'] },
        ...{ starts_at: new Date(), expires_at: null, closing_at: new Date(), end_kind: 'revoked' },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await kit.call(admin, `PATCH /projects/${id}`, { body: { state: 'archived' } });
    expect((await remove()).code).toBe('project.closing');
    await db.updateTable('access_grant').set({ ended_at: new Date() }).where('id', '=', grant.id).execute();
    expect(await remove()).toEqual({ done: true });
    expect((await kit.call(admin, `GET /projects/${id}`)).body.code).toBe('object.not_found');
    const after = await db.selectFrom('database').where('id', '=', database.id).select('project_id').executeTakeFirst();
    expect(after?.project_id).toBeNull();
    expect(await kit.auditKinds()).toContain('project.deleted');
    expect((await kit.call(admin, 'POST /projects', { body })).status).toBe(201);
  });

  it('can hide what is not granted: databases, tables, completion, search', async () => {
    const { id } = (await kit.call(admin, 'POST /projects', { body: { name: 'Hidden' } })).body;
    const { db } = kit.store;
    const viewer = await kit.person('Vera', []);
    await db
      .insertInto('project_member')
      .values({ project_id: id, person_id: viewer, role: 'project_developer' })
      .execute();
    const instance = await insertInstance(db, randomUUID());
    const insertDatabase = async (name: string) =>
      (
        await db
          .insertInto('database')
          .values({ instance_id: instance, name, project_id: id })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id;
    const [open, closed] = [await insertDatabase('pay_open'), await insertDatabase('pay_closed')];
    for (const name of ['employee', 'salary']) {
      const place = { database_id: open, schema_name: 'public', name };
      await db
        .insertInto('relation')
        .values({ ...place, kind: 'table', identity: name, columns: '[]' })
        .execute();
    }
    const names = async (route: string, query: Record<string, string> = {}) =>
      (await kit.call(viewer, route, { query })).body.items?.map(({ name }: { name: string }) => name);
    const inOpen = `GET /databases/${open}`;
    expect(await names('GET /databases', { search: 'pay_' })).toEqual(['pay_closed', 'pay_open']);
    expect(await names(`${inOpen}/relations`)).toEqual(['employee', 'salary']);

    await kit.call(admin, `PATCH /projects/${id}`, { body: { hidesNames: true } });
    expect(await names('GET /databases', { search: 'pay_' })).toEqual([]);
    expect((await kit.call(viewer, inOpen)).body.code).toBe('object.not_found');

    const key = JSON.stringify(['public', 'employee']);
    const nothing = { whole: new Set<'read'>(), schemas: new Map(), until: null, byRole: false };
    kit.access.set(open, { ...nothing, tables: new Map([[key, new Set(['read' as const])]]) });
    expect(await names('GET /databases', { search: 'pay_' })).toEqual(['pay_open']);
    expect(await names(`${inOpen}/relations`)).toEqual(['employee']);
    expect(await names(`${inOpen}/completion`, { search: '' })).toEqual(['employee']);
    expect(await names(`${inOpen}/completion`, { names: 'salary' })).toEqual([]);
    expect((await kit.call(viewer, `GET /databases/${closed}`)).body.code).toBe('object.not_found');
    const salary = await db
      .selectFrom('relation')
      .where('name', '=', 'salary')
      .where('database_id', '=', open)
      .select('id')
      .executeTakeFirstOrThrow();
    expect((await kit.call(viewer, `${inOpen}/relations/${salary.id}`)).body.code).toBe('object.not_found');
    expect((await kit.call(admin, `${inOpen}/relations`)).body.items).toHaveLength(2);
    kit.access.clear();
    expect(await kit.auditKinds()).toContain('project.names_hidden');
  });

  it('is owned by whoever creates it', async () => {
    const dba = await kit.person('Dan', ['workspace_dba']);
    const { status, body } = await kit.call(dba, 'POST /projects', { body: { name: 'HR' } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'HR', state: 'active', databases: 0, members: 1 });
    expect(body.owners).toEqual([{ kind: 'person', id: dba, name: 'Dan' }]);
    expect(await kit.auditKinds()).toContain('project.created');
  });

  it('is not created by a member, and keeps its name for itself', async () => {
    const body = { name: 'hr' };
    expect((await kit.call(member, 'POST /projects', { body })).body.code).toBe('auth.forbidden');
    expect((await kit.call(admin, 'POST /projects', { body })).body.code).toBe('project.name_taken');
  });

  it('is seen by its members and those who see all', async () => {
    const { id } = (await kit.call(admin, 'POST /projects', { body: { name: 'Secret' } })).body;
    expect((await kit.call(member, `GET /projects/${id}`)).body.code).toBe('object.not_found');
    expect((await kit.call(member, 'GET /projects')).body.total).toBe(0);
    const found = await kit.call(admin, 'GET /projects', { query: { search: 'SECR' } });
    expect(found.body.items).toMatchObject([{ id, abilities: { manage: true, archive: true, restore: false } }]);
  });

  it('closes all access when archived, people locked first, and can then only be restored', async () => {
    const { id } = (await kit.call(admin, 'POST /projects', { body: { name: 'Old' } })).body;
    const archived = await kit.call(admin, `PATCH /projects/${id}`, { body: { state: 'archived' } });
    expect(archived.body).toMatchObject({ state: 'archived', abilities: { archive: false, restore: true } });
    expect(kit.guardCalls).toEqual([
      { locked: [admin], kind: null },
      { locked: [admin], kind: 'project_archived' },
    ]);
    const renamed = await kit.call(admin, `PATCH /projects/${id}`, { body: { name: 'Older' } });
    expect(renamed.body.code).toBe('project.archived');
    const restored = await kit.call(admin, `PATCH /projects/${id}`, { body: { state: 'active' } });
    expect(restored.body.state).toBe('active');
    const kinds = await kit.auditKinds();
    expect(kinds).toEqual(expect.arrayContaining(['project.archived', 'project.restored']));
  });

  it('is managed by its owner, not by who only views it', async () => {
    const viewer = await kit.person('Vic', ['project_viewer']);
    const { id } = (await kit.call(admin, 'POST /projects', { body: { name: 'Guarded' } })).body;
    const answer = await kit.call(viewer, `PATCH /projects/${id}`, { body: { state: 'archived' } });
    expect(answer.body.code).toBe('auth.forbidden');
    expect((await kit.call(viewer, `GET /projects/${id}`)).body.abilities.manage).toBe(false);
  });
});

describe('an environment', () => {
  const add = async (name: string, more: object = {}) =>
    (await kit.call(admin, 'POST /environments', { body: { name, color: 'teal', ...more } })).body;

  it('Test and Prod exist from the start; a new one comes last and can be moved', async () => {
    const staging = await add('Staging');
    expect((await environments()).map(({ name }: { name: string }) => name)).toEqual(['Test', 'Prod', 'Staging']);
    await kit.call(admin, `PATCH /environments/${staging.id}`, { body: { position: 2 } });
    const order = (await environments()).map((item: { name: string; position: number }) => [item.position, item.name]);
    expect(order).toEqual([
      [1, 'Test'],
      [2, 'Staging'],
      [3, 'Prod'],
    ]);
  });

  it('keeps its name for itself', async () => {
    expect((await kit.call(admin, 'POST /environments', { body: { name: 'TEST', color: 'red' } })).body.code).toBe(
      'environment.name_taken',
    );
  });

  it('is changed by those who manage environments only', async () => {
    const [test] = await environments();
    const answer = await kit.call(member, `PATCH /environments/${test.id}`, { body: { color: 'red' } });
    expect(answer.body.code).toBe('auth.forbidden');
    const list = await kit.call(member, 'GET /environments');
    expect(list.body.abilities).toEqual({ create: false });
  });

  it('that stops reading by role ends those grants: everybody who may read by role is locked first', async () => {
    const closing = await add('Closing');
    const owner = await kit.person('Olu', ['project_owner']);
    await kit.call(admin, `PATCH /environments/${closing.id}`, { body: { allowsReadByRole: false } });
    const [lock, change] = kit.guardCalls;
    expect(lock).toMatchObject({ kind: null });
    expect(lock?.locked).toEqual(expect.arrayContaining([admin, owner]));
    expect(lock?.locked).not.toContain(member);
    expect(change).toEqual({ locked: lock?.locked, kind: 'role_lost' });
    kit.guardCalls.length = 0;
    await kit.call(admin, `PATCH /environments/${closing.id}`, { body: { allowsReadByRole: true } });
    expect(kit.guardCalls).toEqual([]);
  });

  it('that is used cannot be deleted; one that only the record uses can', async () => {
    const doomed = await add('Doomed');
    const instanceId = await insertInstance(kit.store.db, `server ${randomUUID()}`);
    const { db } = kit.store;
    await db.updateTable('instance').set({ environment_id: doomed.id }).where('id', '=', instanceId).execute();
    const refused = await kit.call(admin, `DELETE /environments/${doomed.id}`);
    expect(refused.body).toMatchObject({ code: 'environment.in_use', details: { instances: 1 } });
    const gone = { unregistering_at: new Date(), unregistered_at: new Date() };
    await db.updateTable('instance').set(gone).where('id', '=', instanceId).execute();
    expect((await kit.call(admin, `DELETE /environments/${doomed.id}`)).body).toEqual({ done: true });
  });

  it('of a database may differ from its instance’s; where it forbids reading by role, those grants end', async () => {
    const strict = await add('Strict', { allowsReadByRole: false });
    const instanceId = await insertInstance(kit.store.db, `server ${randomUUID()}`);
    const { id } = await kit.store.db
      .insertInto('database')
      .values({ instance_id: instanceId, name: 'crown_jewels' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const own = await kit.call(admin, `PATCH /databases/${id}`, { body: { environmentId: strict.id } });
    expect(own.body).toMatchObject({ environment: { name: 'Strict' }, isEnvironmentInherited: false });
    expect(kit.guardCalls.at(-1)).toMatchObject({ kind: 'role_lost' });
    kit.guardCalls.length = 0;
    const inherited = await kit.call(admin, `PATCH /databases/${id}`, { body: { environmentId: null } });
    expect(inherited.body).toMatchObject({ environment: { name: 'Test' }, isEnvironmentInherited: true });
    expect(kit.guardCalls).toEqual([]);
  });
});
