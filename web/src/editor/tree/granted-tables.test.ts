import { expect, test } from 'vitest';
import { grantedTables } from './granted-tables.ts';

const environment = { id: 'e', name: 'Prod', color: 'red', isProtected: true } as const;
const part = (more: object) => ({
  databaseId: 'd1',
  name: 'hr_prod',
  instanceTitle: 'HR',
  environment,
  isWhole: false,
  schemas: [],
  tables: [],
  labels: [],
  ...more,
});
const grant = (state: 'active' | 'closed', database: object, isProject = false) => ({
  state,
  scope: { sentence: '', isProject, databases: [part(database)] },
});
const table = (name: string) => ({ schema: 'public', table: name });

test('tables that grants name one by one are listed once, in order of their names', () => {
  const grants = [
    grant('active', { tables: [table('title'), table('employee')] }),
    grant('active', { tables: [table('employee')] }),
    grant('closed', { tables: [table('salary')] }),
  ];
  expect(grantedTables(grants, 'd1')?.map(({ name }) => name)).toEqual(['employee', 'title']);
});

test('a grant on a schema, a database or the project has no such list', () => {
  expect(grantedTables([grant('active', { isWhole: true })], 'd1')).toBeNull();
  expect(grantedTables([grant('active', { schemas: ['public'] })], 'd1')).toBeNull();
  expect(grantedTables([grant('active', {}, true)], 'd1')).toBeNull();
});
