import type { FlowStep, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AccessRequest } from './access-request.ts';
import type { Caller } from './request-parts.ts';
import { type AskedFor, caller, outcomeOf, RequestWorld } from './request-test-kit.ts';

let world: RequestWorld;
let projectId: string;
let databaseId: string;
let dev: Caller;
let olga: Caller;
let otto: Caller;

beforeAll(async () => {
  world = await RequestWorld.open();
  projectId = await world.grants.project('HR');
  databaseId = await world.database(projectId, ['salary', 'title', 'employee']);
  dev = await world.person('dev', projectId, 'project_developer');
  olga = await world.person('Olga', projectId, 'project_owner');
  otto = await world.person('Otto', projectId, 'project_owner');
});
afterEach(async () => {
  await world.grants.freeze(null);
  const defaults = '00000000-0000-4000-8000-000000000001';
  await world.db.deleteFrom('approval_cell').where('project_id', 'is not', null).execute();
  await sql`update tidegate.approval_cell set flow_id = ${defaults}`.execute(world.db);
  await sql`update tidegate.approval_cap set longest_minutes = 129600, allows_no_end = false, needs_ticket = false`.execute(
    world.db,
  );
});
afterAll(() => world.close());

const tables = (...names: string[]): Scope => ({
  kind: 'items',
  items: names.map((table) => ({ databaseId, schema: 'public', table })),
});
const ask = (wish: Partial<AskedFor> = {}) =>
  world.ask({ by: dev, projectId, scope: tables('salary', 'title'), ...wish });
const owners: FlowStep['deciders'] = [{ kind: 'role', role: 'project_owner' }];
const step = (given: Partial<FlowStep> = {}): FlowStep => ({
  ...{ deciders: owners, quorum: 1, minutes: null, afterwards: { kind: 'expire' } },
  ...given,
});
const everyLevel = (['low', 'moderate', 'high'] as const).map((level) => ({ source: 'read' as const, level }));
const steps = (...given: Partial<FlowStep>[]) => world.flow({ kind: 'steps', steps: given.map(step) }, everyLevel);
const fresh = (request: AccessRequest) => world.get(request.id);
const stateOf = async (request: AccessRequest) => (await world.trace(request.id)).state;
const stepStates = async (request: AccessRequest) =>
  ((await world.requests.steps.stepsOf([request.id])).get(request.id) ?? []).map((one) => one.state);

