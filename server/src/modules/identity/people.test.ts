import type { Role } from '@tidegate/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ada,
  addPerson,
  type Browser,
  createIdentityWorld,
  type IdentityWorld,
  refusalOf,
  registerAda,
  succeed,
} from './identity-test-kit.ts';

let world: IdentityWorld;
let admin: Browser;
let adaId: string;

beforeEach(async () => {
  world = await createIdentityWorld();
  admin = await registerAda(world);
  adaId = (await admin.call('GET /me')).body.person.id;
});
afterEach(() => world.close());

const setRoles = (browser: Browser, personId: string, roles: Role[]) =>
  browser.call('PATCH /people/:personId', { params: { personId }, body: { roles } });
const deactivate = (browser: Browser, personId: string) =>
  browser.call('POST /people/:personId/deactivate', { params: { personId } });
const makeGroup = async (body: { name: string; roles?: Role[]; personIds?: string[] }): Promise<string> =>
  (await succeed(admin.call('POST /groups', { body }))).body.id;
const lastEvent = async () => (await world.record()).at(-1);

describe('adding a person', () => {
  test('with a project role without access gives no ledger row', async () => {
    const dev = await addPerson(world, admin, 'Dev', ['project_developer']);
    expect(world.asked.given).toEqual([]);
    expect((await dev.browser.call('GET /me')).body.permissions).toContain('request.create');
  });

  test('with a role that carries access tells the ledger, in the same transaction', async () => {
    const dev = await addPerson(world, admin, 'Dev', ['sql_editor_user', 'workspace_member']);
    expect(world.asked.given).toMatchObject([{ role: 'sql_editor_user', personId: dev.id, groupId: null, by: adaId }]);
    const people = await admin.call('GET /people', { query: { search: 'dev' } });
    expect(people.body.items[0]?.roles).toEqual(['sql_editor_user']);
  });

  test('whose e-mail somebody has is refused with person.email_taken', async () => {
    const again = { name: 'Eve', email: ada.email.toUpperCase() };
    expect(await refusalOf(admin.call('POST /people', { body: again }))).toBe('person.email_taken');
  });

  test.each(['not an address', 'a@b', `${'x'.repeat(250)}@example.test`])('as %s is refused', async (email) => {
    expect(await refusalOf(admin.call('POST /people', { body: { name: 'Eve', email } }))).toBe('request.invalid');
  });

  test('by somebody who is no administrator is refused with auth.forbidden, and recorded', async () => {
    const dba = await addPerson(world, admin, 'Dba', ['workspace_dba']);
    const eve = { name: 'Eve', email: 'eve@example.test' };
    expect(await refusalOf(dba.browser.call('POST /people', { body: eve }))).toBe('auth.forbidden');
    expect(await lastEvent()).toMatchObject({
      kind: 'auth.refused',
      actorId: dba.id,
      data: { permission: 'person.manage', route: 'POST /people' },
    });
  });
});

describe('roles', () => {
  test('that are lost end the access that came with them: locked first, told after', async () => {
    const dev = await addPerson(world, admin, 'Dev', ['sql_editor_user', 'project_developer']);
    await succeed(setRoles(admin, dev.id, ['project_developer']));
    expect(world.asked.locked.at(-1)).toEqual([dev.id]);
    expect(world.asked.reduced).toEqual([['role_lost', [dev.id]]]);
    expect(await lastEvent()).toMatchObject({ kind: 'role.taken', data: { role: 'sql_editor_user' } });
  });

  test('of oneself are refused with role.self_assignment, and recorded', async () => {
    const grace = await addPerson(world, admin, 'Grace', ['workspace_admin']);
    expect(await refusalOf(setRoles(grace.browser, grace.id, ['workspace_admin', 'sql_editor_user']))).toBe(
      'role.self_assignment',
    );
    expect(await refusalOf(setRoles(grace.browser, grace.id, []))).toBe('role.self_assignment');
    expect(await lastEvent()).toMatchObject({ kind: 'auth.refused', data: { code: 'role.self_assignment' } });
    await succeed(setRoles(grace.browser, grace.id, ['workspace_admin']));
  });

  test('count at the next call, without signing in again', async () => {
    const grace = await addPerson(world, admin, 'Grace', ['workspace_admin']);
    await succeed(grace.browser.call('GET /people'));
    await succeed(setRoles(admin, grace.id, []));
    expect(await refusalOf(grace.browser.call('GET /people'))).toBe('auth.forbidden');
  });

  test('of two administrators who take each other’s at once: one stays', async () => {
    for (let round = 0; round < 5; round += 1) {
      const grace = await addPerson(world, admin, `Grace${round}`, ['workspace_admin']);
      const answers = await Promise.all([
        refusalOf(setRoles(admin, grace.id, [])),
        refusalOf(setRoles(grace.browser, adaId, [])),
      ]);
      expect(answers.sort()).toEqual(['auth.forbidden', 'none']);
      const left = await world.store.db.selectFrom('workspace_role').selectAll().execute();
      expect(left).toHaveLength(1);
      // Whoever stayed makes it as it was.
      if (left[0]?.person_id !== adaId) {
        await succeed(setRoles(grace.browser, adaId, ['workspace_admin']));
        await succeed(setRoles(admin, grace.id, []));
      }
    }
  });
});

