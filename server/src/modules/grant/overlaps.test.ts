import type { Privilege } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFixture } from '../../engines/mysql/mysql-fixture.ts';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { EndKind } from '../identity/index.ts';
import type { GrantSource } from './grant.ts';
import { GrantWorld, NoAccess, type Place, refusalOf, run } from './grant-test-kit.ts';

interface Row {
  readonly source: GrantSource;
  readonly to?: { readonly kind: 'person' | 'group'; readonly id: string };
  readonly tables?: readonly string[];
  readonly privileges?: readonly Privilege[];
  readonly seconds?: number;
  readonly memberId?: string;
}

/** Rows of one person that overlap: the union while they last, the remainder when one ends; at real servers. */
describe.each([
  ['PostgreSQL 15', () => startPostgresFixture(15)],
  ['PostgreSQL 18', () => startPostgresFixture(18)],
  ['MariaDB', () => startFixture('mariadb', 'equipped')],
  ['MySQL 9.7', () => startFixture('mysql', 'equipped')],
] as const)('overlapping access on %s', (_name, start) => {
  let world: GrantWorld;
  let fixture: EngineFixture;
  let projectId: string;
  let hr: Place;
  let dev: string;

  beforeAll(async () => {
    [world, fixture] = await Promise.all([GrantWorld.open(), start()]);
    projectId = await world.project('HR');
    hr = await world.database(fixture, await world.instance(fixture), projectId, ['salary', 'title', 'employee']);
  }, 120_000);
  beforeEach(async () => {
    dev = await world.person('dev');
  });
  afterAll(async () => {
    await world.close();
    await fixture.stop();
  });

  const give = ({ source, to, tables, privileges = ['read'], seconds = 3_600, memberId }: Row) => {
    const { ledger } = world.grants;
    return ledger.withChanging([], async (tx) => {
      const startsAt = await ledger.now(tx);
      return await ledger.createGrant(tx, {
        ...{ source, privileges, projectId, startsAt, reason: 'why', grantedBy: null },
        holder: to ?? { kind: 'person', id: dev },
        scope: world.scopeOf({ on: hr, ...(tables !== undefined && { tables }) }),
        projectMemberId: memberId ?? null,
        expiresAt: new Date(startsAt.getTime() + seconds * 1_000),
      });
    });
  };
  const end = async (grantId: string) => {
    await world.end(grantId, [dev]);
    await world.settle();
    expect((await world.grant(grantId)).ended_at).not.toBeNull();
  };
  const reduce = async (kind: EndKind, change: () => Promise<unknown>) => {
    const { guard } = world.grants;
    await change();
    await world.db.transaction().execute((tx) => guard.accessChanged(tx, [dev], { kind, by: null }));
    await world.settle();
  };
  /** What can be done at the server, as `salary: read, title: write`. */
  const reach = async (): Promise<string> => {
    const session = await world.open(dev, hr);
    const parts: string[] = [];
    for (const table of ['salary', 'title', 'employee']) {
      const reads = (await refusalOf(run(session, `select * from ${table}`))) === 'none';
      const writes = (await refusalOf(run(session, `update ${table} set amount = amount where id = 1`))) === 'none';
      if (reads || writes) parts.push(`${table}: ${writes ? 'write' : 'read'}`);
    }
    await session.close();
    return parts.join(', ');
  };

  it('of two requests is their union, and what only the ended one gave goes', async () => {
    const first = await give({ source: 'emergency', tables: ['salary', 'title'] });
    const second = await give({ source: 'emergency', tables: ['title'], privileges: ['read', 'write'] });
    expect(await reach()).toBe('salary: read, title: write');
    await end(first);
    expect(await reach()).toBe('title: write');
    await end(second);
    await expect(world.open(dev, hr)).rejects.toThrow(NoAccess);
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('of a whole database and one table of it stays for that table when the whole ends, and the other way round', async () => {
    const whole = await give({ source: 'emergency' });
    const table = await give({ source: 'emergency', tables: ['salary'], privileges: ['write'] });
    expect(await reach()).toBe('salary: write, title: read, employee: read');
    await end(whole);
    expect(await reach()).toBe('salary: write');
    const again = await give({ source: 'emergency' });
    expect(await reach()).toBe('salary: write, title: read, employee: read');
    await end(table);
    expect(await reach()).toBe('salary: read, title: read, employee: read');
    await end(again);
  });

  it('of a membership and a request: the request stays as long as something else holds the person in the project', async () => {
    const memberId = await world.member(projectId, dev, 'sql_editor_read_only');
    const other = await world.member(projectId, dev, 'project_developer');
    const membership = await give({ source: 'membership', memberId });
    const request = await give({ source: 'request', tables: ['title'], privileges: ['write'] });
    expect(await reach()).toBe('salary: read, title: write, employee: read');
    await reduce('revoked', () => world.db.deleteFrom('project_member').where('id', '=', memberId).execute());
    expect((await world.grant(membership)).ended_at).not.toBeNull();
    expect(await reach()).toBe('title: write');
    await reduce('revoked', () => world.db.deleteFrom('project_member').where('id', '=', other).execute());
    expect((await world.grant(request)).end_kind).toBe('role_lost');
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('of a group and the person himself: leaving the group leaves his own', async () => {
    const group = await world.group('Analysts', [dev]);
    const ofGroup = await give({ source: 'emergency', to: { kind: 'group', id: group }, privileges: ['write'] });
    const own = await give({ source: 'emergency', tables: ['employee'] });
    expect(await reach()).toBe('salary: write, title: write, employee: write');
    await reduce('role_lost', () => world.db.deleteFrom('group_member').where('person_id', '=', dev).execute());
    expect(await reach()).toBe('employee: read');
    expect((await world.grant(ofGroup)).closing_at).toBeNull();
    await end(own);
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('that ends at different times lasts, part by part, until each end', async () => {
    const short = await give({ source: 'emergency', tables: ['salary', 'title'], seconds: 60 });
    const long = await give({ source: 'emergency', tables: ['title'], seconds: 600 });
    expect(await reach()).toBe('salary: read, title: read');
    await world.shiftClock(61);
    await world.grants.expiry.runOnce();
    await world.settle();
    expect((await world.grant(short)).ended_at).not.toBeNull();
    expect((await world.grant(long)).closing_at).toBeNull();
    expect(await reach()).toBe('title: read');
    await world.shiftClock(0);
    await end(long);
  });

  it('by role ends at once when the environment no longer allows it, and leaves what was granted', async () => {
    await world.member(projectId, dev, 'project_owner');
    const { ledger } = world.grants;
    await ledger.withOpening(dev, (tx) => ledger.openRoleGrant(tx, dev, hr.databaseId));
    const own = await give({ source: 'emergency', tables: ['title'] });
    expect(await reach()).toBe('salary: read, title: read, employee: read');
    const session = await world.open(dev, hr);
    const allow = (allows: boolean) =>
      sql`update tidegate.environment set allows_read_by_role = ${allows}`.execute(world.db);
    await reduce('role_lost', () => allow(false));
    expect(await refusalOf(run(session, 'select 1'))).not.toBe('none');
    expect(await reach()).toBe('title: read');
    expect(await ledger.withOpening(dev, (tx) => ledger.openRoleGrant(tx, dev, hr.databaseId))).toBe(false);
    await allow(true);
    await end(own);
  });
});
