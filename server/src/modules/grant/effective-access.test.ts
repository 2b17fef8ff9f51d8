import type { Privilege } from '@tidegate/contract';
import { describe, expect, it } from 'vitest';
import { relationKey } from '../inventory/index.ts';
import { excessOf } from './access-difference.ts';
import { type ActiveItem, EffectiveAccess } from './effective-access.ts';

const start = new Date('2026-01-01T00:00:00Z');
const noon = new Date('2026-01-01T12:00:00Z');
const evening = new Date('2026-01-01T18:00:00Z');

function item(
  grantId: string,
  privileges: Privilege[],
  schema: string | null,
  table: string | null,
  expiresAt: Date | null = noon,
): ActiveItem {
  return { grantId, source: 'request', startsAt: start, expiresAt, privileges, schema, table };
}

describe('the union of a person’s rows on one database', () => {
  it('is empty without rows, and has no end', () => {
    const access = new EffectiveAccess([]);
    expect(access.isEmpty).toBe(true);
    expect(access.can('read', 'public', 'salary')).toBe(false);
    expect(access.until).toBeNull();
  });

  it('covers exactly the named tables, by exact spelling', () => {
    const access = new EffectiveAccess([item('a', ['read'], 'public', 'salary')]);
    expect(access.can('read', 'public', 'salary')).toBe(true);
    expect(access.can('read', 'public', 'Salary')).toBe(false);
    expect(access.can('read', 'hr', 'salary')).toBe(false);
    expect(access.can('write', 'public', 'salary')).toBe(false);
    expect(access.can('export', 'public', 'salary')).toBe(false);
  });

  it('counts write as read, and export as nothing else', () => {
    const access = new EffectiveAccess([
      item('a', ['write'], 'public', 'salary'),
      item('b', ['export'], 'public', 'title'),
    ]);
    expect(access.can('read', 'public', 'salary')).toBe(true);
    expect(access.can('read', 'public', 'title')).toBe(false);
    expect(access.toDatabaseAccess('hr').tables).toEqual([{ schema: 'public', table: 'salary', privilege: 'write' }]);
  });

  it('names every row that explains an access', () => {
    const access = new EffectiveAccess([
      item('whole', ['read'], null, null),
      item('schema', ['read'], 'hr', null),
      item('table', ['read'], 'hr', 'salary'),
      item('other', ['read'], 'hr', 'title'),
    ]);
    expect(access.grantIdsFor('read', 'hr', 'salary')).toEqual(['whole', 'schema', 'table']);
    expect([...access.whole]).toEqual(['read']);
    expect([...access.schemas.keys()]).toEqual(['hr']);
    expect([...access.tables.keys()]).toEqual([relationKey('hr', 'salary'), relationKey('hr', 'title')]);
  });

  it('ends with the last row, or never where one never ends', () => {
    expect(
      new EffectiveAccess([item('a', ['read'], null, null, noon), item('b', ['read'], null, null, evening)]).until,
    ).toEqual(evening);
    expect(
      new EffectiveAccess([item('a', ['read'], null, null, noon), item('b', ['read'], null, null, null)]).until,
    ).toBeNull();
  });

  it('is covered as a whole only by what spans the whole', () => {
    const access = new EffectiveAccess([item('a', ['read'], 'hr', null)]);
    expect(access.covers('read', 'hr', 'salary')).toBe(true);
    expect(access.covers('read', 'hr', null)).toBe(true);
    expect(access.covers('read', null, null)).toBe(false);
  });
});

describe('what an account holds beyond the ledger', () => {
  const table = (name: string, privilege: 'read' | 'write') => ({ schema: 'public', table: name, privilege });
  const hr = (tables: ReturnType<typeof table>[], whole: 'read' | 'write' | null = null) => ({
    database: 'hr',
    whole,
    schemas: [],
    tables,
  });

  it('is nothing where both agree, or the ledger gives more', () => {
    expect(excessOf([hr([table('salary', 'read')])], [hr([table('salary', 'write')])]).size).toBe(0);
    expect(excessOf([hr([table('salary', 'read')])], [hr([], 'read')]).size).toBe(0);
    expect(excessOf([hr([table('salary', 'write')])], [hr([table('salary', 'read')])]).size).toBe(1);
    expect(excessOf([hr([table('salary', 'write')])], [hr([], 'write')]).size).toBe(0);
  });

  it('is told by database and in words', () => {
    const held = [hr([table('salary', 'write'), table('title', 'read')], 'read')];
    expect(excessOf(held, [hr([table('salary', 'read')])]).get('hr')).toEqual([
      'read on all tables',
      'write on public.salary',
      'read on public.title',
    ]);
    expect([...excessOf(held, []).keys()]).toEqual(['hr']);
  });
});
