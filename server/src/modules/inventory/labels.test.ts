import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestInventory, type TestInventory } from './inventory-test-kit.ts';
import { labelsByPattern, patternMatcher } from './label-pattern.ts';
import { suggestLabels } from './label-suggestions.ts';
import { labelsOfDatabases } from './scope-labels.ts';

describe('name patterns', () => {
  test.each([
    ['email', 'EMAIL', true],
    ['email', 'emails', false],
    ['*mail*', 'Work_eMail_2', true],
    ['a*b', 'ab', true],
    ['a*b*c', 'abc', true],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['100%_*', '100%_x', true],
    ['a.c', 'abc', false],
  ])('%s and %s', (pattern, name, matches) => {
    expect(patternMatcher(pattern)(name)).toBe(matches);
  });

  test('match whatever stands for the star, and take everything else as it is', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '.', '%', '\\') });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.array(part), (parts, between) => {
        const name = parts.map((one, index) => (index === 0 ? one : `${between[index] ?? ''}${one}`)).join('');
        expect(patternMatcher(parts.join('*'))(name)).toBe(true);
        expect(patternMatcher(`x${parts.join('*')}`)(name)).toBe(false);
      }),
    );
  });

  test('give their labels to tables or to columns', () => {
    const pattern = { id: '', projectId: null, pattern: 'pay*' };
    const patterns = [
      { ...pattern, target: 'table', label: 'financial' } as const,
      { ...pattern, target: 'column', label: 'money' } as const,
    ];
    expect(labelsByPattern(patterns, { tables: ['payment'], columns: ['id'] })).toEqual(['financial']);
    expect(labelsByPattern(patterns, { tables: ['x'], columns: ['pay_day'] })).toEqual(['money']);
  });
});

describe('suggestions', () => {
  const of = (name: string, ...columns: [string, string][]) =>
    suggestLabels({ schema: '', name, columns: columns.map(([column, type]) => ({ name: column, type })) }).map(
      ({ column, label }) => `${column ?? '(table)'} ${label}`,
    );

  test('come from the words of names and from types', () => {
    expect(of('salary', ['amount', 'int'], ['iban', 'text'])).toEqual(['(table) financial', 'iban financial']);
    expect(of('person', ['workEmail', 'text'], ['birth_date', 'date'], ['last_ip', 'inet'])).toEqual([
      'workEmail pii',
      'birth_date pii',
      'last_ip pii',
    ]);
    expect(of('user', ['password_hash', 'text'])).toEqual(['password_hash secret']);
  });

  test('do not come from names that only contain such letters', () => {
    expect(of('emission', ['zipper', 'text'], ['tipping', 'text'], ['sextant', 'text'], ['tokenizer', 'text'])).toEqual(
      [],
    );
  });
});