describe('a flow', () => {
  it('with a quorum of two needs two people, and nobody twice', async () => {
    await steps({ quorum: 2 });
    const request = await ask();
    await world.decide(olga, request);
    expect(await stateOf(request)).toBe('pending');
    expect(await outcomeOf(world.decide(olga, request))).toBe('access_request.decided_already');
    await world.decide(otto, request);
    const { state, grants, decisions } = await world.trace(request.id);
    expect([state, grants.length, decisions.length]).toEqual(['approved', 1, 2]);
  });

  it('counts a person once, whatever groups he is in', async () => {
    const group = await world.grants.group('On-call', [olga.personId]);
    const other = await world.grants.group('Leads', [olga.personId, otto.personId]);
    const deciders: FlowStep['deciders'] = [
      { kind: 'group', id: group },
      { kind: 'group', id: other },
      { kind: 'person', id: olga.personId },
    ];
    await steps({ deciders, quorum: 2 });
    const request = await ask();
    await world.decide(olga, request);
    expect(await outcomeOf(world.decide(olga, request))).toBe('access_request.decided_already');
    await world.decide(otto, request);
    expect(await stateOf(request)).toBe('approved');
  });

  it('takes its steps in order, by different people', async () => {
    await steps({ deciders: [{ kind: 'person', id: olga.personId }] }, {});
    const request = await ask();
    expect(await outcomeOf(world.decide(otto, request))).toBe('auth.forbidden');
    await world.decide(olga, request);
    expect(await stepStates(request)).toEqual(['satisfied', 'open']);
    expect(await outcomeOf(world.decide(olga, request))).toBe('access_request.decided_already');
    await world.decide(otto, request);
    expect(await stateOf(request)).toBe('approved');
  });

  it('that approves by itself gives access at once, on record, but never write that it does not name', async () => {
    await world.flow({ kind: 'auto_approve' }, everyLevel);
    const request = await ask();
    const { state, grants, decisions, events } = await world.trace(request.id);
    expect([state, grants.length, decisions]).toEqual(['approved', 1, []]);
    expect(grants[0]?.granted_by).toBeNull();
    expect(events).toEqual(['grant.created', 'request.auto_approved', 'request.created']);
    const write = [{ source: 'write' as const, level: 'moderate' as const }];
    expect(await outcomeOf(world.flow({ kind: 'auto_approve' }, write))).toBe('approval.write_needs_consent');
    await sql`update tidegate.approval_cell set flow_id = '00000000-0000-4000-8000-000000000002'
      where source = 'write'`.execute(world.db);
    expect(await outcomeOf(ask({ privileges: ['write'] }))).toBe('access_request.no_flow');
  });

  it('of every source has to be satisfied', async () => {
    const export_ = [{ source: 'export' as const, level: 'moderate' as const }];
    await world.flow({ kind: 'steps', steps: [step({ deciders: [{ kind: 'person', id: otto.personId }] })] }, export_);
    const request = await ask({ privileges: ['read', 'export'] });
    await world.decide(olga, request);
    expect(await stateOf(request)).toBe('pending');
    expect(await outcomeOf(world.decide(olga, request))).toBe('auth.forbidden');
    await world.decide(otto, request);
    expect(await stateOf(request)).toBe('approved');
  });

  it('of the project is added to the workspace’s: it only ever makes it stricter', async () => {
    await world.flow({ kind: 'auto_approve' }, everyLevel);
    const flowId = await world.flow({
      kind: 'steps',
      steps: [step({ deciders: [{ kind: 'person', id: otto.personId }] })],
    });
    const own = [{ source: 'read' as const, level: 'low' as const, flowId }];
    await world.approval.service.setProject(olga, projectId, own, []);
    const request = await ask();
    expect(await stateOf(request)).toBe('pending');
    await world.decide(otto, request);
    expect(await stateOf(request)).toBe('approved');
    const auto = await world.flow({ kind: 'auto_approve' });
    await steps({});
    await world.approval.service.setProject(olga, projectId, [{ source: 'read', level: 'low', flowId: auto }], []);
    expect(await stateOf(await ask())).toBe('pending');
  });
});

describe('what is missing refuses, and says who mends it', () => {
  it('no flow for the level', async () => {
    await world.db.deleteFrom('approval_cell').where('source', '=', 'read').execute();
    expect(await outcomeOf(ask())).toBe('access_request.no_flow');
    await expect(ask()).rejects.toThrow('A Workspace Admin has to choose a flow under Custom Approval');
    await sql`insert into tidegate.approval_cell (source, level, flow_id) select 'read', level,
      '00000000-0000-4000-8000-000000000001' from unnest(array['low', 'moderate', 'high']) as level`.execute(world.db);
  });

  it('a flow that refuses', async () => {
    await world.flow({ kind: 'refuse' }, everyLevel);
    expect(await outcomeOf(ask())).toBe('access_request.no_flow');
  });

  it('no rule of risk that matches', async () => {
    await sql`update tidegate.risk_rule set is_on = false where source = 'read'`.execute(world.db);
    expect(await outcomeOf(ask())).toBe('access_request.no_flow');
    await sql`update tidegate.risk_rule set is_on = true`.execute(world.db);
  });

  it('an empty set of approvers, only the requester in it, or too few for the quorum', async () => {
    const empty = await world.grants.group('Empty', []);
    await steps({ deciders: [{ kind: 'group', id: empty }] });
    expect(await outcomeOf(ask())).toBe('access_request.no_approver');
    const own = await world.grants.group('Own', [dev.personId]);
    await steps({ deciders: [{ kind: 'group', id: own }] });
    await expect(ask()).rejects.toThrow('only you are that');
    await steps(
      { deciders: [{ kind: 'person', id: olga.personId }] },
      { deciders: [{ kind: 'person', id: olga.personId }] },
    );
    await expect(ask()).rejects.toThrow('only 1 could decide, each person once in a flow');
  });

  it('a ticket, an end and a duration within the limits', async () => {
    await sql`update tidegate.approval_cap set longest_minutes = 60, needs_ticket = true`.execute(world.db);
    expect(await outcomeOf(ask())).toBe('access_request.ticket_missing');
    expect(await outcomeOf(ask({ ticket: 'INC-1', expiry: { kind: 'after', minutes: 61 } }))).toBe(
      'access_request.expiry_invalid',
    );
    expect(await outcomeOf(ask({ ticket: 'INC-1' }))).toBe('done');
    await sql`update tidegate.approval_cap set allows_no_end = true`.execute(world.db);
    const request = await ask({ ticket: 'INC-1', expiry: { kind: 'never' } });
    await world.decide(olga, request);
    expect((await world.trace(request.id)).grants[0]?.expires_at).toBeNull();
  });
});

