import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestLedger, requestRisk } from '../../main/request-ground.ts';
import { rightsNow } from '../../main/rights-now.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import { createLog } from '../../platform/log/log.ts';
import { outcomeOf, RequestWorld } from '../access-request/request-test-kit.ts';
import { createActor } from '../identity/actor.ts';
import { createActorLoader, createReauthentication } from '../identity/index.ts';
import { hashPassword } from '../identity/password.ts';
import { reviewHash } from './emergency.ts';
import { openEmergency } from './index.ts';

let world: RequestWorld;
let emergency: ReturnType<typeof openEmergency>;
let projectId: string;
let databaseId: string;
let environmentId: string;
type Caller = Awaited<ReturnType<RequestWorld['person']>>;
let dev: Caller;
let olga: Caller;

beforeAll(async () => {
  world = await RequestWorld.open();
  const { db, audit, approval, grants } = world;
  emergency = openEmergency({
    ...{ db, audit, approval: approval.store, approvers: approval.approvers, risk: requestRisk },
    ledger: requestLedger(grants.grants),
    rights: rightsNow(createActorLoader(db)),
    reauthenticate: async () => undefined,
    scopesOf: async () => [],
    feed: createStoreChangeFeed(
      { listen: (channel, handler, onGap) => grants.store.listen(channel, handler, onGap) },
      createLog({ level: 'silent' }),
    ),
  });
  projectId = await grants.project('HR');
  databaseId = await world.database(projectId);
  dev = await world.person('dev', projectId, 'project_developer');
  olga = await world.person('Olga', projectId, 'project_owner');
  const environment = await db.selectFrom('environment').select('id').orderBy('position').executeTakeFirstOrThrow();
  environmentId = environment.id;
});
afterAll(() => world.close());

const open = (by = dev, minutes = 30, databaseIds = [databaseId]) =>
  emergency.service.open(by, { projectId, databaseIds, minutes, reason: 'Payroll stands still', incident: 'INC-7' });
const allow = (...people: readonly Caller[]) =>
  emergency.service.setPolicy(olga, environmentId, {
    principals: people.map(({ personId: id }) => ({ kind: 'person' as const, id })),
    longestMinutes: 45,
  });
const shownHash = async (reviewId: string) => {
  const review = await emergency.store.find(reviewId);
  if (review === null) throw new Error('no review');
  return reviewHash(review, await emergency.store.statementsOf(review.grantId));
};
const close = async (by: Caller, reviewId: string, hash?: string) =>
  await outcomeOf(emergency.service.close(by, reviewId, 'Looked at it.', hash ?? (await shownHash(reviewId))));
const grantOf = async (reviewId: string) => {
  const review = await emergency.store.find(reviewId);
  return await world.grants.grant(review?.grantId ?? '');
};
const end = async (reviewId: string) => {
  const grant = await grantOf(reviewId);
  await world.grants.end(grant.id, [grant.person_id ?? '']);
};

