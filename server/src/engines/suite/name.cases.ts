import { expect, it } from 'vitest';
import { refusal, run, type Stage } from './stage.ts';

const labels = [
  `O'Brien "the" \`dba\``,
  'a;b -- c',
  '100% _under_',
  'ünï 🙂 ‏ rtl',
  'line\nbreak',
  '\\',
  'x'.repeat(300),
];

/** Names are hostile: what is granted is the thing with that name, and nothing that only looks like it. */
export function nameCases(stage: Stage): void {
  it('grants tables, schemas and databases by their exact names', async () => {
    for (const name of stage.dialect.hostileNames) {
      const database = await stage.createDatabase(name, [name, 'neighbour']);
      const account = await stage.makeAccount({ database, tables: { [name]: 'write' } });
      const session = await stage.open(account, database);
      expect((await run(session, `select * from ${stage.table(name)}`)).rows, name).toHaveLength(2);
      const error = await refusal(run(session, `select * from ${stage.table('neighbour')}`));
      expect(error.kind, name).toBe('access_refused');
      const catalog = await stage.admin.readCatalog(database);
      expect(catalog.relations.map((relation) => relation.name)).toContain(name);
      await session.close();
      await stage.admin.dropAccount(account);
      await stage.fixture.dropDatabase(database);
    }
  });

  it('grants whole databases and whole schemas by their exact names', async () => {
    for (const name of stage.dialect.hostileNames) {
      const database = await stage.createDatabase(name, ['plain']);
      const schema = stage.dialect.defaultSchema === '' ? undefined : name;
      if (schema !== undefined) {
        await stage.fixture.owner(database, `create schema ${stage.dialect.quote(schema)}`);
        await stage.createTable(database, 'inside', schema);
      }
      const account = await stage.makeAccount({
        database,
        whole: 'read',
        ...(schema && { schemas: { [schema]: 'write' } }),
      });
      const session = await stage.open(account, database);
      expect((await run(session, `select * from ${stage.table('plain')}`)).rows, name).toHaveLength(2);
      if (schema !== undefined) {
        const update = `update ${stage.table('inside', schema)} set amount = 1`;
        expect((await run(session, update)).outcome.affectedRows).toBe(2);
      }
      await session.close();
      await stage.admin.dropAccount(account);
      await stage.fixture.dropDatabase(database);
    }
  });

  it('takes no pattern character of a database name for a pattern', async () => {
    await stage.createDatabase('hr_prod', ['salary']);
    await stage.createDatabase('hrXprod', ['salary']);
    await stage.createDatabase('hr%', ['salary']);
    const account = await stage.makeAccount(
      { database: 'hr_prod', whole: 'write', tables: { salary: 'read' } },
      { database: 'hr%', whole: 'read' },
    );
    const session = await stage.open(account, 'hr_prod');
    expect((await run(session, `select * from ${stage.table('salary')}`)).rows).toHaveLength(2);
    const neighbour = stage
      .open(account, 'hrXprod')
      .then((opened) => run(opened, `select * from ${stage.table('salary')}`));
    expect(['access_refused', 'database_missing']).toContain((await refusal(neighbour)).kind);
  });

  it('shows any person without harm', async () => {
    const database = await stage.createDatabase('suite_labels', ['salary']);
    for (const personLabel of labels) {
      const spec = { ...stage.spec(stage.newAccountName(), { database, tables: { salary: 'read' } }), personLabel };
      await stage.admin.applyAccount(spec);
      expect(await stage.admin.applyAccount(spec), personLabel).toEqual({ actions: [], missing: [] });
      const session = await stage.open(spec.name, database, { applicationName: personLabel });
      expect((await run(session, `select * from ${stage.table('salary')}`)).rows).toHaveLength(2);
      await session.close();
      await stage.admin.dropAccount(spec.name);
    }
  });

  it('leaves out names that are too long or hold a NUL, rather than what they would be cut to', async () => {
    const longest = 'n'.repeat(63);
    const database = await stage.createDatabase('suite_long', [longest]);
    const spec = stage.spec(stage.newAccountName(), {
      database,
      tables: { [`${longest}nn`]: 'read', [`${longest}\u0000`]: 'read' },
    });
    const change = await stage.admin.applyAccount(spec);
    expect(change.missing).toHaveLength(2);
    // MySQL lets nobody into a database that holds nothing in it.
    const read = stage
      .open(spec.name, database)
      .then((session) => run(session, `select * from ${stage.table(longest)}`));
    expect((await refusal(read)).kind).toBe('access_refused');
  });
}
