import { describe, expect, test } from 'vitest';
import { quoteName, quoteTable, rowsOf } from './quote-name.ts';

describe('a name as the engine wants it written', () => {
  test.each([
    ['postgresql', 'employee', 'employee'],
    ['postgresql', 'Employee', '"Employee"'],
    ['postgresql', 'order', '"order"'],
    ['postgresql', 'a"b', '"a""b"'],
    ['postgresql', '2fast', '"2fast"'],
    ['postgresql', 'naïve', '"naïve"'],
    ['mysql', 'Employee', 'Employee'],
    ['mysql', 'order', '`order`'],
    ['mysql', 'a`b', '`a``b`'],
    ['mysql', 'semi;colon', '`semi;colon`'],
    ['mariadb', 'Offset', '`Offset`'],
    ['mariadb', '1e5', '`1e5`'],
  ] as const)('on %s %s is %s', (dialect, name, written) => {
    expect(quoteName(dialect, name)).toBe(written);
  });
});

test('a schema is named where it is not searched anyway', () => {
  expect(quoteTable('postgresql', { schema: 'public', name: 'employee' })).toBe('employee');
  expect(quoteTable('postgresql', { schema: 'pay roll', name: 'Run' })).toBe('"pay roll"."Run"');
  expect(quoteTable('mysql', { schema: '', name: 'employee' })).toBe('employee');
});

test('the rows of a table whose name would end the statement are asked for by that name', () => {
  expect(rowsOf('mysql', { schema: '', name: 'x`; drop table y; --' })).toBe('SELECT * FROM `x``; drop table y; --`');
});
