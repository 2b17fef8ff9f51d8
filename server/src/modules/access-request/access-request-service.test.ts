import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Expiry, Privilege, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../engines/sample/seeded-random.ts';
import { rightsNow } from '../../main/rights-now.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import { createLog } from '../../platform/log/log.ts';
import { startAuditLog } from '../audit/index.ts';
import { GrantWorld } from '../grant/grant-test-kit.ts';
import { createActorLoader } from '../identity/index.ts';
import { AccessRequestService, type Caller } from './access-request-service.ts';
import { SqlAccessRequestStore } from './access-request-store-sql.ts';

const rounds = 50;
const hour: Expiry = { kind: 'after', minutes: 60 };

let world: GrantWorld;
let store: SqlAccessRequestStore;
let service: AccessRequestService;
let projectId: string;
let databaseId: string;
let dev: Caller;
let owner: Caller;

const caller = (personId: string, name: string): Caller => ({ personId, name, adminPersonId: null });

beforeAll(async () => {
  world = await GrantWorld.open();
  const { db, grants } = world;
  store = new SqlAccessRequestStore(db);
  const { ledger } = grants;
  service = new AccessRequestService({
    store,
    ledger: {
      now: ledger.now.bind(ledger),
      withChanging: ledger.withChanging.bind(ledger),
      createGrant: ledger.createGrant.bind(ledger),
      checkScope: ledger.checkScope.bind(ledger),
      describe: grants.describeScope,
    },
    rights: rightsNow(createActorLoader(db)),
    audit: await startAuditLog(db),
    feed: createStoreChangeFeed(
      { listen: (channel, handler, onGap) => world.store.listen(channel, handler, onGap) },
      createLog({ level: 'silent' }),
    ),
  });
  projectId = await world.project('HR');
  databaseId = await addDatabase(projectId);
  dev = caller(await world.person('dev'), 'dev');
  owner = caller(await world.person('Olga'), 'Olga');
  await world.member(projectId, dev.personId, 'project_developer');
  await world.member(projectId, owner.personId, 'project_owner');
});
afterAll(() => world.close());

