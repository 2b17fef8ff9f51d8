import { describe, expect, it } from 'vitest';
import { compareRelations, isUnchanged } from './catalog-comparison.ts';

const relation = (schema: string, name: string, identity: string) => ({ schema, name, identity });

describe('comparing two readings of a database', () => {
  it('finds nothing when nothing changed', () => {
    const reading = [relation('public', 'employee', '1'), relation('public', 'salary', '2')];
    expect(isUnchanged(compareRelations(reading, [...reading].reverse()))).toBe(true);
  });

  it('tells added, removed, and made again under the same name', () => {
    const before = [
      relation('public', 'employee', '1'),
      relation('public', 'salary', '2'),
      relation('hr', 'title', '3'),
    ];
    const after = [relation('public', 'employee', '1'), relation('public', 'salary', '9'), relation('hr', 'dept', '4')];
    expect(compareRelations(before, after)).toEqual({
      added: [{ schema: 'hr', name: 'dept' }],
      replaced: [{ schema: 'public', name: 'salary' }],
      removed: [{ schema: 'hr', name: 'title' }],
    });
  });

  it('calls a table that was renamed into a known name replaced, and its former name removed', () => {
    const before = [relation('public', 'salary', '1'), relation('public', 'bait', '2')];
    const after = [relation('public', 'salary', '2')];
    expect(compareRelations(before, after)).toEqual({
      added: [],
      replaced: [{ schema: 'public', name: 'salary' }],
      removed: [{ schema: 'public', name: 'bait' }],
    });
  });

  it('does not confuse names with dots', () => {
    const changes = compareRelations([relation('a.b', 'c', '1')], [relation('a', 'b.c', '1')]);
    expect(changes.added).toEqual([{ schema: 'a', name: 'b.c' }]);
    expect(changes.removed).toEqual([{ schema: 'a.b', name: 'c' }]);
  });
});