describe('time', () => {
  it('lets a step expire the request', async () => {
    await steps({ minutes: 60 });
    const request = await ask();
    await world.grants.freeze(new Date(Date.now() + 3_700_000));
    expect(await outcomeOf(world.decide(olga, request))).toBe('access_request.decided_already');
    await Promise.all([world.requests.upkeep.expireOverdue(), world.requests.upkeep.expireOverdue()]);
    const { state, events } = await world.trace(request.id);
    expect([state, events]).toEqual(['expired', ['request.created', 'request.expired']]);
  });

  it('lets a step go on to another, whose people then decide', async () => {
    const only = (person: Caller): FlowStep['deciders'] => [{ kind: 'person', id: person.personId }];
    await steps({ deciders: only(olga), minutes: 60, afterwards: { kind: 'step', step: 1 } }, { deciders: only(otto) });
    const request = await ask();
    await world.grants.freeze(new Date(Date.now() + 3_700_000));
    await world.requests.upkeep.expireOverdue();
    expect(await stepStates(request)).toEqual(['passed_over', 'open']);
    expect(await outcomeOf(world.decide(olga, request))).toBe('auth.forbidden');
    await world.decide(otto, request);
    expect(await stateOf(request)).toBe('approved');
  });

  it('lets access start later: not before, and for as long as was asked', async () => {
    const startsAt = new Date(Date.now() + 7_200_000);
    const request = await ask({ startsAt });
    await world.decide(olga, request);
    const { ledger } = world.grants.grants;
    const readable = async () => (await ledger.databasesOf(dev.personId)).includes(databaseId);
    const [grant] = (await world.trace(request.id)).grants;
    expect(grant?.starts_at).toEqual(startsAt);
    expect((grant?.expires_at?.getTime() ?? 0) - startsAt.getTime()).toBe(3_600_000);
    await world.db
      .deleteFrom('access_grant_item')
      .where('grant_id', '<>', grant?.id ?? '')
      .execute();
    expect(await readable()).toBe(false);
    await world.grants.freeze(startsAt);
    expect(await readable()).toBe(true);
    await world.grants.freeze(grant?.expires_at ?? null);
    expect(await readable()).toBe(false);
  });
});

