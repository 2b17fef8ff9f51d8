import { expect, it } from 'vitest';
import { makeHrSample } from '../sample/hr-sample.ts';
import { refusal, run, type Stage } from './stage.ts';

/** What the server has, and the sample that Tidegate can put there. */
export function catalogCases(stage: Stage): void {
  it('loads the sample, which can be read to the last row', async () => {
    const database = await stage.createDatabase('suite_sample');
    await stage.fixture.engine.loadSample(stage.fixture.target, database);
    const account = await stage.makeAccount({ database, whole: 'read' });
    const session = await stage.open(account, database);
    for (const table of makeHrSample()) {
      const { rows } = await run(session, `select count(*) from ${stage.table(table.name)}`);
      expect(rows, table.name).toEqual([[String(table.rows.length)]]);
    }
    const [employee] = makeHrSample();
    const { rows } = await run(session, `select * from ${stage.table('employee')} where emp_no = 10001`);
    expect(rows).toEqual([employee?.rows[0]?.map(String)]);
    expect((await run(session, `select * from ${stage.table('current_dept_emp')}`)).rows.length).toBeGreaterThan(900);
  });

  it('refuses to load the sample over something', async () => {
    const database = await stage.createDatabase('suite_not_empty', ['mine']);
    const error = await refusal(stage.fixture.engine.loadSample(stage.fixture.target, database));
    expect(error.kind).toBe('database_not_empty');
  });

  it('reads tables, columns, keys, indexes and views', async () => {
    const database = await stage.createDatabase('suite_catalog');
    await stage.fixture.engine.loadSample(stage.fixture.target, database);
    const catalog = await stage.admin.readCatalog(database);
    expect(catalog.relations.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
      'table department',
      'table dept_emp',
      'table dept_manager',
      'table employee',
      'table salary',
      'table title',
      'view current_dept_emp',
      'view dept_emp_latest_date',
    ]);
    const salary = catalog.relations.find(({ name }) => name === 'salary');
    expect(salary?.schema).toBe(stage.dialect.defaultSchema);
    expect(salary?.columns.map(({ name, isNullable }) => ({ name, isNullable }))).toEqual([
      { name: 'emp_no', isNullable: false },
      { name: 'amount', isNullable: false },
      { name: 'from_date', isNullable: false },
      { name: 'to_date', isNullable: false },
    ]);
    expect(salary?.primaryKey).toEqual(['emp_no', 'from_date']);
    expect(salary?.foreignKeys).toEqual([
      {
        name: 'salary_employee',
        columns: ['emp_no'],
        toSchema: stage.dialect.defaultSchema,
        toTable: 'employee',
        toColumns: ['emp_no'],
      },
    ]);
    expect(salary?.indexes.some(({ columns, isUnique }) => isUnique && columns.join() === 'emp_no,from_date')).toBe(
      true,
    );
  });

  it('gives a table that was made again another identity', async () => {
    const database = await stage.createDatabase('suite_identity', ['salary']);
    const identity = async (): Promise<string | undefined> =>
      (await stage.admin.readCatalog(database)).relations.find(({ name }) => name === 'salary')?.identity;
    const first = await identity();
    expect(await identity()).toBe(first);
    await stage.fixture.owner(database, `drop table ${stage.table('salary')}`);
    // MySQL's identity is the second of creation: wait until the server's clock has moved on, and a little longer, because
    // MariaDB's is the time of a file, for which the kernel has a clock that ticks every few milliseconds.
    const second = async (): Promise<string | null | undefined> =>
      (await stage.fixture.superuser(database, 'select floor(extract(second from current_timestamp))'))[0]?.[0];
    const droppedAt = await second();
    const isLater = async (): Promise<boolean> => (await second()) !== droppedAt && Date.now() % 1_000 > 50;
    await expect.poll(isLater, { interval: 20, timeout: 3_000 }).toBe(true);
    await stage.createTable(database, 'salary');
    expect(await identity()).not.toBe(first);
  });

  it('lists the databases that it may enter', async () => {
    const database = await stage.createDatabase('suite_listed');
    const listed = await stage.admin.listDatabases();
    expect(listed).toContain(database);
    for (const internal of ['template0', 'template1', 'information_schema', 'mysql', 'performance_schema', 'sys']) {
      expect(listed).not.toContain(internal);
    }
  });

  it('says that a database is missing', async () => {
    expect((await refusal(stage.admin.readCatalog(stage.dialect.missingDatabase))).kind).toBe('database_missing');
  });
}
