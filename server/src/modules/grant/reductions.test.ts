import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { EndKind } from '../identity/index.ts';
import { GrantWorld, NoAccess, type Place, refusalOf, run } from './grant-test-kit.ts';

let world: GrantWorld;
let fixture: EngineFixture;
let instanceId: string;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  instanceId = await world.instance(fixture);
});

afterAll(async () => {
  await world.close();
  await fixture.stop();
});

/** As every change that can reduce access: lock, change, say so; then everything that follows from it. */
async function reduce(people: readonly string[], kind: EndKind, change: (tx: Tx) => Promise<unknown>): Promise<void> {
  const { guard } = world.grants;
  await world.db.transaction().execute(async (tx) => {
    await guard.lockPeople(tx, people);
    await change(tx);
    await guard.accessChanged(tx, people, { kind, by: null });
  });
  await world.settle();
}

async function stage(): Promise<{ projectId: string; hr: Place }> {
  const projectId = await world.project('HR');
  return { projectId, hr: await world.database(fixture, instanceId, projectId, ['employee', 'salary']) };
}

describe('access that is lost in another way than by its end', () => {
  it('goes with the group that was left, for that person alone', async () => {
    const { hr } = await stage();
    const [dev, other] = [await world.person('dev'), await world.person('other')];
    const group = await world.group('Analysts', [dev, other]);
    const grant = await world.give({ to: { kind: 'group', id: group }, on: hr, tables: ['employee'] });
    const [mine, theirs] = [await world.open(dev, hr), await world.open(other, hr)];
    await reduce([dev], 'role_lost', (tx) => tx.deleteFrom('group_member').where('person_id', '=', dev).execute());
    expect(await refusalOf(run(mine, 'select 1'))).not.toBe('none');
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
    expect(await run(theirs, 'select * from employee')).toHaveLength(2);
    expect((await world.grant(grant)).closing_at).toBeNull();
    // No grant ended, so the audit says what was taken away.
    expect(await world.auditKinds()).toContain('account.reduced');
  });

  it('goes with the group that was deleted, for all', async () => {
    const { hr } = await stage();
    const dev = await world.person('dev');
    const group = await world.group('Analysts', [dev]);
    const grant = await world.give({ to: { kind: 'group', id: group }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    await reduce([dev], 'group_deleted', (tx) => tx.deleteFrom('person_group').where('id', '=', group).execute());
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    const { end_kind: kind, ended_at: endedAt, group_name: name } = await world.grant(grant);
    expect([kind, endedAt !== null, name?.startsWith('Analysts')]).toEqual(['group_deleted', true, true]);
    expect((await world.steps(grant)).map(({ step }) => step)).toEqual(['block', 'end', 'drop', 'check']);
  });

  it('waits for whoever left the group before the group lost it', async () => {
    const { hr } = await stage();
    const dev = await world.person('dev');
    const group = await world.group('Analysts', [dev]);
    const grant = await world.give({ to: { kind: 'group', id: group }, on: hr, tables: ['employee'] });
    await world.open(dev, hr);
    const { guard, ledger } = world.grants;
    // Left the group, and the server has not heard of it yet.
    await world.db.transaction().execute(async (tx) => {
      await tx.deleteFrom('group_member').where('person_id', '=', dev).execute();
      await guard.accessChanged(tx, [dev], { kind: 'role_lost', by: null });
      await ledger.endGrants(tx, [grant], { kind: 'revoked', by: null });
    });
    const targets = await world.db.selectFrom('closure_target').where('grant_id', '=', grant).selectAll().execute();
    expect(targets).toHaveLength(1);
    await world.settle();
    expect((await world.grant(grant)).ended_at).not.toBeNull();
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('goes with the person who is deactivated, and does not come back with him', async () => {
    const { hr } = await stage();
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], seconds: null });
    const session = await world.open(dev, hr);
    const setState = (state: 'active' | 'deactivated') => (tx: Tx) =>
      tx.updateTable('person').set({ state }).where('id', '=', dev).execute();
    await reduce([dev], 'person_deactivated', setState('deactivated'));
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect((await world.grant(grant)).end_kind).toBe('person_deactivated');
    await reduce([dev], 'role_lost', setState('active'));
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
  });

  it('is not given to a person who is being deactivated at the same time', async () => {
    const { hr } = await stage();
    const dev = await world.person('dev');
    let giving: Promise<string> | undefined;
    await world.db.transaction().execute(async (tx) => {
      await tx.updateTable('person').set({ state: 'deactivated' }).where('id', '=', dev).execute();
      giving = world.give({ to: { kind: 'person', id: dev }, on: hr });
      giving.catch(() => undefined);
      await world.someoneWaits();
    });
    await expect(giving).rejects.toMatchObject({ code: 'object.not_found' });
  });

  it('is seen, and ended, by an archiving that had to wait for it', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const { ledger, guard } = world.grants;
    let archiving: Promise<unknown> | undefined;
    const grant = await ledger.withChanging([], async (tx) => {
      const startsAt = await ledger.now(tx);
      const holder = { kind: 'person', id: dev } as const;
      const row = { source: 'emergency', holder, projectId, privileges: ['read'], reason: '' } as const;
      const scope = world.scopeOf({ on: hr, tables: ['employee'] });
      const id = await ledger.createGrant(tx, { ...row, scope, grantedBy: null, startsAt, expiresAt: null });
      archiving = world.db.transaction().execute(async (other) => {
        await other.updateTable('project').set({ state: 'archived' }).where('id', '=', projectId).execute();
        await guard.accessChanged(other, [], { kind: 'project_archived', by: null });
      });
      await world.someoneWaits();
      return id;
    });
    await archiving;
    expect((await world.grant(grant)).end_kind).toBe('project_archived');
    await world.settle();
  });

  it('goes with the database that goes to another project, and with that one alone', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const other = await world.database(fixture, instanceId, projectId, ['title']);
    const to = { kind: 'person', id: dev } as const;
    const single = await world.give({ to, on: hr, tables: ['employee'] });
    const kept = await world.give({ to, on: other, tables: ['title'] });
    const [lost, stays] = [await world.open(dev, hr), await world.open(dev, other)];
    const elsewhere = await world.project('Elsewhere');
    await reduce([dev], 'database_moved', (tx) =>
      tx.updateTable('database').set({ project_id: elsewhere }).where('id', '=', hr.databaseId).execute(),
    );
    expect(await refusalOf(run(lost, 'select 1'))).not.toBe('none');
    expect(await run(stays, 'select * from title')).toHaveLength(2);
    expect((await world.grant(single)).end_kind).toBe('database_moved');
    expect((await world.grant(kept)).closing_at).toBeNull();
  });

  it('shrinks, and stays open, where a grant covers more than the database that has gone', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const other = await world.database(fixture, instanceId, projectId, ['title']);
    const { ledger } = world.grants;
    const grant = await ledger.withChanging([], async (tx) => {
      const startsAt = await ledger.now(tx);
      const scope = { kind: 'project' } as const;
      const holder = { kind: 'person', id: dev } as const;
      const row = { source: 'emergency', holder, projectId, scope, privileges: ['read'], reason: '' } as const;
      return await ledger.createGrant(tx, { ...row, grantedBy: null, startsAt, expiresAt: null });
    });
    const [lost, stays] = [await world.open(dev, hr), await world.open(dev, other)];
    await reduce([dev], 'database_vanished', (tx) =>
      tx
        .updateTable('database')
        .set({ vanished_at: sql<Date>`tidegate.now()` })
        .where('id', '=', hr.databaseId)
        .execute(),
    );
    expect(await refusalOf(run(lost, 'select 1'))).not.toBe('none');
    expect(await run(stays, 'select * from title')).toHaveLength(2);
    expect((await world.grant(grant)).closing_at).toBeNull();
  });

  it('goes with the project that is archived, and does not come back when it is restored', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'] });
    const session = await world.open(dev, hr);
    const setState = (state: 'active' | 'archived') => (tx: Tx) =>
      tx.updateTable('project').set({ state }).where('id', '=', projectId).execute();
    const people = await world.db.transaction().execute((tx) => world.grants.guard.peopleOfProject(tx, projectId));
    expect(people).toEqual([dev]);
    await reduce(people, 'project_archived', setState('archived'));
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect((await world.grant(grant)).end_kind).toBe('project_archived');
    await expect(world.give({ to: { kind: 'person', id: dev }, on: hr })).rejects.toMatchObject({
      code: 'project.archived',
    });
    await reduce(people, 'role_lost', setState('active'));
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
  });

  it('goes with the role that let somebody read by role', async () => {
    const { projectId, hr } = await stage();
    const ada = await world.person('Ada');
    const memberId = await world.member(projectId, ada, 'project_owner');
    const { ledger } = world.grants;
    await ledger.withOpening(ada, (tx) => ledger.openRoleGrant(tx, ada, hr.databaseId));
    const session = await world.open(ada, hr);
    await reduce([ada], 'role_lost', (tx) => tx.deleteFrom('project_member').where('id', '=', memberId).execute());
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    const rows = await world.db.selectFrom('access_grant').where('person_id', '=', ada).selectAll().execute();
    expect(rows.map((row) => row.end_kind)).toEqual(['role_lost']);
  });

  it('goes with leaving the project, also what was requested', async () => {
    const { projectId, hr } = await stage();
    const dev = await world.person('dev');
    const memberId = await world.member(projectId, dev, 'project_developer');
    const { ledger } = world.grants;
    const grant = await ledger.withChanging([], async (tx) => {
      const startsAt = await ledger.now(tx);
      const holder = { kind: 'person', id: dev } as const;
      const row = { source: 'request', holder, projectId, privileges: ['read'], reason: 'why' } as const;
      const scope = world.scopeOf({ on: hr, tables: ['employee'] });
      return await ledger.createGrant(tx, { ...row, scope, grantedBy: null, startsAt, expiresAt: null });
    });
    const session = await world.open(dev, hr);
    await reduce([dev], 'role_lost', async () => undefined);
    expect(await run(session, 'select * from employee')).toHaveLength(2);
    await reduce([dev], 'revoked', (tx) => tx.deleteFrom('project_member').where('id', '=', memberId).execute());
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect((await world.grant(grant)).end_kind).toBe('role_lost');
  });

  it('goes with the instance that is unregistered, whose accounts come to nothing', async () => {
    const own = await world.instance(fixture);
    const place = await world.database(fixture, own, await world.project('HR'), ['employee']);
    const [dev, ada] = [await world.person('dev'), await world.person('Ada')];
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: place, tables: ['employee'] });
    const session = await world.open(dev, place);
    expect(await world.grants.closure.closeInstance(own, { personId: ada })).toBe('closed');
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect(await world.atServer(dev, place)).toEqual({ accounts: [], sessions: 0 });
    expect((await world.grant(grant)).end_kind).toBe('instance_unregistered');
    await expect(world.open(dev, place)).rejects.toThrow(NoAccess);
    expect(await world.grants.closure.closeInstance(own, { personId: ada })).toBe('closed');
  });
});