describe('a change of the request', () => {
  it('starts the decisions anew, and a stale screen decides nothing', async () => {
    await steps({ quorum: 2 });
    const request = await ask();
    await world.decide(olga, request);
    const wish = { ...request, scope: tables('salary'), reason: 'less' };
    await world.requests.asking.edit(dev, request.id, wish, request.contentHash);
    const changed = await fresh(request);
    expect([changed.round, changed.state]).toEqual([2, 'pending']);
    expect(await outcomeOf(world.decide(otto, request))).toBe('access_request.changed');
    await world.decide(otto, changed);
    expect(await stateOf(request)).toBe('pending');
    await world.decide(olga, changed);
    expect(await stateOf(request)).toBe('approved');
  });

  it('is asked for by an approver, waits for the requester, and then is decided', async () => {
    const request = await ask();
    await world.requests.deciding.askChanges(olga, request.id, 'Only titles, please.', request.contentHash);
    expect(await stateOf(request)).toBe('changes_wanted');
    expect(await outcomeOf(world.decide(otto, request))).toBe('access_request.not_pending');
    const wish = { ...request, scope: tables('title') };
    expect(await outcomeOf(world.requests.asking.edit(otto, request.id, wish, request.contentHash))).toBe(
      'object.not_found',
    );
    await world.requests.asking.edit(dev, request.id, wish, request.contentHash);
    await world.decide(olga, await fresh(request));
    expect(await stateOf(request)).toBe('approved');
    const said = await world.requests.steps.messagesOf(request.id);
    expect(said.map((message) => message.kind)).toEqual(['changes_wanted', 'edited', 'approved']);
  });

  it('cannot leave the states that are allowed, whoever writes', async () => {
    const request = await ask();
    await world.decide(olga, request, 'reject');
    const reopen = sql`update tidegate.access_request set former_state = state, state = 'pending'
      where id = ${request.id}`.execute(world.db);
    await expect(reopen).rejects.toThrow('access_request_state_follows');
  });
});

describe('approving narrower', () => {
  it('grants only what is left, and the requester sees what was cut', async () => {
    const request = await ask({ privileges: ['write'], expiry: { kind: 'after', minutes: 1440 } });
    await world.decide(olga, request, 'approve', { scope: tables('title'), privileges: ['read'], minutes: 30 });
    const { grants, events } = await world.trace(request.id);
    expect(grants[0]?.privileges).toEqual(['read']);
    expect((grants[0]?.expires_at?.getTime() ?? 0) - (grants[0]?.starts_at.getTime() ?? 0)).toBe(1_800_000);
    const items = await world.db
      .selectFrom('access_grant_item')
      .where('grant_id', '=', grants[0]?.id ?? '')
      .selectAll()
      .execute();
    expect(items.map((item) => item.table_name)).toEqual(['title']);
    expect(events).toContain('request.narrowed');
    expect(await world.requests.steps.cutsOf(request.id)).toMatchObject([{ by: { name: 'Olga' } }]);
  });

  it.each([
    ['another table', { scope: tables('employee') }],
    ['another privilege', { privileges: ['write'] as const }],
    ['more time', { minutes: 61 }],
    [
      'a whole schema',
      { scope: { kind: 'items' as const, items: [{ databaseId: 'd', schema: 'public', table: null }] } },
    ],
  ])('refuses %s', async (_what, narrow) => {
    const request = await ask();
    expect(await outcomeOf(world.decide(olga, request, 'approve', narrow))).toBe('access_request.not_narrower');
    expect(await world.trace(request.id)).toMatchObject({ state: 'pending', grants: [], decisions: [] });
  });

  it('is what the next approver is shown: he decides on what is left', async () => {
    await steps({ quorum: 2 });
    const request = await ask();
    await world.decide(olga, request, 'approve', { minutes: 10 });
    expect(await outcomeOf(world.decide(otto, request))).toBe('access_request.changed');
    await world.decide(otto, await fresh(request));
    const [grant] = (await world.trace(request.id)).grants;
    expect((grant?.expires_at?.getTime() ?? 0) - (grant?.starts_at.getTime() ?? 0)).toBe(600_000);
  });
});

