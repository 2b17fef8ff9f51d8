import type { Grant } from '@tidegate/contract';
import { describe, expect, it } from 'vitest';
import { itemsOf, narrowingOf, startOf, tableUse } from './narrow-draft.ts';

const environment = { id: 'e', name: 'Prod', color: 'red', isProtected: true } as const;
const hr = { databaseId: 'hr', name: 'hr_prod', instanceTitle: 'Prod', environment };
const scope = (isWhole: boolean, ...names: string[]): Grant['scope'] => ({
  sentence: '',
  isProject: false,
  databases: [
    {
      ...hr,
      isWhole,
      schemas: [],
      labels: [],
      tables: names.map((table) => ({ schema: 'public', table, labels: [] })),
    },
  ],
});
const grant = { scope: scope(false, 'employee', 'salary'), privileges: ['read', 'write'] as const };
const start = startOf({ ...grant, privileges: [...grant.privileges] });
const narrowing = (change: Partial<typeof start>) =>
  narrowingOf({ ...grant, privileges: [...grant.privileges] }, { ...start, ...change });

describe('narrowing a grant', () => {
  it('sends only what differs', () => {
    expect(narrowing({ items: itemsOf(grant.scope).slice(0, 1) })).toEqual({
      scope: { kind: 'items', items: [{ databaseId: 'hr', schema: 'public', table: 'employee' }] },
    });
    expect(narrowing({ privileges: ['read'] })).toEqual({ privileges: ['read'] });
    expect(narrowing({ minutes: 30 })).toEqual({});
  });

  it('is none where nothing is taken away or nothing would be left', () => {
    expect(narrowing({})).toBeNull();
    expect(narrowing({ items: itemsOf(grant.scope).toReversed() })).toBeNull();
    expect(narrowing({ items: [] })).toBeNull();
    expect(narrowing({ privileges: [] })).toBeNull();
  });

  it('of a whole database begins with the database, of a project with all of it', () => {
    expect(startOf({ scope: scope(true), privileges: ['read'] }).items).toEqual([
      { databaseId: 'hr', schema: null, table: null },
    ]);
    const all = { ...scope(true), isProject: true };
    expect(startOf({ scope: all, privileges: ['read'] }).items).toBeNull();
  });

  it('says of each table how it was used', () => {
    const used = [{ databaseId: 'hr', database: 'hr_prod', schema: 'public', table: 'employee', statements: 1 }];
    const receipt = { granted: 2, used, hasWritten: false };
    expect(itemsOf(grant.scope).map((item) => tableUse({ receipt }, item))).toEqual(['1 statement', 'not used']);
  });
});
