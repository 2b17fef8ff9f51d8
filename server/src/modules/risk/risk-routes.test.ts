import { riskRoutes } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRiskCenter, recordEvaluations, riskEvaluator } from './index.ts';
import { RiskWorld } from './risk-test-kit.ts';

let world: RiskWorld;
let admin: string;
let dba: string;
let auditor: string;
let dev: string;

beforeAll(async () => {
  world = await RiskWorld.open();
  admin = await world.person('Ada', ['workspace_admin']);
  dba = await world.person('Dora', ['workspace_dba']);
  auditor = await world.person('Olga', ['workspace_auditor']);
  dev = await world.person('dev', ['project_developer', 'project_owner']);
});
afterAll(async () => await world?.close());

const prod = {
  source: 'read',
  name: 'Prod is high',
  condition: 'environment.name == "Prod"',
  level: 'high',
  isOn: true,
};
const list = async (source = 'read', query: Record<string, string> = {}) =>
  (await world.call(admin, 'GET /risk-rules', { query: { source, ...query } })).body;
const names = async (source = 'read') => (await list(source)).items.map((rule: { name: string }) => rule.name);
const add = async (rule: object = {}) =>
  (await world.call(admin, 'POST /risk-rules', { body: { ...prod, ...rule } })).body;
const lastEvent = async () =>
  await world.db.selectFrom('audit_event').selectAll().orderBy('sequence', 'desc').limit(1).executeTakeFirstOrThrow();