describe('a grant in force', () => {
  const given = async () => {
    const request = await ask();
    await world.decide(olga, request);
    const [grant] = (await world.trace(request.id)).grants;
    return grant?.id ?? '';
  };
  const endOf = async (grantId: string) =>
    (
      await world.db.selectFrom('access_grant').where('id', '=', grantId).select('expires_at').executeTakeFirst()
    )?.expires_at?.getTime() ?? 0;
  const extend = (grantId: string, minutes: number, by = dev) =>
    world.requests.asking.extend(by, grantId, { minutes, reason: '', ticket: null });

  it('is extended by another decision, and by its holder alone only as far as the flow says', async () => {
    const grantId = await given();
    const before = await endOf(grantId);
    const asked = await extend(grantId, 30);
    expect(asked.state).toBe('pending');
    expect(await outcomeOf(extend(grantId, 30))).toBe('access_request.grant_not_extendable');
    await world.decide(olga, asked);
    expect(await endOf(grantId)).toBe(before + 1_800_000);
    await world.flow({ kind: 'steps', steps: [step()], extendsMinutes: 60 }, everyLevel);
    expect((await extend(grantId, 30)).state).toBe('approved');
    expect(await endOf(grantId)).toBe(before + 3_600_000);
    expect((await extend(grantId, 1)).state).toBe('pending');
  });

  it('gets more tables beside it, with its end', async () => {
    const grantId = await given();
    const scope = tables('employee');
    const asked = await world.requests.asking.add(dev, grantId, { scope, reason: 'names', ticket: null });
    await world.decide(otto, asked);
    const [added] = (await world.trace(asked.id)).grants;
    expect(added).toMatchObject({ amends_grant_id: grantId, person_id: dev.personId });
    expect(added?.expires_at?.getTime()).toBe(await endOf(grantId));
  });

  it('of somebody else, or one that has ended, is not extended', async () => {
    const grantId = await given();
    expect(await outcomeOf(extend(grantId, 30, otto))).toBe('object.not_found');
    const asked = await extend(grantId, 30);
    await world.grants.end(grantId, [dev.personId]);
    expect(await outcomeOf(world.decide(olga, asked))).toBe('grant.not_active');
    expect(await outcomeOf(extend(grantId, 30))).toBe('grant.not_active');
    await world.requests.upkeep.expireOverdue();
    expect(await stateOf(asked)).toBe('expired');
  });
});

describe('the administrator behind the sample person', () => {
  it('does not decide what he asked for through the person’s eyes, except in the sample project', async () => {
    const ada = caller(await world.grants.person('Ada', ['workspace_admin']), 'Ada');
    const through = { ...dev, adminPersonId: ada.personId };
    expect(await outcomeOf(world.decide(ada, await ask({ by: through })))).toBe('access_request.own_decision');
    await world.db.updateTable('project').set({ is_sample: true }).where('id', '=', projectId).execute();
    expect(await outcomeOf(world.decide(ada, await ask({ by: through })))).toBe('done');
    await world.db.updateTable('project').set({ is_sample: false }).where('id', '=', projectId).execute();
  });
});

describe('talking', () => {
  it('reminds at most once an hour, and tells those who can decide', async () => {
    const request = await ask();
    await world.requests.talk.remind(dev, request.id);
    expect(await outcomeOf(world.requests.talk.remind(dev, request.id))).toBe('access_request.reminded_recently');
    await world.grants.freeze(new Date(Date.now() + 3_660_000));
    expect(await outcomeOf(world.requests.talk.remind(dev, request.id))).toBe('done');
    const told = await world.db.selectFrom('notice_outbox').where('request_id', '=', request.id).selectAll().execute();
    expect(told.map((notice) => notice.kind)).toEqual(['request.to_decide', 'request.to_decide', 'request.to_decide']);
    expect(told[0]?.person_ids.toSorted()).toEqual(expect.arrayContaining([olga.personId, otto.personId].toSorted()));
    expect(told[0]?.person_ids).not.toContain(dev.personId);
  });

  it('is for the requester and those whom a step names', async () => {
    const request = await ask();
    const stranger = await world.person('Mallory', projectId, 'project_developer');
    expect(await outcomeOf(world.requests.talk.comment(stranger, request.id, 'me too'))).toBe('auth.forbidden');
    await world.requests.talk.comment(olga, request.id, 'Which incident?');
    await world.requests.talk.comment(dev, request.id, 'INC-12');
    const said = await world.requests.steps.messagesOf(request.id);
    expect(said.map((message) => message.text)).toEqual(['Which incident?', 'INC-12']);
  });
});
