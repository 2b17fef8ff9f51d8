import type { Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { evaluationsOf, type RiskSubject, recordEvaluations, reevaluate, riskEvaluator } from './index.ts';
import { RiskWorld } from './risk-test-kit.ts';

let world: RiskWorld;
let projectId: string;
let dev: string;
let prod: string;
let staging: string;

beforeAll(async () => {
  world = await RiskWorld.open();
  projectId = await world.project('HR');
  dev = await world.person('dev', ['project_developer']);
  prod = await world.database(projectId, 'hr_prod', 'Prod', [
    { name: 'employee', rows: 300, columns: ['id', 'email'] },
    { name: 'salary', rows: 1000, columns: ['id', 'amount'] },
    { schema: 'audit', name: 'entry', rows: null, columns: ['id'] },
    { name: 'everybody', kind: 'view', rows: null, columns: ['email'] },
  ]);
  staging = await world.database(projectId, 'hr_test', 'Test', [{ name: 'employee', rows: 5, columns: ['id'] }]);
});
afterAll(async () => await world?.close());
beforeEach(async () => {
  await sql`update tidegate.risk_rule set deleted_at = now()
    where id not in (select rule_id from tidegate.risk_rule_version where created_by is null and name = 'Everything else')`.execute(
    world.db,
  );
  await sql`update tidegate.risk_rule set is_on = true`.execute(world.db);
});

const table = (databaseId: string, name: string, schema = 'public') => ({ databaseId, schema, table: name });
const items = (...all: { databaseId: string; schema: string | null; table: string | null }[]): Scope => ({
  kind: 'items',
  items: all,
});

function subject(change: Partial<RiskSubject> = {}): RiskSubject {
  return {
    source: 'read',
    requesterId: dev,
    projectId,
    scope: items(table(prod, 'employee')),
    privileges: ['read'],
    minutes: 60,
    startsAt: new Date('2026-03-28T17:30:00Z'),
    ticket: null,
    ...change,
  };
}
const evaluate = (change: Partial<RiskSubject> = {}) => riskEvaluator.evaluate(world.db, subject(change));
const attributesOf = async (change: Partial<RiskSubject> = {}) =>
  (await evaluate(change)).inputs.databases.map((database) => database.attributes);

describe('without rules of its own', () => {
  test.each([
    ['read', 'low'],
    ['write', 'moderate'],
    ['export', 'moderate'],
    ['emergency', 'high'],
  ] as const)('%s is %s by the rule that came with Tidegate', async (source, level) => {
    expect(await evaluate({ source })).toMatchObject({ level, ruleName: 'Everything else', ruleVersion: 1 });
  });

  test('nothing that no rule matches has a level, so that it is refused', async () => {
    await world.db.updateTable('risk_rule').set({ is_on: false }).where('source', '=', 'read').execute();
    const evaluation = await evaluate();
    expect(evaluation).toMatchObject({ level: null, ruleId: null, isFaulty: false, rules: [] });
    expect(evaluation.reason).toContain('No risk rule for “Request Querier Role” matches');
  });
});

describe('what rules are told', () => {
  test('the tables of the scope with their schemas, columns, rows; the database with its environment', async () => {
    const [attributes] = await attributesOf({ scope: items(table(prod, 'employee'), table(prod, 'entry', 'audit')) });
    expect(attributes).toMatchObject({
      'environment.name': 'Prod',
      'environment.protected': true,
      engine: 'postgresql',
      'database.name': 'hr_prod',
      schemas: ['audit', 'public'],
      tables: ['employee', 'entry'],
      table_paths: ['audit.entry', 'public.employee'],
      columns: ['email', 'id'],
      whole_database: false,
      whole_project: false,
      number_of_tables: 2,
      number_of_databases: 1,
      estimated_rows: 300,
      largest_table_rows: 300,
      rows_unknown: true,
    });
  });

  test('a whole schema, a whole database and a whole project reach the tables they have now', async () => {
    const schema = await attributesOf({ scope: items({ databaseId: prod, schema: 'public', table: null }) });
    expect(schema[0]).toMatchObject({ number_of_tables: 3, whole_database: false, rows_unknown: false });
    const whole = await attributesOf({ scope: items({ databaseId: prod, schema: null, table: null }) });
    expect(whole[0]).toMatchObject({ number_of_tables: 4, whole_database: true, whole_project: false });
    const all = await attributesOf({ scope: { kind: 'project' } });
    expect(all.map((one) => one['database.name'])).toEqual(['hr_prod', 'hr_test']);
    expect(all[1]).toMatchObject({ whole_project: true, whole_database: true, tables: ['employee'] });
    expect(all[1]).toMatchObject({ number_of_tables: 5, number_of_databases: 2, estimated_rows: 1305 });
  });

  test('a project without databases counts as protected: what comes later is not known', async () => {
    const empty = await world.project('Empty');
    const [attributes] = await attributesOf({ projectId: empty, scope: { kind: 'project' } });
    expect(attributes).toMatchObject({ 'environment.protected': true, whole_project: true, number_of_tables: 0 });
  });

  test('who asks: his roles here and by his groups, and his groups', async () => {
    const ann = await world.person('Ann');
    const group = await world.db
      .insertInto('person_group')
      .values({ name: 'On-call' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await world.db.insertInto('group_member').values({ group_id: group.id, person_id: ann }).execute();
    const other = await world.project('Other');
    const past = { role: 'project_owner', person_id: ann, expires_at: new Date('2020-01-01') };
    await world.db
      .insertInto('project_member')
      .values([
        { project_id: projectId, role: 'project_querier', group_id: group.id },
        { project_id: other, role: 'project_viewer', person_id: ann },
        { project_id: projectId, ...past },
      ])
      .execute();
    const [attributes] = await attributesOf({ requesterId: ann });
    expect(attributes?.['requester.roles']).toEqual(['project_querier', 'workspace_member']);
    expect(attributes?.['requester.groups']).toEqual(['On-call']);
  });

  test('weekday and time of day by the clock of the workspace, also over the change to summer time', async () => {
    const set = (zone: string) =>
      world.db
        .insertInto('setting')
        .values({ key: 'time_zone', value: JSON.stringify(zone) })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: JSON.stringify(zone) }))
        .execute();
    await set('Europe/Berlin');
    const at = async (instant: string) => (await attributesOf({ startsAt: new Date(instant) }))[0];
    expect(await at('2026-03-28T23:30:00Z')).toMatchObject({ weekday: 'sunday', time_of_day: '00:30' });
    expect(await at('2026-03-29T00:59:59Z')).toMatchObject({ weekday: 'sunday', time_of_day: '01:59' });
    expect(await at('2026-03-29T01:00:00Z')).toMatchObject({ weekday: 'sunday', time_of_day: '03:00' });
    await set('Nowhere/Else');
    expect(await at('2026-03-29T01:00:00Z')).toMatchObject({ weekday: 'sunday', time_of_day: '01:00' });
    await set('UTC');
  });

  test('access without an end is longer than any other', async () => {
    const [attributes] = await attributesOf({ minutes: null, ticket: ' OPS-7 ' });
    expect(attributes).toMatchObject({ duration_minutes: 1_000_000_000, no_end: true, ticket_given: true });
    expect((await attributesOf({ ticket: '  ' }))[0]).toMatchObject({ ticket_given: false, no_end: false });
  });

  test('labels of the tables and columns that are reached, set by hand or by a name pattern', async () => {
    const label = { database_id: prod, schema_name: 'public', origin: 'hand' as const };
    await world.db
      .insertInto('data_label')
      .values([
        { ...label, table_name: 'salary', label: 'financial' },
        { ...label, table_name: 'employee', column_name: 'email', label: 'pii' },
      ])
      .execute();
    await world.db
      .insertInto('label_pattern')
      .values([
        { target: 'table', pattern: 'EMPL*', label: 'people' },
        { target: 'column', pattern: 'a*t', label: 'money' },
        { target: 'column', pattern: 'id', label: 'elsewhere', project_id: await world.project('Elsewhere') },
      ])
      .execute();
    expect((await attributesOf())[0]?.['labels']).toEqual(['people', 'pii']);
    expect((await attributesOf({ scope: items(table(prod, 'salary')) }))[0]?.['labels']).toEqual([
      'financial',
      'money',
    ]);
    expect((await attributesOf({ scope: items(table(prod, 'entry', 'audit')) }))[0]?.['labels']).toEqual([]);
  });
});

