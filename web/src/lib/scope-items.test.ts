import { describe, expect, it } from 'vitest';
import { choiceOf, type ScopeItem, toggleNode } from './scope-items.ts';

const database: ScopeItem = { databaseId: 'hr', schema: null, table: null };
const schema: ScopeItem = { databaseId: 'hr', schema: 'public', table: null };
const salary: ScopeItem = { databaseId: 'hr', schema: 'public', table: 'salary' };
const title: ScopeItem = { databaseId: 'hr', schema: 'public', table: 'title' };
const auditTable: ScopeItem = { databaseId: 'hr', schema: 'audit', table: 'salary' };
const elsewhere: ScopeItem = { databaseId: 'crm', schema: 'public', table: 'salary' };

describe('choosing a scope', () => {
  it('a chosen table leaves its schema and database partly chosen', () => {
    const items = toggleNode([], salary);
    expect(choiceOf(items, salary)).toBe('itself');
    expect(choiceOf(items, schema)).toBe('inside');
    expect(choiceOf(items, database)).toBe('inside');
    expect(choiceOf(items, title)).toBe('none');
  });

  it('a table of the same name in another schema or database is not chosen with it', () => {
    expect(choiceOf([salary], auditTable)).toBe('none');
    expect(choiceOf([salary], elsewhere)).toBe('none');
  });

  it('choosing a schema replaces the tables chosen in it, and only those', () => {
    expect(toggleNode([salary, title, auditTable, elsewhere], schema)).toEqual([auditTable, elsewhere, schema]);
  });

  it('a table under a chosen database cannot be given up alone', () => {
    const items = toggleNode([salary], database);
    expect(items).toEqual([database]);
    expect(choiceOf(items, salary)).toBe('above');
    expect(toggleNode(items, salary)).toEqual([database]);
  });

  it('choosing again gives up', () => {
    expect(toggleNode([salary, title], salary)).toEqual([title]);
  });
});
