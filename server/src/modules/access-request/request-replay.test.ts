import type { RouteInput, Routes, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from './request-parts.ts';
import { replayApproval } from './request-replay.ts';
import { outcomeOf, RequestWorld } from './request-test-kit.ts';

type Draft = RouteInput<Routes['POST /approval/replay']>['body'];

let world: RequestWorld;
let dev: Caller;
let olga: Caller;
let projectId: string;
let scope: Scope;
const auto = '00000000-0000-4000-8000-000000000002';

beforeAll(async () => {
  world = await RequestWorld.open();
  projectId = await world.grants.project('HR');
  const databaseId = await world.database(projectId);
  dev = await world.person('dev', projectId, 'project_developer');
  olga = await world.person('Olga', projectId, 'project_owner');
  scope = { kind: 'items', items: [{ databaseId, schema: 'public', table: 'salary' }] };
  for (let count = 0; count < 3; count += 1) await world.ask({ by: dev, projectId, scope });
  await world.ask({ by: dev, projectId, scope, privileges: ['write'] });
  await world.ask({ by: dev, projectId, scope, expiry: { kind: 'after', minutes: 600 } });
});
afterAll(() => world.close());

const replay = (draft: Partial<Draft>) =>
  replayApproval(world.db, world.approval.store, {
    ...{ rules: [], flows: [], cells: [], caps: [], days: 30 },
    ...draft,
  });

describe('replaying before saving', () => {
  it('changes nothing where nothing is drafted', async () => {
    const report = await replay({});
    expect(report).toMatchObject({
      requests: 5,
      changed: 0,
      changes: [],
      after: { autoApproved: 0, asked: 5, refused: 0 },
    });
  });

  it('says what a matrix and limits would have meant, with those that change', async () => {
    const cells = [{ source: 'read', level: 'low', flowId: auto }] as const;
    const caps = [{ level: 'low', longestMinutes: 120, allowsNoEnd: false, needsTicket: false }] as const;
    const report = await replay({ cells: [...cells], caps: [...caps] });
    expect(report.sentence).toBe(
      'Of the last 30 days’ 5 requests this would have auto-approved 3, asked 1, refused 1.',
    );
    expect(report.changed).toBe(4);
    expect(report.changes[0]).toMatchObject({
      requester: 'dev',
      before: { outcome: 'asked' },
      after: { outcome: 'refused' },
    });
    const saved = await world.approval.store.listCells(null);
    expect(saved.every((cell) => cell.flowId !== auto)).toBe(true);
  });

  it('says what a rule would have meant', async () => {
    const rule = { ruleId: null, source: 'read', name: 'All', condition: 'true', level: 'high', isOn: true } as const;
    const cells = [{ source: 'read', level: 'high', flowId: null }] as const;
    const report = await replay({ rules: [rule], cells: [...cells] });
    expect(report.after).toEqual({ autoApproved: 0, asked: 1, refused: 4 });
  });

  it('judges anew where a rule is drafted, and takes the stored levels where only the matrix is', async () => {
    // A rule that came after the requests, beside which they were never judged.
    const { id } = await world.db
      .insertInto('risk_rule')
      .values({ source: 'read', position: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const said = { name: 'Long', condition: 'duration_minutes > 120', level: 'high' as const };
    await world.db
      .insertInto('risk_rule_version')
      .values({ rule_id: id, version: 1, ...said })
      .execute();
    const cells: Draft['cells'] = [{ source: 'read', level: 'high', flowId: null }];
    expect((await replay({ cells })).after).toEqual({ autoApproved: 0, asked: 5, refused: 0 });
    const drafted = { source: 'read', name: 'None', condition: 'false', level: 'low', isOn: true } as const;
    const judged = await replay({ cells, rules: [{ ruleId: null, ...drafted }] });
    // The request for ten hours is high by the rule of today, before and after; its stored level was low.
    expect(judged.after).toEqual({ autoApproved: 0, asked: 4, refused: 1 });
    await world.db.updateTable('risk_rule').set({ is_on: false }).where('id', '=', id).execute();
  });

  it('takes a flow that is not saved', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    const draft = { id, name: 'Nobody', description: '', kind: 'refuse', steps: [], approvesWrite: false } as const;
    const report = await replay({ flows: [{ ...draft, steps: [], extendsMinutes: null }] });
    expect(report.after.refused).toBe(5);
  });
});

describe('a rule that cannot be evaluated', () => {
  it('counts as the highest level, and that level’s flow decides', async () => {
    await sql`
      with rule as (insert into tidegate.risk_rule (source, position) values ('read', 0) returning id)
      insert into tidegate.risk_rule_version (rule_id, version, name, condition, level)
      select id, 1, 'Broken', 'tables[99] == "x"', 'low' from rule`.execute(world.db);
    const request = await world.ask({ by: dev, projectId, scope });
    expect(request.level).toBe('high');
    const [risk] = (await world.requests.steps.risksOf([request.id])).get(request.id) ?? [];
    expect(risk).toMatchObject({ isFaulty: true, level: 'high' });
    await world.db.deleteFrom('approval_cell').where('source', '=', 'read').where('level', '=', 'high').execute();
    expect(await outcomeOf(world.ask({ by: dev, projectId, scope }))).toBe('access_request.no_flow');
    expect(await outcomeOf(world.decide(olga, request))).toBe('done');
  });
});

describe('settings', () => {
  it('of a stale screen are not saved, and a flow in use is not deleted', async () => {
    const by = { personId: olga.personId, adminPersonId: null };
    const draft = {
      name: 'Mine',
      description: '',
      kind: 'refuse',
      steps: [],
      approvesWrite: false,
      extendsMinutes: null,
    } as const;
    const id = await world.approval.service.addFlow(by, { ...draft, steps: [] });
    const save = (version: number) => world.approval.service.saveFlow(by, id, { ...draft, steps: [], version });
    expect(await outcomeOf(save(1))).toBe('done');
    expect(await outcomeOf(save(1))).toBe('approval.flow_changed');
    expect(await outcomeOf(world.approval.service.addFlow(by, { ...draft, steps: [] }))).toBe(
      'approval.flow_name_taken',
    );
    await world.approval.service.setMatrix(by, [{ source: 'export', level: 'high', flowId: id }], []);
    expect(await outcomeOf(world.approval.service.deleteFlow(by, id))).toBe('approval.flow_in_use');
    await world.approval.service.setMatrix(by, [{ source: 'export', level: 'high', flowId: null }], []);
    expect(await outcomeOf(world.approval.service.deleteFlow(by, id))).toBe('done');
    const kinds = await world.grants.auditKinds();
    expect(kinds).toEqual(
      expect.arrayContaining([
        'approval.flow_added',
        'approval.flow_changed',
        'approval.matrix_changed',
        'approval.flow_deleted',
      ]),
    );
  });
});