describe('deactivation', () => {
  test('signs out everywhere, ends all access and takes roles that carry it', async () => {
    const dev = await addPerson(world, admin, 'Dev', ['sql_editor_user', 'project_developer']);
    const answer = await succeed(deactivate(admin, dev.id));
    expect(answer.body).toMatchObject({ state: 'deactivated', roles: ['project_developer'] });
    expect(world.asked.reduced).toEqual([['person_deactivated', [dev.id]]]);
    expect(await refusalOf(dev.browser.call('GET /me'))).toBe('auth.required');
    expect(await refusalOf(world.browser().call('POST /sign-in', { body: dev }))).toBe('auth.failed');
    expect(await refusalOf(setRoles(admin, dev.id, ['sql_editor_user']))).toBe('object.conflict');
  });

  test('can be taken back; the old sign-ins stay ended', async () => {
    const dev = await addPerson(world, admin, 'Dev', ['project_developer']);
    await succeed(deactivate(admin, dev.id));
    await succeed(admin.call('POST /people/:personId/activate', { params: { personId: dev.id } }));
    expect(await refusalOf(dev.browser.call('GET /me'))).toBe('auth.required');
    await succeed(world.browser().call('POST /sign-in', { body: { email: dev.email, password: dev.password } }));
  });

  test('of oneself, and an invitation for oneself, are refused with person.self_refused', async () => {
    expect(await refusalOf(deactivate(admin, adaId))).toBe('person.self_refused');
    const invitation = admin.call('POST /people/:personId/invitation', { params: { personId: adaId } });
    expect(await refusalOf(invitation)).toBe('person.self_refused');
  });

  test('of each other at once leaves one', async () => {
    const grace = await addPerson(world, admin, 'Grace', ['workspace_admin']);
    const answers = await Promise.all([
      refusalOf(deactivate(admin, grace.id)),
      refusalOf(deactivate(grace.browser, adaId)),
    ]);
    expect(answers.filter((code) => code === 'none')).toHaveLength(1);
  });
});

describe('groups', () => {
  test('give their roles to the people in them', async () => {
    const dev = await addPerson(world, admin, 'Dev');
    const groupId = await makeGroup({ name: 'DBAs', roles: ['workspace_dba'], personIds: [dev.id] });
    expect((await dev.browser.call('GET /me')).body.roles).toContain('workspace_dba');
    await succeed(admin.call('PATCH /groups/:groupId', { params: { groupId }, body: { personIds: [] } }));
    expect((await dev.browser.call('GET /me')).body.roles).not.toContain('workspace_dba');
    expect(world.asked.locked.at(-1)).toEqual([dev.id]);
    expect(world.asked.reduced.at(-1)).toEqual(['role_lost', [dev.id]]);
  });

  test('with a role that carries access tell the ledger of the group', async () => {
    const groupId = await makeGroup({ name: 'Readers', roles: ['sql_editor_read_only'] });
    expect(world.asked.given).toMatchObject([{ role: 'sql_editor_read_only', personId: null, groupId }]);
  });

  test('that are deleted end the access of the people in them', async () => {
    const dev = await addPerson(world, admin, 'Dev');
    const groupId = await makeGroup({ name: 'Readers', personIds: [dev.id] });
    await succeed(admin.call('DELETE /groups/:groupId', { params: { groupId } }));
    expect(world.asked.reduced.at(-1)).toEqual(['group_deleted', [dev.id]]);
  });

  test('with a name that differs only in case are refused with group.name_taken', async () => {
    await makeGroup({ name: 'Readers' });
    expect(await refusalOf(admin.call('POST /groups', { body: { name: 'READERS' } }))).toBe('group.name_taken');
  });

  test('take nobody who is unknown or deactivated', async () => {
    const personIds = ['00000000-0000-4000-8000-000000000000'];
    expect(await refusalOf(admin.call('POST /groups', { body: { name: 'Ghosts', personIds } }))).toBe(
      'request.invalid',
    );
  });

  test('are not a way to give oneself anything: role.self_assignment', async () => {
    const withMe = { name: 'Mine', roles: ['sql_editor_user' as const], personIds: [adaId] };
    expect(await refusalOf(admin.call('POST /groups', { body: withMe }))).toBe('role.self_assignment');
    const groupId = await makeGroup({ name: 'Mine' });
    const change = (browser: Browser, body: { roles?: Role[]; personIds?: string[] }) =>
      refusalOf(browser.call('PATCH /groups/:groupId', { params: { groupId }, body }));
    expect(await change(admin, { personIds: [adaId] })).toBe('role.self_assignment');
    const grace = await addPerson(world, admin, 'Grace', ['workspace_admin']);
    expect(await change(grace.browser, { personIds: [adaId] })).toBe('none');
    expect(await change(admin, { roles: ['sql_editor_user'] })).toBe('role.self_assignment');
    expect(await change(admin, { personIds: [] })).toBe('role.self_assignment');
    expect(await change(admin, { personIds: [adaId, grace.id] })).toBe('none');
    expect(await refusalOf(admin.call('DELETE /groups/:groupId', { params: { groupId } }))).toBe(
      'role.self_assignment',
    );
  });
});