describe('which rule says it', () => {
  test('the highest level that matches, in it the first rule', async () => {
    await world.rule('read', { name: 'Prod', condition: 'environment.name == "Prod"', level: 'high', position: 5 });
    await world.rule('read', { name: 'Also prod', condition: 'environment.protected', level: 'high', position: 6 });
    await world.rule('read', { name: 'Off', condition: 'true', level: 'high', isOn: false });
    await world.rule('read', { name: 'Moderate', condition: 'number_of_tables > 0', level: 'moderate' });
    await world.rule('write', { name: 'Of write', condition: 'true', level: 'high' });
    expect(await evaluate()).toMatchObject({
      level: 'high',
      ruleName: 'Prod',
      reason: 'The rule “Prod” matches: environment is Prod.',
    });
    expect(await evaluate({ scope: items(table(staging, 'employee')) })).toMatchObject({ ruleName: 'Moderate' });
  });

  test('over several databases each is looked at, and the highest level wins', async () => {
    await world.rule('read', { name: 'Prod', condition: 'environment.name == "Prod"', level: 'high' });
    const scope = items(table(staging, 'employee'), table(prod, 'employee'));
    expect(await evaluate({ scope })).toMatchObject({
      level: 'high',
      reason: 'The rule “Prod” matches for hr_prod: environment is Prod.',
    });
  });

  test('a rule that cannot be evaluated counts as high and is marked', async () => {
    const id = await world.rule('read', { name: 'Broken', condition: '10 / (number_of_tables - 1) > 1', level: 'low' });
    const evaluation = await evaluate();
    expect(evaluation).toMatchObject({ level: 'high', ruleName: 'Broken', isFaulty: true });
    expect(evaluation.reason).toMatch(/“Broken” could not be evaluated, so this counts as high: .*divide by zero/);
    const marked = await world.db.selectFrom('risk_rule').where('id', '=', id).selectAll().executeTakeFirstOrThrow();
    expect(marked.fault).toContain('divide by zero');
  });

  test('a condition that a former version allowed and this one does not read counts as high too', async () => {
    await world.rule('read', { name: 'Old', condition: 'forgotten == "x"', level: 'low' });
    expect(await evaluate()).toMatchObject({ level: 'high', ruleName: 'Old', isFaulty: true });
  });

  test('a rule that would look through too much is not run, and counts as high', async () => {
    await world.rule('read', {
      name: 'Slow',
      condition: 'tables.exists(t, columns.exists(c, c == t))',
      level: 'low',
    });
    const big = await world.database(projectId, 'big', 'Test', []);
    await sql`insert into tidegate.relation (database_id, schema_name, name, kind, identity, columns)
      select ${big}::uuid, 'public', 't' || n, 'table', n::text, jsonb_build_array(jsonb_build_object('name', 'c' || n))
      from generate_series(1, 2000) n`.execute(world.db);
    const evaluation = await evaluate({ scope: items({ databaseId: big, schema: null, table: null }) });
    expect(evaluation).toMatchObject({ level: 'high', isFaulty: true });
    expect(evaluation.reason).toContain('it would take too long on big');
    expect(reevaluate(evaluation)).toEqual(evaluation);
  });

  test('more names than can be looked at do not hide from a rule that looks at them', async () => {
    const huge = await world.database(projectId, 'huge', 'Test', []);
    await sql`insert into tidegate.relation (database_id, schema_name, name, kind, identity, columns)
      select ${huge}::uuid, 'public', 't' || n, 'table', n::text, '[]' from generate_series(1, 20001) n`.execute(
      world.db,
    );
    const scope = items({ databaseId: huge, schema: null, table: null });
    expect(await evaluate({ scope })).toMatchObject({ level: 'low', isFaulty: false });
    await world.rule('read', { name: 'Salary', condition: '"salary" in tables', level: 'moderate' });
    expect(await evaluate({ scope })).toMatchObject({ level: 'high', isFaulty: true, ruleName: 'Salary' });
  });
});

