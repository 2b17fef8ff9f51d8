import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { type ActorLoader, createActorLoader } from './actor-loader.ts';

let store: TestStore;
let actors: ActorLoader;
let dev: string;
let tide: string;

beforeAll(async () => {
  store = await createTestStore();
  actors = createActorLoader(store.db);
  const person = { name: 'dev', email: 'dev@example.test' };
  dev = (await store.db.insertInto('person').values(person).returning('id').executeTakeFirstOrThrow()).id;
  const project = { name: 'Tide' };
  tide = (await store.db.insertInto('project').values(project).returning('id').executeTakeFirstOrThrow()).id;
});
afterAll(() => store.close());

const decidesInTide = async (): Promise<boolean | undefined> =>
  (await actors.byPersonId(dev))?.can('request.decide', { projectId: tide });

describe('rights are read as they are now', () => {
  test('a membership holds until its expiry, by the store’s clock, and not at that instant', async () => {
    const member = { project_id: tide, person_id: dev, role: 'project_owner', expires_at: '2030-01-01T00:00:00Z' };
    await store.db.insertInto('project_member').values(member).execute();
    const setClock = (at: string) =>
      store.pool.query(`create or replace function tidegate.now() returns timestamptz language sql volatile
        as $$ select timestamptz '${at}' $$`);
    await setClock('2029-12-31T23:59:59.999Z');
    expect(await decidesInTide()).toBe(true);
    await setClock('2030-01-01T00:00:00.000Z');
    expect(await decidesInTide()).toBe(false);
    await store.pool.query(`create or replace function tidegate.now() returns timestamptz language sql volatile
      as 'select clock_timestamp()'`);
    await store.db.deleteFrom('project_member').execute();
  });

  test('a role in a project comes by a group too, and goes with it', async () => {
    const { id } = await store.db
      .insertInto('person_group')
      .values({ name: 'Owners' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await store.db
      .insertInto('project_member')
      .values({ project_id: tide, group_id: id, role: 'project_owner' })
      .execute();
    expect(await decidesInTide()).toBe(false);
    await store.db.insertInto('group_member').values({ group_id: id, person_id: dev }).execute();
    expect(await decidesInTide()).toBe(true);
    await store.db.deleteFrom('person_group').execute();
    expect(await decidesInTide()).toBe(false);
  });

  test('a transaction sees its own changes', async () => {
    await store.db.transaction().execute(async (tx) => {
      await tx.insertInto('workspace_role').values({ person_id: dev, role: 'workspace_dba' }).execute();
      expect((await actors.byPersonId(dev, tx))?.can('instance.manage', 'workspace')).toBe(true);
      expect((await actors.byPersonId(dev))?.can('instance.manage', 'workspace')).toBe(false);
    });
  });

  test.each(['invited', 'deactivated'] as const)('a person who is %s is nobody', async (state) => {
    await store.db.updateTable('person').set({ state }).execute();
    expect(await actors.byPersonId(dev)).toBeNull();
    await store.db.updateTable('person').set({ state: 'active' }).execute();
  });
});