describe('rules', () => {
  test('begin with one for each source, so that everything has a level', async () => {
    const { items, counts, abilities } = await list('emergency');
    expect(items).toMatchObject(
      [
        { name: 'Everything else', condition: 'true', level: 'high', position: 1, version: 1, sentence: /everything/ },
      ].map((rule) => ({ ...rule, sentence: 'it holds for everything' })),
    );
    expect(counts).toHaveLength(4);
    expect(abilities).toEqual({ manage: true });
  });

  test('are added before the others, on record and announced', async () => {
    const added = await add();
    expect(added).toMatchObject({
      ...prod,
      position: 1,
      version: 1,
      fault: null,
      changedBy: { id: admin, name: 'Ada' },
    });
    expect(await names()).toEqual(['Prod is high', 'Everything else']);
    expect(await lastEvent()).toMatchObject({ kind: 'rule.created', actor_id: admin, data: { ruleId: added.id } });
    expect(world.changes.at(-1)?.event).toEqual({ topic: 'rule', id: added.id, projectId: null });
  });

  test('are refused with the place of the fault when the condition does not read', async () => {
    const refused = await world.call(admin, 'POST /risk-rules', {
      body: { ...prod, condition: 'environment.nme == ""' },
    });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'rule.condition_invalid',
        detail: 'There is no attribute environment.nme. (line 1, column 12)',
        details: { line: 1, column: 12, offset: 11 },
      },
    });
    const nul = await world.call(admin, 'POST /risk-rules', { body: { ...prod, condition: 'ticket == "\0"' } });
    expect(nul).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  });

  test('get a version with every change of what they say, and none by being off', async () => {
    const { id } = await add({ name: 'Changing' });
    const patch = (body: object) => world.call(admin, `PATCH /risk-rules/${id}`, { body });
    expect((await patch({ version: 1, level: 'moderate' })).body).toMatchObject({ version: 2, level: 'moderate' });
    expect((await patch({ version: 2, isOn: false })).body).toMatchObject({ version: 2, isOn: false });
    expect(await patch({ version: 1, level: 'low' })).toMatchObject({ status: 409, body: { code: 'object.conflict' } });
    const versions = await world.db.selectFrom('risk_rule_version').where('rule_id', '=', id).selectAll().execute();
    expect(versions.map(({ version, level }) => [version, level])).toEqual([
      [1, 'high'],
      [2, 'moderate'],
    ]);
    await world.call(admin, `DELETE /risk-rules/${id}`);
  });

  test('are put in order, each change after the other', async () => {
    const a = await add({ source: 'export', name: 'A' });
    await add({ source: 'export', name: 'B' });
    const c = await add({ source: 'export', name: 'C' });
    expect(await names('export')).toEqual(['C', 'B', 'A', 'Everything else']);
    const moved = await world.call(admin, `POST /risk-rules/${a.id}/move`, { body: { position: 1 } });
    expect(moved.body.position).toBe(1);
    await Promise.all([
      world.call(admin, `POST /risk-rules/${c.id}/move`, { body: { position: 99 } }),
      world.call(dba, `POST /risk-rules/${a.id}/move`, { body: { position: 2 } }),
    ]);
    expect((await list('export')).items.map((rule: { position: number }) => rule.position)).toEqual([1, 2, 3, 4]);
    // Whichever of the two was first.
    expect([
      ['B', 'A', 'Everything else', 'C'],
      ['A', 'B', 'Everything else', 'C'],
    ]).toContainEqual(await names('export'));
    expect(await lastEvent()).toMatchObject({ kind: 'rule.moved' });
  });

  test('that are deleted stay in the record of what they said', async () => {
    const { id } = await add({ source: 'write', name: 'Short-lived' });
    expect((await world.call(admin, `DELETE /risk-rules/${id}`)).body).toEqual({ done: true });
    expect(await names('write')).toEqual(['Everything else']);
    expect(await lastEvent()).toMatchObject({ kind: 'rule.deleted', data: { name: 'Short-lived', level: 'high' } });
    expect(await world.call(admin, `DELETE /risk-rules/${id}`)).toMatchObject({ body: { code: 'object.not_found' } });
    expect(
      await world.db.selectFrom('risk_rule_version').where('rule_id', '=', id).select('id').execute(),
    ).toHaveLength(1);
  });

  test('are searched and paged', async () => {
    expect(await list('read', { search: 'PROD' })).toMatchObject({ total: 1, items: [{ name: 'Prod is high' }] });
    expect(await list('read', { page: '2', pageSize: '1' })).toMatchObject({ total: 2, items: [{ position: 2 }] });
    expect(await list('read', { isFaulty: 'true' })).toMatchObject({ total: 0, items: [] });
  });

  test('that could not be evaluated are marked, in the warnings too, until they are mended', async () => {
    const projectId = await world.project('Marked');
    const databaseId = await world.database(projectId, 'marked', 'Test', [{ name: 'a' }]);
    const { id } = await add({ name: 'Broken', condition: '1 / (number_of_tables - 1) == 1' });
    const subject = {
      ...{
        source: 'read' as const,
        requesterId: dev,
        projectId,
        privileges: ['read' as const],
        minutes: 5,
        ticket: null,
      },
      scope: { kind: 'items' as const, items: [{ databaseId, schema: null, table: null }] },
    };
    const trial = await world.call(admin, 'POST /risk-rules/try', { body: subject });
    expect(trial.body).toMatchObject({ level: 'high', isFaulty: true, ruleId: id });
    expect(await list('read', { isFaulty: 'true' })).toMatchObject({ total: 0 });

    await riskEvaluator.evaluate(world.db, { ...subject, startsAt: new Date() });
    expect(await list('read', { isFaulty: 'true' })).toMatchObject({
      items: [{ id, fault: { message: expect.stringContaining('divide by zero') } }],
      counts: expect.arrayContaining([expect.objectContaining({ source: 'read', faulty: 1 })]),
    });
    const parts = { db: world.db, feed: { publish: async () => undefined, subscribe: () => () => undefined } };
    const { warnings } = openRiskCenter({
      ...parts,
      audit: { append: async () => undefined, appendMany: async () => undefined } as never,
    });
    expect(await warnings()).toMatchObject([{ message: expect.stringContaining('“Broken” could not be evaluated') }]);
    await world.call(admin, `PATCH /risk-rules/${id}`, { body: { version: 1, isOn: false } });
    await world.call(admin, `PATCH /risk-rules/${id}`, { body: { version: 1, isOn: true } });
    expect(await warnings()).toEqual([]);
    await riskEvaluator.evaluate(world.db, { ...subject, startsAt: new Date() });
    expect(await warnings()).toHaveLength(1);
    await world.call(admin, `PATCH /risk-rules/${id}`, { body: { version: 1, condition: 'number_of_tables > 1' } });
    expect(await warnings()).toEqual([]);
    await world.call(admin, `DELETE /risk-rules/${id}`);
  });

  test('mean weekday and time of day in the time zone of the workspace', async () => {
    const put = (timeZone: string) => world.call(admin, 'PUT /risk-time-zone', { body: { timeZone } });
    expect(await put('Europe/Berlin')).toMatchObject({ status: 200, body: { timeZone: 'Europe/Berlin' } });
    expect((await list()).timeZone).toBe('Europe/Berlin');
    expect(await put('Europe/Atlantis')).toMatchObject({ status: 400, body: { code: 'rule.time_zone_unknown' } });
    expect(await lastEvent()).toMatchObject({ kind: 'rule.time_zone_changed', data: { timeZone: 'Europe/Berlin' } });
  });
});