describe('what is kept', () => {
  test('evaluations are read as they were stored, the last round of a request', async () => {
    await world.rule('write', { name: 'Prod', condition: 'environment.name == "Prod"', level: 'high' });
    const requestId = await world.request(projectId, dev);
    const [read, write] = [await evaluate(), await evaluate({ source: 'write', privileges: ['write'] })];
    await world.db.transaction().execute(async (tx) => await recordEvaluations(tx, requestId, [read, write]));
    expect((await evaluationsOf(world.db, [requestId])).get(requestId)).toEqual([read, write]);

    const narrower = await evaluate({ scope: items(table(staging, 'employee')) });
    await world.db.transaction().execute(async (tx) => await recordEvaluations(tx, requestId, [narrower]));
    const kept = (await evaluationsOf(world.db, [requestId])).get(requestId) ?? [];
    expect(kept).toEqual([narrower]);
    expect(kept.map(reevaluate)).toEqual(kept);
  });

  test('what is kept cannot be changed, nor what a rule said', async () => {
    for (const change of [
      `update tidegate.risk_evaluation set level = 'low'`,
      'delete from tidegate.risk_evaluation',
      `update tidegate.risk_rule_version set condition = 'false'`,
      'delete from tidegate.risk_rule_version',
    ]) {
      await expect(sql.raw(change).execute(world.db)).rejects.toThrow('is append-only');
    }
  });
});