describe('emergency access', () => {
  it('is refused where no policy names the person, the environment or the time', async () => {
    expect(await outcomeOf(open())).toBe('emergency.not_allowed');
    await allow(olga);
    expect(await outcomeOf(open())).toBe('emergency.not_allowed');
    await allow(dev);
    expect(await outcomeOf(open(dev, 46))).toBe('access_request.expiry_invalid');
    const elsewhere = await world.database(await world.grants.project('Other'));
    expect(await outcomeOf(open(dev, 30, [databaseId, elsewhere]))).toBe('emergency.not_allowed');
  });

  it('opens at once: read only, for the time asked, with everybody told and a review', async () => {
    await allow(dev);
    const ada = await world.grants.person('Ada', ['workspace_admin']);
    const audrey = await world.grants.person('Audrey', ['workspace_auditor']);
    const reviewId = await open();
    const grant = await grantOf(reviewId);
    expect(grant).toMatchObject({ source: 'emergency', privileges: ['read'], person_id: dev.personId });
    expect((grant.expires_at?.getTime() ?? 0) - grant.starts_at.getTime()).toBe(1_800_000);
    const told = await world.db.selectFrom('notice_outbox').where('grant_id', '=', grant.id).selectAll().execute();
    const used = told.find((notice) => notice.kind === 'emergency.used');
    expect(used?.person_ids).toEqual(expect.arrayContaining([ada, audrey, olga.personId]));
    expect(used?.person_ids).not.toContain(dev.personId);
    expect(await world.grants.auditKinds()).toEqual(expect.arrayContaining(['emergency.used', 'grant.created']));
    await end(reviewId);
    expect(await close(olga, reviewId)).toBe('done');
  });

  it('is blocked by one open review, also when two are tried at once', async () => {
    await allow(dev);
    const outcomes = await Promise.all([outcomeOf(open()), outcomeOf(open())]);
    expect(outcomes.toSorted()).toEqual(['done', 'emergency.review_open']);
    const review = await emergency.store.findOpenReview(dev.personId);
    await end(review?.id ?? '');
    expect(await outcomeOf(open())).toBe('emergency.review_open');
    expect(await close(olga, review?.id ?? '')).toBe('done');
    const again = await open();
    await end(again);
    await close(olga, again);
  });

  it('has a review that only somebody else closes, after the end, on exactly what was shown', async () => {
    await allow(dev);
    const reviewId = await open();
    expect(await close(olga, reviewId)).toBe('emergency.not_ended');
    const before = await shownHash(reviewId);
    await end(reviewId);
    expect(await close(olga, reviewId, before)).toBe('access_request.changed');
    expect(await close(dev, reviewId)).toBe('access_request.own_decision');
    expect(await close({ ...olga, adminPersonId: dev.personId }, reviewId)).toBe('access_request.own_decision');
    const mallory = await world.person('Mallory', projectId, 'project_developer');
    expect(await close(mallory, reviewId)).toBe('auth.forbidden');
    expect(await close(olga, reviewId)).toBe('done');
    expect(await close(olga, reviewId)).toBe('emergency.already_closed');
    const forged = sql`update tidegate.emergency_review set closed_by = person_id where id = ${reviewId}`;
    await expect(forged.execute(world.db)).rejects.toThrow('emergency_review_closed_by_another');
  });

  it('is refused where nobody else could review it, or no rule or flow stands for it', async () => {
    await allow(dev);
    const own = await world.grants.group('Own', [dev.personId]);
    const steps = [
      {
        ...{ deciders: [{ kind: 'group' as const, id: own }], quorum: 1, minutes: null },
        afterwards: { kind: 'expire' as const },
      },
    ];
    const levels = (['low', 'moderate', 'high'] as const).map((level) => ({ source: 'emergency' as const, level }));
    await world.flow({ kind: 'steps', steps }, levels);
    expect(await outcomeOf(open())).toBe('emergency.no_reviewer');
    await world.flow({ kind: 'refuse' }, levels);
    expect(await outcomeOf(open())).toBe('access_request.no_flow');
    expect(await outcomeOf(world.flow({ kind: 'auto_approve' }, levels))).toBe('approval.flow_invalid');
    await sql`update tidegate.risk_rule set is_on = false where source = 'emergency'`.execute(world.db);
    expect(await outcomeOf(open())).toBe('access_request.no_flow');
  });

  it('flags a rule that cannot be evaluated also when it is refused for want of a flow', async () => {
    const elsewhere = await world.grants.project('Nobody decides here');
    const there = await world.database(elsewhere);
    const lone = await world.person('lone', elsewhere, 'project_developer');
    await allow(lone);
    const values = { source: 'emergency' as const, position: 0, is_on: true };
    const { id } = await world.db.insertInto('risk_rule').values(values).returning('id').executeTakeFirstOrThrow();
    const condition = '1 / (number_of_databases - 1) > 1';
    const text = { rule_id: id, version: 1, name: 'Broken', condition, level: 'low' as const };
    await world.db.insertInto('risk_rule_version').values(text).execute();
    const wish = { projectId: elsewhere, databaseIds: [there], minutes: 30, reason: 'Stands still', incident: 'INC-8' };
    expect(await outcomeOf(emergency.service.open(lone, wish))).toBe('access_request.no_flow');
    const rule = await world.db.selectFrom('risk_rule').where('id', '=', id).select('fault').executeTakeFirstOrThrow();
    expect(rule.fault).toContain('divide by zero');
    await world.db.updateTable('risk_rule').set({ is_on: false }).where('id', '=', id).execute();
  });
});

describe('giving the password again', () => {
  it('is refused when it is wrong, counted, and never possible through somebody else’s eyes', async () => {
    const { db, audit, grants } = world;
    const email = 'petra@example.test';
    const values = { name: 'Petra', email, password_hash: await hashPassword('correct horse battery') };
    const { id } = await db.insertInto('person').values(values).returning('id').executeTakeFirstOrThrow();
    const again = createReauthentication({ db, pool: grants.store.pool, audit });
    const facts = { personId: id, name: 'Petra', email, mustChangePassword: false };
    const actor = createActor({ ...facts, adminPersonId: null, workspaceWideRoles: [], projectRoles: [] });
    expect(await outcomeOf(again(actor, 'wrong', '10.0.0.1'))).toBe('auth.failed');
    expect(await outcomeOf(again(actor, 'correct horse battery', '10.0.0.1'))).toBe('done');
    expect(await outcomeOf(again({ ...actor, adminPersonId: id }, 'correct horse battery', '10.0.0.1'))).toBe(
      'auth.forbidden',
    );
    for (let attempt = 0; attempt < 3; attempt += 1) await outcomeOf(again(actor, 'wrong', '10.0.0.2'));
    expect(await world.grants.auditKinds()).toContain('auth.sign_in_failed');
  });
});