/** A registered database with one table; no server is needed to ask and decide. */
async function addDatabase(inProject: string): Promise<string> {
  const { db } = world;
  const environment = await db.selectFrom('environment').select('id').executeTakeFirstOrThrow();
  const name = randomUUID();
  const instance = await db
    .insertInto('instance')
    .values({
      ...{ short_id: name.slice(0, 4), title: name, environment_id: environment.id, engine: 'postgresql' },
      ...{ host: 'localhost', port: 1, user_name: 'nobody', tls_mode: 'disable', server_identity: name },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('database')
    .values({ instance_id: instance.id, name: 'hr', project_id: inProject })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('relation')
    .values({
      ...{ database_id: id, schema_name: 'public', name: 'salary', kind: 'table', identity: '1', columns: '[]' },
    })
    .execute();
  return id;
}

interface Wish {
  readonly by?: Caller;
  readonly expiry?: Expiry;
  readonly scope?: Scope;
  readonly privileges?: readonly Privilege[];
  readonly projectId?: string;
}

const ask = (wish: Wish = {}) =>
  service.create(wish.by ?? dev, {
    projectId: wish.projectId ?? projectId,
    scope: wish.scope ?? { kind: 'items', items: [{ databaseId, schema: 'public', table: 'salary' }] },
    privileges: wish.privileges ?? ['read'],
    reason: 'to see',
    expiry: wish.expiry ?? hour,
    statementText: null,
  });

const decide = (by: Caller, request: { id: string; contentHash: string }, decision: 'approve' | 'reject' = 'approve') =>
  service.decide(by, request.id, { decision, comment: '', contentHash: request.contentHash });

/** `done`, or the code of the refusal. */
const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );

async function traceOf(requestId: string) {
  const { db } = world;
  const grants = await db.selectFrom('access_grant').where('request_id', '=', requestId).selectAll().execute();
  const decisions = await db.selectFrom('decision').where('request_id', '=', requestId).selectAll().execute();
  const events = await db.selectFrom('audit_event').where('request_id', '=', requestId).select('kind').execute();
  const state = (await store.find(requestId))?.state;
  return { state, grants, decisions, events: events.map((event) => event.kind).toSorted() };
}

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
    await world.member(projectId, dev.personId, 'project_owner').then(async (membership) => {
      const request = await ask();
      expect(await outcomeOf(decide(dev, request))).toBe('access_request.own_decision');
      await world.db.deleteFrom('project_member').where('id', '=', membership).execute();
    });
    const admin = caller(await world.person('Ada', ['workspace_admin']), 'Ada');
    const sample = { ...caller(await world.person('Sam', ['project_owner']), 'Sam'), adminPersonId: admin.personId };
    const own = await ask({ by: admin });
    expect(await outcomeOf(decide(sample, own))).toBe('access_request.own_decision');
    expect((await traceOf(own.id)).state).toBe('pending');
  });

  it('is refused when what was shown is not what is asked', async () => {
    const request = await ask();
    expect(await outcomeOf(decide(owner, { ...request, contentHash: 'other' }))).toBe('access_request.changed');
  });

  it('is refused to an approver whose role was taken away since he opened it', async () => {
    const approver = caller(await world.person('Alf'), 'Alf');
    const membership = await world.member(projectId, approver.personId, 'project_owner');
    const request = await ask();
    await world.db.deleteFrom('project_member').where('id', '=', membership).execute();
    expect(await outcomeOf(decide(approver, request))).toBe('auth.forbidden');
    expect(await traceOf(request.id)).toMatchObject({ state: 'pending', grants: [], decisions: [] });
  });

  it('is refused when the approver’s membership has just expired', async () => {
    const approver = caller(await world.person('Eve'), 'Eve');
    await world.member(projectId, approver.personId, 'project_owner', new Date(Date.now() - 1));
    expect(await outcomeOf(decide(approver, await ask()))).toBe('auth.forbidden');
  });

  it('does not approve somebody who has left the project', async () => {
    const guest = caller(await world.person('Gus'), 'Gus');
    const membership = await world.member(projectId, guest.personId, 'project_developer');
    const request = await ask({ by: guest });
    await world.db.deleteFrom('project_member').where('id', '=', membership).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('access_request.changed');
    expect(await outcomeOf(decide(owner, request, 'reject'))).toBe('done');
    expect((await traceOf(request.id)).grants).toEqual([]);
  });

  it('does not approve somebody who was deactivated', async () => {
    const guest = caller(await world.person('Del'), 'Del');
    await world.member(projectId, guest.personId, 'project_developer');
    const request = await ask({ by: guest });
    await world.db.updateTable('person').set({ state: 'deactivated' }).where('id', '=', guest.personId).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('access_request.changed');
  });

  it('does not approve a database that has moved to another project', async () => {
    const moving = await addDatabase(projectId);
    const request = await ask({ scope: { kind: 'items', items: [{ databaseId: moving, schema: null, table: null }] } });
    const elsewhere = await world.project('Elsewhere');
    await world.db.updateTable('database').set({ project_id: elsewhere }).where('id', '=', moving).execute();
    expect(await outcomeOf(decide(owner, request))).toBe('grant.scope_unknown');
    expect(await traceOf(request.id)).toMatchObject({ state: 'pending', grants: [], decisions: [] });
  });

  it('and asking are refused in an archived project', async () => {
    const old = await world.project('Old');
    await addDatabase(old);
    await world.member(old, owner.personId, 'project_owner');
    await world.member(old, dev.personId, 'project_developer');
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
    const lonely = await world.project('Lonely');
    await addDatabase(lonely);
    await world.member(lonely, owner.personId, 'project_owner');
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
    await world.freeze(new Date(at));
    try {
      // At the very instant, which is excluded.
      expect(await outcomeOf(decide(owner, request))).toBe('access_request.expiry_invalid');
      await Promise.all([service.expireOverdue(), service.expireOverdue()]);
      expect(await outcomeOf(decide(owner, request))).toBe('access_request.not_pending');
    } finally {
      await world.freeze(null);
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
    const other = caller(await world.person('Otto'), 'Otto');
    await world.member(projectId, other.personId, 'project_owner');
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
        soon().then(() => outcomeOf(service.withdraw(dev, request.id))),
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
      const approver = caller(await world.person('Rolf'), 'Rolf');
      const membership = await world.member(projectId, approver.personId, 'project_owner');
      const request = await ask();
      const [outcome, lostAt] = await Promise.all([
        soon().then(() => outcomeOf(decide(approver, request))),
        soon().then(() => loseRole(approver.personId, membership)),
      ]);
      outcomes.add(outcome);
      const { decisions } = await traceOf(request.id);
      expect(decisions).toHaveLength(outcome === 'done' ? 1 : 0);
      for (const { at } of decisions) expect(at.getTime(), `round ${round}`).toBeLessThanOrEqual(lostAt.getTime());
    }
    expect([...outcomes].toSorted()).toEqual(['auth.forbidden', 'done']);
  });

  it('a hundred people ask at once without waiting for each other’s connections', async () => {
    const requests = await Promise.all(Array.from({ length: 100 }, () => ask()));
    expect(new Set(requests.map((request) => request.number)).size).toBe(100);
  });
});

/** As taking a role away does: the person's lock, the change, the ledger's look. Answers when it was done. */
async function loseRole(personId: string, membership: string): Promise<Date> {
  const { guard, ledger } = world.grants;
  return await world.db.transaction().execute(async (tx) => {
    await guard.lockPeople(tx, [personId]);
    await tx.deleteFrom('project_member').where('id', '=', membership).execute();
    await guard.accessChanged(tx, [personId], { kind: 'role_lost', by: null });
    return await ledger.now(tx);
  });
}
