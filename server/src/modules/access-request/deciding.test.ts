import { setTimeout as pause } from 'node:timers/promises';
import type { Expiry, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../engines/sample/seeded-random.ts';
import type { Caller } from './request-parts.ts';
import { type AskedFor, caller, outcomeOf, RequestWorld } from './request-test-kit.ts';

const rounds = 50;

let world: RequestWorld;
let projectId: string;
let databaseId: string;
let dev: Caller;
let owner: Caller;

beforeAll(async () => {
  world = await RequestWorld.open();
  projectId = await world.grants.project('HR');
  databaseId = await world.database(projectId);
  dev = await world.person('dev', projectId, 'project_developer');
  owner = await world.person('Olga', projectId, 'project_owner');
});
afterAll(() => world.close());

const ask = (wish: Partial<AskedFor> = {}) =>
  world.ask({
    by: dev,
    projectId,
    scope: { kind: 'items', items: [{ databaseId, schema: 'public', table: 'salary' }] },
    ...wish,
  });
const decide: RequestWorld['decide'] = (...given) => world.decide(...given);
const traceOf = (requestId: string) => world.trace(requestId);

describe('deciding', () => {
  it('makes exactly the row that was asked for, from the instant of the decision', async () => {
    const request = await ask();
    await decide(owner, request);
    const { state, grants, decisions, events } = await traceOf(request.id);
    expect(state).toBe('approved');
    expect(grants).toHaveLength(1);
    const [grant] = grants;
    expect(grant).toMatchObject({ source: 'request', person_id: dev.personId, privileges: ['read'] });
    expect((grant?.expires_at?.getTime() ?? 0) - (grant?.starts_at.getTime() ?? 0)).toBe(3_600_000);
    expect(decisions).toMatchObject([{ person_id: owner.personId, content_hash: request.contentHash }]);
    expect(events).toEqual(['grant.created', 'request.approved', 'request.created']);
  });

  it('is refused to the requester, whoever he continues as', async () => {
    await world.grants.member(projectId, dev.personId, 'project_owner').then(async (membership) => {
      const request = await ask();
      expect(await outcomeOf(decide(dev, request))).toBe('access_request.own_decision');
      await world.db.deleteFrom('project_member').where('id', '=', membership).execute();
    });
    const admin = caller(await world.grants.person('Ada', ['workspace_admin']), 'Ada');
    const sample = {
      ...caller(await world.grants.person('Sam', ['project_owner']), 'Sam'),
      adminPersonId: admin.personId,
    };
    const own = await ask({ by: admin });
    expect(await outcomeOf(decide(sample, own))).toBe('access_request.own_decision');
    expect((await traceOf(own.id)).state).toBe('pending');
  });

  it('is refused when what was shown is not what is asked', async () => {
    const request = await ask();
    expect(await outcomeOf(decide(owner, { ...request, contentHash: 'other' }))).toBe('access_request.changed');
  });

  it('is refused to an approver whose role was taken away since he opened it', async () => {
    const approver = caller(await world.grants.person('Alf'), 'Alf');
    const membership = await world.grants.member(projectId, approver.personId, 'project_owner');
    const request = await ask();
    await world.db.deleteFrom('project_member').where('id', '=', membership).execute();
    expect(await outcomeOf(decide(approver, request))).toBe('auth.forbidden');
    expect(await traceOf(request.id)).toMatchObject({ state: 'pending', grants: [], decisions: [] });
  });

  it('is refused when the approver’s membership has just expired', async () => {
    const approver = caller(await world.grants.person('Eve'), 'Eve');
    await world.grants.member(projectId, approver.personId, 'project_owner', new Date(Date.now() - 1));
    expect(await outcomeOf(decide(approver, await ask()))).toBe('auth.forbidden');
  });

  it('does not approve somebody who has left the project', async () => {
    const guest = caller(await world.grants.person('Gus'), 'Gus');
    const membership = await world.grants.member(projectId, guest.personId, 'project_developer');
    const request = await ask({ by: guest });
    await world.db.deleteFrom('project_member').where('id', '=', membership).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('access_request.changed');
    expect(await outcomeOf(decide(owner, request, 'reject'))).toBe('done');
    expect((await traceOf(request.id)).grants).toEqual([]);
  });

  it('does not approve somebody who was deactivated', async () => {
    const guest = caller(await world.grants.person('Del'), 'Del');
    await world.grants.member(projectId, guest.personId, 'project_developer');
    const request = await ask({ by: guest });
    await world.db.updateTable('person').set({ state: 'deactivated' }).where('id', '=', guest.personId).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('access_request.changed');
  });

  it('does not approve a database that has moved to another project', async () => {
    const moving = await world.database(projectId);
    const request = await ask({ scope: { kind: 'items', items: [{ databaseId: moving, schema: null, table: null }] } });
    const elsewhere = await world.grants.project('Elsewhere');
    await world.db.updateTable('database').set({ project_id: elsewhere }).where('id', '=', moving).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('grant.scope_unknown');
    expect(await traceOf(request.id)).toMatchObject({ state: 'pending', grants: [], decisions: [] });
  });

  it('and asking are refused in an archived project', async () => {
    const old = await world.grants.project('Old');
    await world.database(old);
    await world.grants.member(old, owner.personId, 'project_owner');
    await world.grants.member(old, dev.personId, 'project_developer');
    const request = await ask({ projectId: old, scope: { kind: 'project' } });
    await world.db.updateTable('project').set({ state: 'archived' }).where('id', '=', old).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('project.archived');
    expect(await outcomeOf(ask({ projectId: old, scope: { kind: 'project' } }))).toBe('project.archived');
  });
});

describe('asking', () => {
  it.each<[string, Expiry]>([
    ['without an end', { kind: 'never' }],
    ['until an instant that has passed', { kind: 'at', at: '2020-01-01T00:00:00.000Z' }],
    ['for more than 90 days', { kind: 'after', minutes: 90 * 1440 + 1 }],
  ])('%s is refused', async (_what, expiry) => {
    expect(await outcomeOf(ask({ expiry }))).toBe('access_request.expiry_invalid');
  });

  it('for a table that is not in the catalog is refused', async () => {
    const scope: Scope = { kind: 'items', items: [{ databaseId, schema: 'public', table: 'secret' }] };
    expect(await outcomeOf(ask({ scope }))).toBe('grant.scope_unknown');
  });

  it('where nobody else could decide is refused', async () => {
    const lonely = await world.grants.project('Lonely');
    await world.database(lonely);
    await world.grants.member(lonely, owner.personId, 'project_owner');
    await sql`delete from tidegate.workspace_role where role like 'workspace%' or role = 'project_owner'`.execute(
      world.db,
    );
    const request = ask({ by: owner, projectId: lonely, scope: { kind: 'project' } });
    expect(await outcomeOf(request)).toBe('access_request.no_approver');
  });
});

describe('a chosen end', () => {
  it('that passes before the decision makes the request expire, on record and once', async () => {
    const at = new Date(Date.now() + 60_000).toISOString();
    const request = await ask({ expiry: { kind: 'at', at } });
    await world.grants.freeze(new Date(at));
    try {
      // At the very instant, which is excluded.
      expect(await outcomeOf(decide(owner, request))).toBe('access_request.expiry_invalid');
      await Promise.all([world.requests.upkeep.expireOverdue(), world.requests.upkeep.expireOverdue()]);
      expect(await outcomeOf(decide(owner, request))).toBe('access_request.not_pending');
    } finally {
      await world.grants.freeze(null);
    }
    expect(await traceOf(request.id)).toMatchObject({
      state: 'expired',
      grants: [],
      decisions: [],
      events: ['request.created', 'request.expired'],
    });
  });
});

describe('races', () => {
  const random = seededRandom(20_261_124);
  const soon = () => pause(random.between(0, 4));

  it('two approvers at once: one decides, the other hears so', async () => {
    const other = caller(await world.grants.person('Otto'), 'Otto');
    await world.grants.member(projectId, other.personId, 'project_owner');
    for (let round = 0; round < rounds; round += 1) {
      const request = await ask();
      const outcomes = await Promise.all([
        soon().then(() => outcomeOf(decide(owner, request))),
        soon().then(() => outcomeOf(decide(other, request, round % 2 === 0 ? 'approve' : 'reject'))),
      ]);
      expect(outcomes.toSorted(), `round ${round}`).toEqual(['access_request.not_pending', 'done']);
      const { state, grants, decisions } = await traceOf(request.id);
      expect(decisions).toHaveLength(1);
      expect(grants).toHaveLength(state === 'approved' ? 1 : 0);
    }
  });

  it('approving against withdrawing: access exists only where it was approved', async () => {
    const states = new Set<string | undefined>();
    for (let round = 0; round < rounds; round += 1) {
      const request = await ask();
      const outcomes = await Promise.all([
        soon().then(() => outcomeOf(decide(owner, request))),
        soon().then(() => outcomeOf(world.requests.talk.withdraw(dev, request.id))),
      ]);
      expect(outcomes.toSorted(), `round ${round}`).toEqual(['access_request.not_pending', 'done']);
      const { state, grants } = await traceOf(request.id);
      states.add(state);
      expect(grants).toHaveLength(state === 'approved' ? 1 : 0);
    }
    expect([...states].toSorted()).toEqual(['approved', 'withdrawn']);
  });

  it('approving against losing the role: no decision is later than the loss', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const approver = caller(await world.grants.person('Rolf'), 'Rolf');
      const membership = await world.grants.member(projectId, approver.personId, 'project_owner');
      const request = await ask();
      const [outcome, lostAt] = await Promise.all([
        soon().then(() => outcomeOf(decide(approver, request))),
        soon().then(() => world.loseRole(approver.personId, membership)),
      ]);
      outcomes.add(outcome);
      const { decisions } = await traceOf(request.id);
      expect(decisions).toHaveLength(outcome === 'done' ? 1 : 0);
      for (const { at } of decisions) expect(at.getTime(), `round ${round}`).toBeLessThanOrEqual(lostAt.getTime());
    }
    expect([...outcomes].toSorted()).toEqual(['auth.forbidden', 'done']);
  });

  it('approving against changing: what is approved is what was shown, or nothing is', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const request = await ask();
      const wish = { ...request, reason: 'something else' };
      const found = await Promise.all([
        soon().then(() => outcomeOf(decide(owner, request))),
        soon().then(() => outcomeOf(world.requests.asking.edit(dev, request.id, wish, request.contentHash))),
      ]);
      outcomes.add(found.join());
      const { state, grants } = await traceOf(request.id);
      expect([state, grants.map((grant) => grant.reason)], `round ${round}`).toEqual(
        found[0] === 'done' ? ['approved', ['to see']] : ['pending', []],
      );
    }
    expect([...outcomes].toSorted()).toEqual(['access_request.changed,done', 'done,access_request.not_pending']);
  });

  it('approving more time against revoking: an end that was latched is never moved', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const request = await ask();
      await decide(owner, request);
      const [grant] = (await traceOf(request.id)).grants;
      const more = await world.requests.asking.extend(dev, grant?.id ?? '', { minutes: 5, reason: '', ticket: null });
      const [outcome] = await Promise.all([
        soon().then(() => outcomeOf(decide(owner, more))),
        soon().then(() => world.grants.end(grant?.id ?? '', [dev.personId])),
      ]);
      outcomes.add(outcome);
      const left = await world.grants.grant(grant?.id ?? '');
      expect(left.closing_at, `round ${round}`).not.toBeNull();
      const moved = (left.expires_at?.getTime() ?? 0) - (grant?.expires_at?.getTime() ?? 0);
      expect(moved, `round ${round}`).toBe(outcome === 'done' ? 300_000 : 0);
    }
    expect([...outcomes].toSorted()).toEqual(['done', 'grant.not_active']);
  });

  it('approving against expiring: access exists only where it was approved, and only before its end', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const end = new Date(Date.now() + 60);
      const request = await ask({ expiry: { kind: 'at', at: end.toISOString() } }).catch(() => null);
      // Too slow to be asked at all.
      if (request === null) continue;
      await Promise.all([
        pause(random.between(0, 40)).then(() => outcomeOf(decide(owner, request))),
        pause(random.between(0, 80)).then(() => world.requests.upkeep.expireOverdue()),
      ]);
      const { state, grants, decisions } = await traceOf(request.id);
      expect(grants.length, `round ${round}`).toBe(state === 'approved' ? 1 : 0);
      for (const { at } of decisions) expect(at.getTime()).toBeLessThan(end.getTime());
    }
  });

  it('a hundred people ask at once without waiting for each other’s connections', async () => {
    const requests = await Promise.all(Array.from({ length: 100 }, () => ask()));
    expect(new Set(requests.map((request) => request.number)).size).toBe(100);
  });
});
