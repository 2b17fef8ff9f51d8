import type { Privilege, Scope, ScopeItem } from '@tidegate/contract';
import { describe, expect, it } from 'vitest';
import { type Extent, givesLess, isSameScope, isWithin, narrowingFault, partsLost } from './narrowing.ts';

const hr = '00000000-0000-4000-8000-000000000001';
const crm = '00000000-0000-4000-8000-000000000002';
const table = (name: string, databaseId = hr, schema = 'public'): ScopeItem => ({ databaseId, schema, table: name });
const schema = (name: string, databaseId = hr): ScopeItem => ({ databaseId, schema: name, table: null });
const whole = (databaseId = hr): ScopeItem => ({ databaseId, schema: null, table: null });
const of = (...items: ScopeItem[]): Scope => ({ kind: 'items', items });
const project: Scope = { kind: 'project' };
const noon = new Date('2030-05-01T12:00:00Z');
const one = new Date('2030-05-01T13:00:00Z');

describe('a scope lies within another', () => {
  it.each<[string, Scope, Scope, boolean]>([
    ['tables of a list', of(table('employee')), of(table('employee'), table('salary')), true],
    ['a table of a whole schema', of(table('employee')), of(schema('public')), true],
    ['a schema of a whole database', of(schema('public')), of(whole()), true],
    ['anything of a whole project', of(whole(), whole(crm)), project, true],
    ['itself', of(table('employee')), of(table('employee')), true],
    ['a table beside the list', of(table('title')), of(table('employee')), false],
    ['a schema of a list of its tables', of(schema('public')), of(table('employee')), false],
    ['a table of another schema', of(table('employee', hr, 'archive')), of(schema('public')), false],
    ['the same name in another database', of(table('employee', crm)), of(table('employee')), false],
    ['a name in another case', of(table('Employee')), of(table('employee')), false],
    ['a project of a database', project, of(whole()), false],
  ])('%s: %#', (_what, narrower, wider, expected) => expect(isWithin(narrower, wider)).toBe(expected));

  it('and is the same when each lies within the other, in whatever order it is written', () => {
    expect(isSameScope(of(table('a'), table('b')), of(table('b'), table('a')))).toBe(true);
    expect(isSameScope(of(table('a')), of(table('a'), table('b')))).toBe(false);
  });
});

describe('narrowing', () => {
  const from: Extent = { scope: of(table('employee'), table('salary')), privileges: ['read', 'write'], expiresAt: one };
  const judge = (to: Partial<Extent>, base = from) => narrowingFault(base, { ...base, ...to });

  it('takes tables, privileges or time away', () => {
    expect(judge({ scope: of(table('employee')) })).toBeNull();
    expect(judge({ privileges: ['read'] })).toBeNull();
    expect(judge({ expiresAt: noon })).toBeNull();
    expect(judge({ expiresAt: noon }, { ...from, expiresAt: null })).toBeNull();
  });

  it('never gives anything', () => {
    expect(judge({ scope: of(table('employee'), table('title')) })).toBe('wider');
    expect(judge({ privileges: ['read', 'export'] })).toBe('wider');
    expect(judge({ expiresAt: new Date(one.getTime() + 1) })).toBe('wider');
    expect(judge({ expiresAt: null })).toBe('wider');
  });

  it('of write alone may leave read, which it holds', () => {
    const privileges: Privilege[] = ['write'];
    expect(judge({ privileges: ['read'] }, { ...from, privileges })).toBeNull();
  });

  it('that takes nothing away is none', () => {
    expect(judge({})).toBe('same');
    expect(judge({ scope: of(table('salary'), table('employee')) })).toBe('same');
  });

  it('needs another row unless only time is taken', () => {
    expect(givesLess(from, { ...from, privileges: ['read'] })).toBe(true);
    expect(givesLess(from, { ...from, scope: of(table('salary'), table('employee')) })).toBe(false);
  });

  it('names the parts that are not fully kept', () => {
    expect(partsLost([table('employee'), whole(crm)], [table('employee'), table('lead', crm)])).toEqual([whole(crm)]);
  });
});
