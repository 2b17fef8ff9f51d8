import { describe, expect, test } from 'vitest';
import { sqlScope } from './sql-scope.ts';
import { isInsideText } from './sql-tokens.ts';

/** The scope at the bar. */
function scope(marked: string, dialect: 'postgresql' | 'mysql' = 'postgresql') {
  const offset = marked.indexOf('|');
  return sqlScope(dialect, marked.replace('|', ''), offset);
}
const called = (marked: string) => scope(marked).relations.map(({ alias, name }) => alias ?? name);

describe('tables in scope', () => {
  test('are those of the statement, also before they are named', () => {
    expect(called('select | from employee e join hr.salary as s on true')).toEqual(['e', 's']);
    expect(scope('select | from hr.salary').relations).toMatchObject([{ schema: 'hr', name: 'salary' }]);
  });

  test('of a list with commas are all of it, but not what stands in the select list', () => {
    expect(called('select a, b from employee, title t where |')).toEqual(['employee', 't']);
  });

  test('of an outer query are seen inside, those of an inner one not outside', () => {
    expect(called('select * from employee e where exists (select 1 from salary s where |)')).toEqual(['s', 'e']);
    expect(called('select * from employee e where exists (select 1 from salary s) and |')).toEqual(['e']);
  });

  test('are also those of UPDATE, INSERT and DELETE', () => {
    expect(called('update employee set |')).toEqual(['employee']);
    expect(called('insert into employee (|')).toEqual(['employee']);
    expect(called('delete from employee where |')).toEqual(['employee']);
  });

  test('a quoted name is read without its quotes, by the engine’s own', () => {
    expect(scope('select | from "My Table"').relations[0]?.name).toBe('My Table');
    expect(scope('select | from `my table` m', 'mysql').relations[0]).toMatchObject({ name: 'my table', alias: 'm' });
  });

  test('a word in a string or comment is no table', () => {
    expect(called("select 'from salary', | -- from title\nfrom employee")).toEqual(['employee']);
  });
});

describe('columns that the text itself names', () => {
  test('of a subquery are its select list', () => {
    const [inner] = scope('select | from (select emp_no, amount * 2 as double, s.from_date from salary s) x').relations;
    expect(inner).toMatchObject({ alias: 'x', columns: ['emp_no', 'double', 'from_date'] });
  });

  test('of a CTE are its list or its select list, also under an alias', () => {
    const text = 'with paid as (select emp_no, max(amount) top from salary group by 1), named (n) as (select 1)';
    expect(scope(`${text} select | from paid p, named`).relations).toMatchObject([
      { alias: 'p', columns: ['emp_no', 'top'] },
      { alias: 'named', columns: ['n'] },
    ]);
  });

  test('behind a star are those of the inner tables', () => {
    const [inner] = scope('select | from (select * from employee) x').relations;
    expect(inner?.stars).toMatchObject([{ name: 'employee' }]);
  });
});

describe('what is expected at the cursor', () => {
  test.each([
    ['select * from |', 'table'],
    ['select * from emp|', 'table'],
    ['select * from employee, |', 'table'],
    ['select a, | from employee', 'expression'],
    ['select * from employee e join |', 'table'],
    ['select * from employee e join salary s on |', 'join condition'],
    ['select * from employee e|', 'alias'],
    ['select * from employee where |', 'expression'],
    ['update |', 'table'],
  ] as const)('%s: %s', (text, expected) => {
    expect(scope(text).expects).toBe(expected);
  });

  test('the qualifier is what stands before the dot', () => {
    expect(scope('select e.| from employee e').qualifier).toEqual(['e']);
    expect(scope('select hr.employee.emp|').qualifier).toEqual(['hr', 'employee']);
  });
});

describe('nothing is completed inside strings and comments', () => {
  test.each([
    ["select 'ab", true],
    ["select 'ab'", false],
    ['select 1 -- note', true],
    ['select 1 /* note', true],
    ['select 1 /* note */', false],
    ['select $$body', true],
    ['select "na', false],
  ] as const)('%s', (text, isInside) => {
    expect(isInsideText('postgresql', text, text.length)).toBe(isInside);
  });
});

test('a text that is being typed never throws', () => {
  const whole =
    'with a as (select * from (select x.y from "t t" x) z) select a.b from a join c d on (a.b = d.e) where "u';
  for (let length = 0; length <= whole.length; length += 1) {
    expect(() => sqlScope('postgresql', whole.slice(0, length), length)).not.toThrow();
    expect(() => sqlScope('mysql', whole.slice(length), 0)).not.toThrow();
  }
});
