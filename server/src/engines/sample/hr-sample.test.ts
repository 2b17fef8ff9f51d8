import { describe, expect, it } from 'vitest';
import { makeHrSample, openEndedDate } from './hr-sample.ts';
import { hrSchema } from './hr-schema.ts';

const tables = new Map(makeHrSample().map((table) => [table.name, table]));

function rowsOf(name: string): readonly (readonly (string | number)[])[] {
  const table = tables.get(name);
  if (table === undefined) throw new Error(`no table ${name} in the sample`);
  return table.rows;
}

function keysOf(name: string, ...columns: number[]): string[] {
  return rowsOf(name).map((row) => columns.map((column) => row[column]).join('|'));
}

describe('the HR sample', () => {
  it('is the same each time it is made', () => {
    expect(makeHrSample()).toEqual(makeHrSample());
  });

  it('has a thousand employees and six tables, each with a statement that makes it', () => {
    expect(rowsOf('employee')).toHaveLength(1_000);
    const order = [...tables.keys()];
    expect(order).toEqual(['employee', 'department', 'dept_emp', 'dept_manager', 'salary', 'title']);
    expect(hrSchema('postgres').tables.map((text) => /^CREATE TABLE (\w+)/.exec(text)?.[1])).toEqual(order);
  });

  it.each([
    ['employee', [0]],
    ['dept_emp', [0, 1]],
    ['dept_manager', [0, 1]],
    ['salary', [0, 2]],
    ['title', [0, 1, 2]],
  ] as const)('repeats no primary key in %s', (name, columns) => {
    const keys = keysOf(name, ...columns);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('refers only to employees and departments that it has', () => {
    const employees = new Set(keysOf('employee', 0));
    for (const name of ['dept_emp', 'salary', 'title']) {
      expect(keysOf(name, 0).filter((key) => !employees.has(key))).toEqual([]);
    }
    const departments = new Set(keysOf('department', 0));
    expect(keysOf('dept_emp', 1).filter((key) => !departments.has(key))).toEqual([]);
  });

  it('fits the columns it is made for', () => {
    for (const row of rowsOf('employee')) {
      expect(String(row[2]).length).toBeLessThanOrEqual(14);
      expect(String(row[3]).length).toBeLessThanOrEqual(16);
      expect(String(row[1]) < String(row[5])).toBe(true);
    }
  });

  it('gives each present employee exactly one salary that still holds', () => {
    const open = rowsOf('salary').filter((row) => row[3] === openEndedDate);
    expect(new Set(open.map((row) => row[0])).size).toBe(open.length);
    expect(open.length).toBeGreaterThan(700);
  });
});