describe('the last administrator', () => {
  /** Grace administers through the group alone; Ada’s own role was taken by her. */
  const onlyByGroup = async () => {
    const grace = await addPerson(world, admin, 'Grace');
    const groupId = await makeGroup({ name: 'Admins', roles: ['workspace_admin'], personIds: [grace.id] });
    const dba = await addPerson(world, admin, 'Dba');
    await succeed(setRoles(grace.browser, adaId, []));
    return { grace, groupId, dba };
  };

  test('who administers by a group cannot be taken out by himself or lose it', async () => {
    const { grace, groupId } = await onlyByGroup();
    const change = (body: { roles?: Role[]; personIds?: string[] }) =>
      refusalOf(grace.browser.call('PATCH /groups/:groupId', { params: { groupId }, body }));
    expect(await change({ personIds: [] })).toBe('role.self_assignment');
    expect(await refusalOf(deactivate(grace.browser, grace.id))).toBe('person.self_refused');
    expect((await grace.browser.call('GET /people')).status).toBe(200);
  });

  test('stays even when the rules about oneself would not stop it: person.last_admin', async () => {
    // An administrator who has been invited but has no password yet cannot take over.
    const invited = { name: 'Ida', email: 'ida@example.test', roles: ['workspace_admin' as const] };
    const ida = await succeed(admin.call('POST /people', { body: invited }));
    const grace = await addPerson(world, admin, 'Grace', ['workspace_admin']);
    await world.store.pool.query(`update person set password_hash = null where id = $1`, [grace.id]);
    expect(await refusalOf(setRoles(grace.browser, adaId, []))).toBe('person.last_admin');
    expect(await refusalOf(deactivate(grace.browser, adaId))).toBe('person.last_admin');
    expect(await lastEvent()).toMatchObject({ kind: 'auth.refused', data: { code: 'person.last_admin' } });
    expect((await admin.call('GET /me')).body.roles).toContain('workspace_admin');
    expect(ida.body.person.state).toBe('invited');
  });
});

describe('lists', () => {
  test('search without patterns, page, and say what may be done', async () => {
    for (const name of ['Percy 100%', 'Percy 1000']) {
      const email = `${name.replaceAll(/\W/g, '')}@example.test`;
      await succeed(admin.call('POST /people', { body: { name, email } }));
    }
    const found = await admin.call('GET /people', { query: { search: '0%' } });
    expect(found.body.items.map((person) => person.name)).toEqual(['Percy 100%']);
    const page = await admin.call('GET /people', { query: { page: 2, pageSize: 2 } });
    expect([page.body.total, page.body.items.length]).toEqual([3, 1]);
    const own = await admin.call('GET /people', { query: { search: 'ada@' } });
    expect(own.body.items[0]?.abilities).toEqual({
      edit: true,
      changeRoles: false,
      deactivate: false,
      activate: false,
      invite: false,
      revokeAccess: true,
    });
  });

  test('of principals hold people and groups, but nobody deactivated', async () => {
    const dev = await addPerson(world, admin, 'Dev');
    await makeGroup({ name: 'Developers' });
    const search = () => admin.call('GET /principals', { query: { search: 'dev' } });
    expect((await search()).body.items.map((item) => item.name)).toEqual(['Dev', 'Developers']);
    await succeed(deactivate(admin, dev.id));
    expect((await search()).body.items.map((item) => item.name)).toEqual(['Developers']);
  });
});