describe('trying and replaying', () => {
  test('a rule that is not saved is tried on any request, and nothing is kept', async () => {
    const projectId = await world.project('Trial');
    const databaseId = await world.database(projectId, 'trial', 'Test', [{ name: 'salary', columns: ['amount'] }]);
    const change = { ...prod, ruleId: null, name: 'Money', condition: '"amount" in columns', level: 'moderate' };
    const body = {
      ...{ source: 'read', requesterId: dev, projectId, privileges: ['read'], minutes: null, change },
      scope: { kind: 'items', items: [{ databaseId, schema: 'public', table: 'salary' }] },
    };
    expect((await world.call(admin, 'POST /risk-rules/try', { body })).body).toMatchObject({
      ...{ level: 'moderate', ruleName: 'Money', ruleId: null, isFaulty: false },
      reason: 'The rule “Money” matches: columns include amount.',
      databases: [{ name: 'trial', attributes: { 'environment.name': 'Test', no_end: true } }],
    });
    expect(await names()).not.toContain('Money');
    const nobody = { ...body, requesterId: '11111111-1111-4111-8111-111111111111' };
    expect(await world.call(admin, 'POST /risk-rules/try', { body: nobody })).toMatchObject({ status: 404 });
  });

  test('a check says where a condition is wrong', async () => {
    const check = async (condition: string) =>
      (await world.call(auditor, 'POST /risk-rules/check', { body: { condition } })).body.fault;
    expect(await check('no_end')).toBeNull();
    expect(await check('no_end &&')).toMatchObject({ line: 1, column: 8 });
  });

  test('a replay lists the past requests that would get another level', async () => {
    const projectId = await world.project('Past');
    const small = await world.database(projectId, 'small', 'Test', [{ name: 'a' }]);
    const past = async (minutes: number, daysAgo: number) => {
      const requestId = await world.request(projectId, dev);
      const evaluation = await riskEvaluator.evaluate(world.db, {
        ...{ source: 'read', requesterId: dev, projectId, privileges: ['read'], minutes, ticket: null },
        scope: { kind: 'items', items: [{ databaseId: small, schema: null, table: null }] },
        startsAt: new Date(),
      });
      await world.db.transaction().execute(async (tx) => await recordEvaluations(tx, requestId, [evaluation]));
      await sql`update tidegate.access_request set created_at = now() - make_interval(days => ${daysAgo})
        where id = ${requestId}`.execute(world.db);
      return requestId;
    };
    await past(30, 1);
    const long = await past(600, 2);
    await past(600, 40);
    const change = { ...prod, ruleId: null, name: 'Long', condition: 'duration_minutes > 60', level: 'moderate' };
    const replay = async (body: object) => (await world.call(admin, 'POST /risk-rules/replay', { body })).body;
    expect(await replay({ change })).toMatchObject({
      ...{ requests: 2, changed: 1, sentence: 'Of the 2 requests of the last 30 days 1 would get another level.' },
      counts: [{ before: 'low', after: 'moderate', requests: 1 }],
      changes: [
        {
          requestId: long,
          requester: 'dev',
          before: 'low',
          after: 'moderate',
          ruleBefore: 'Everything else',
          ruleAfter: 'Long',
        },
      ],
    });
    expect(await replay({ change, days: 60 })).toMatchObject({ requests: 3, changed: 2 });
    expect(await replay({ change: { ...change, isOn: false } })).toMatchObject({ requests: 2, changed: 0 });

    const { items } = await list();
    const everything = items.find((rule: { name: string }) => rule.name === 'Everything else');
    const gone = { ...prod, ruleId: everything.id, name: 'Everything else', condition: 'true', level: 'low' };
    expect(await replay({ change: gone, isDeleted: true })).toMatchObject({
      counts: [{ before: 'low', after: null, requests: 2 }],
      changes: [{ after: null, ruleAfter: null }, { after: null }],
    });
    expect(await replay({ change: { ...change, source: 'write' } })).toMatchObject({ requests: 0, changes: [] });
    expect(await replay({ change: { ...change, condition: 'nothing' } })).toMatchObject({
      code: 'rule.condition_invalid',
    });
  });
});

describe('who may', () => {
  const anyId = '11111111-1111-4111-8111-111111111111';
  const bodies: Record<string, object> = {
    'POST /risk-rules': prod,
    'PATCH /risk-rules/:ruleId': { version: 1, level: 'low' },
    'POST /risk-rules/:ruleId/move': { position: 1 },
    'POST /risk-rules/check': { condition: 'true' },
    'POST /risk-rules/try': {
      ...{ source: 'read', requesterId: anyId, projectId: anyId, privileges: ['read'], minutes: 5 },
      scope: { kind: 'project' },
    },
    'POST /risk-rules/replay': { change: { ...prod, ruleId: null } },
    'PUT /risk-time-zone': { timeZone: 'UTC' },
  };
  const attempt = (personId: string, key: string) =>
    world.call(personId, key.replace(':ruleId', anyId), {
      ...(bodies[key] === undefined ? {} : { body: bodies[key] }),
      ...(key === 'GET /risk-rules' ? { query: { source: 'read' } } : {}),
    });

  test.each(Object.keys(riskRoutes))('%s is refused to a Project Owner and Developer', async (key) => {
    expect(await attempt(dev, key)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  });

  test('an auditor reads the rules and changes nothing', async () => {
    for (const [key, route] of Object.entries(riskRoutes)) {
      const { status } = await attempt(auditor, key);
      expect(status, key).toBe(route.access.permission === 'rule.list' ? 200 : 403);
    }
  });

  test('a DBA manages rules', async () => {
    const { status, body } = await world.call(dba, 'POST /risk-rules', { body: { ...prod, source: 'write' } });
    expect(status).toBe(201);
    expect((await world.call(dba, `DELETE /risk-rules/${body.id}`)).status).toBe(200);
  });
});