describe('labels of a database', () => {
  let world: TestInventory;
  let admin: string;
  let owner: string;
  let stranger: string;
  let viewer: string;
  let projectId: string;
  let databaseId: string;
  let unassigned: string;

  const insertTable = async (database: string, name: string, columns: readonly string[]) =>
    await world.store.db
      .insertInto('relation')
      .values({
        ...{ database_id: database, schema_name: 'public', name, kind: 'table', identity: name },
        columns: JSON.stringify(columns.map((column) => ({ name: column, type: 'text' }))),
      })
      .execute();

  beforeAll(async () => {
    world = await openTestInventory();
    const { db } = world.store;
    admin = await world.person('Ada', ['workspace_admin']);
    [owner, stranger, viewer] = [
      await world.person('Otto', []),
      await world.person('Sven', []),
      await world.person('Vera', []),
    ];
    const project = await db.insertInto('project').values({ name: 'HR' }).returning('id').executeTakeFirstOrThrow();
    projectId = project.id;
    await db
      .insertInto('project_member')
      .values([
        { project_id: projectId, role: 'project_owner', person_id: owner },
        { project_id: projectId, role: 'project_viewer', person_id: viewer },
      ])
      .execute();
    const environment = await db.selectFrom('environment').select('id').limit(1).executeTakeFirstOrThrow();
    const instance = await db
      .insertInto('instance')
      .values({
        ...{
          short_id: 'abcd',
          title: 'One',
          environment_id: environment.id,
          engine: 'postgresql',
          tls_mode: 'disable',
        },
        ...{ host: 'db.example.test', port: 5432, user_name: 'gate' },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const add = async (name: string, project_id: string | null) =>
      (
        await db
          .insertInto('database')
          .values({ name, project_id, instance_id: instance.id })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id;
    databaseId = await add('hr_prod', projectId);
    unassigned = await add('loose', null);
    await insertTable(databaseId, 'employee', ['id', 'email']);
    await insertTable(databaseId, 'salary', ['id', 'amount']);
  });
  afterAll(async () => await world?.close());
  beforeEach(async () => {
    await world.store.db.deleteFrom('data_label').execute();
    await world.store.db.deleteFrom('label_pattern').execute();
  });

  const at = (table: string, column: string | null, label: string) => ({ schema: 'public', table, column, label });
  const set = (who: string, items: object[], more: object = {}) =>
    world.call(who, `POST /databases/${databaseId}/labels`, { body: { items, ...more } });
  const labels = async () =>
    (await world.call(viewer, `GET /databases/${databaseId}/labels`)).body.items.map(
      ({ table, column, label, origin }: { table: string; column: string | null; label: string; origin: string }) =>
        `${column === null ? table : `${table}.${column}`} ${label} ${origin}`,
    );

  test('are set by hand by the owner of the project, seen by its members, and on record', async () => {
    const added = await set(owner, [at('employee', 'email', 'PII'), at('salary', null, 'board-only')]);
    expect(added).toMatchObject({ status: 200, body: { added: 2 } });
    expect((await set(owner, [at('employee', 'email', 'pii')])).body).toEqual({ added: 0 });
    expect(await labels()).toEqual(['employee.email pii hand', 'salary board-only hand']);
    expect(await world.auditKinds()).toEqual(expect.arrayContaining(['label.added']));
    expect(world.changes.at(-1)?.event).toEqual({ topic: 'database', id: databaseId, projectId });
  });

  test('are refused where nothing of that name is, and in another shape', async () => {
    expect(await set(owner, [at('employee', 'nothing', 'pii')])).toMatchObject({
      ...{
        status: 400,
        body: { code: 'label.place_unknown', detail: expect.stringContaining('public.employee.nothing') },
      },
    });
    expect(await set(owner, [at('employee', null, 'two words')])).toMatchObject({ body: { code: 'request.invalid' } });
  });

  test('survive a table that is read anew or made again, and show again with it', async () => {
    await set(owner, [at('salary', 'amount', 'financial')]);
    await world.store.db.deleteFrom('relation').where('name', '=', 'salary').execute();
    expect(await labels()).toEqual([]);
    await insertTable(databaseId, 'salary', ['id', 'amount']);
    expect(await labels()).toEqual(['salary.amount financial hand']);
  });

  test('are taken away again', async () => {
    await set(owner, [at('salary', null, 'financial')]);
    const { body } = await world.call(owner, `GET /databases/${databaseId}/labels`);
    const [{ labelId }] = body.items;
    expect(await world.call(viewer, `DELETE /databases/${databaseId}/labels/${labelId}`)).toMatchObject({
      status: 403,
    });
    expect(await world.call(admin, `DELETE /databases/${unassigned}/labels/${labelId}`)).toMatchObject({ status: 404 });
    expect(await world.call(owner, `DELETE /databases/${databaseId}/labels/${labelId}`)).toMatchObject({ status: 200 });
    expect(await labels()).toEqual([]);
    expect(await world.auditKinds()).toContain('label.removed');
  });

  test('come from name patterns, also for what is found later', async () => {
    const add = (who: string, body: object) =>
      world.call(who, `POST /databases/${databaseId}/label-patterns`, { body });
    const pattern = { target: 'column', pattern: '*mail*', label: 'pii' };
    const added = await add(owner, pattern);
    expect(added).toMatchObject({ status: 201, body: { project: { id: projectId }, abilities: { delete: true } } });
    expect(await add(owner, { ...pattern, pattern: '*MAIL*' })).toMatchObject({
      body: { code: 'label.pattern_taken' },
    });
    expect(await add(owner, { ...pattern, isForAll: true })).toMatchObject({ status: 403 });
    expect(await add(admin, { ...pattern, isForAll: true })).toMatchObject({ status: 201, body: { project: null } });
    await insertTable(databaseId, 'customer', ['mailbox']);
    expect(await labels()).toEqual(['customer.mailbox pii pattern', 'employee.email pii pattern']);
    const all = (await world.call(owner, `GET /databases/${databaseId}/label-patterns`)).body.items;
    for (const { id, project } of all) {
      const path = `DELETE /databases/${databaseId}/label-patterns/${id}`;
      if (project === null) expect(await world.call(owner, path)).toMatchObject({ status: 403 });
      expect(await world.call(admin, path)).toMatchObject({ status: 200 });
    }
    expect(await labels()).toEqual([]);
    await world.store.db.deleteFrom('relation').where('name', '=', 'customer').execute();
  });

  test('are suggested from names, and set only when somebody confirms', async () => {
    const open = async () =>
      (await world.call(owner, `GET /databases/${databaseId}/label-suggestions`)).body.items.map(
        ({ table, column, label }: { table: string; column: string | null; label: string }) => [table, column, label],
      );
    expect(await open()).toEqual([
      ['employee', 'email', 'pii'],
      ['salary', null, 'financial'],
    ]);
    expect(await labels()).toEqual([]);
    await set(owner, [at('employee', 'email', 'pii')], { origin: 'suggestion' });
    expect(await open()).toEqual([['salary', null, 'financial']]);
    expect(await labels()).toEqual(['employee.email pii suggestion']);
  });

  test('are shown with tables and with what is asked for', async () => {
    await set(owner, [at('employee', 'email', 'pii'), at('salary', null, 'board-only')]);
    await world.store.db
      .insertInto('label_pattern')
      .values({ target: 'column', pattern: 'amount', label: 'financial' })
      .execute();
    const { body } = await world.call(viewer, `GET /databases/${databaseId}/relations`);
    expect(body.items.map((one: { name: string; labels: string[] }) => [one.name, one.labels])).toEqual([
      ['employee', ['pii']],
      ['salary', ['board-only', 'financial']],
    ]);
    const shown = (await labelsOfDatabases(world.store.db, [databaseId])).get(databaseId);
    const part = { databaseId, isWhole: false, schemas: [], tables: [] };
    expect(shown?.ofPart({ ...part, isWhole: true })).toEqual(['board-only', 'financial', 'pii']);
    expect(shown?.ofPart({ ...part, schemas: ['public'] })).toEqual(['board-only', 'financial', 'pii']);
    expect(shown?.ofPart({ ...part, schemas: ['other'] })).toEqual([]);
    expect(shown?.ofPart({ ...part, tables: [{ schema: 'public', table: 'employee' }] })).toEqual(['pii']);
  });

  test('of a project that one is not in do not exist', async () => {
    for (const key of ['GET', 'POST'] as const) {
      const body = key === 'POST' ? { body: { items: [at('salary', null, 'x')] } } : {};
      expect(await world.call(stranger, `${key} /databases/${databaseId}/labels`, body)).toMatchObject({
        body: { code: 'object.not_found' },
      });
    }
    const pattern = { target: 'table', pattern: 'a', label: 'b' };
    for (const who of [viewer, stranger]) {
      const answer = await world.call(who, `POST /databases/${databaseId}/label-patterns`, { body: pattern });
      expect([403, 404]).toContain(answer.status);
      const suggestions = await world.call(who, `GET /databases/${databaseId}/label-suggestions`);
      expect([403, 404]).toContain(suggestions.status);
    }
  });
});
