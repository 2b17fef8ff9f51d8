import { describe, expect, it } from 'vitest';
import { nearPosition, relationOf } from './error-place.ts';

const syntax = (near: string, line: number): string =>
  `You have an error in your SQL syntax; check the manual for the right syntax to use near '${near}' at line ${line}`;

describe('the place of a syntax error', () => {
  it('is found in the editor`s own counting', () => {
    const statement = "select '🙂',\n  1 frum t";
    expect(nearPosition(syntax('frum t', 2), statement)).toBe(statement.indexOf('frum'));
  });

  it('is found when the server repeats only the beginning of the rest', () => {
    const rest = `frum ${'a_long_name, '.repeat(20)}z`;
    const statement = `select 1\n${rest}`;
    expect(nearPosition(syntax(rest.slice(0, 80), 2), statement)).toBe(9);
  });

  it('is the end when the statement stops too early', () => {
    expect(nearPosition(syntax('', 1), 'select 1 +  ')).toBe(10);
  });

  it('is not guessed', () => {
    expect(nearPosition('Unknown column', 'select x')).toBeNull();
    expect(nearPosition(syntax('something else', 1), 'select x')).toBeNull();
  });
});

describe('the table that a refusal names', () => {
  it('is told from the messages of both servers', () => {
    const of = (message: string) => relationOf(message, 'hr');
    expect(of("SELECT command denied to user 'x'@'h' for table 'title'")).toEqual({ schema: null, name: 'title' });
    expect(of("SELECT command denied to user 'x'@'h' for table `hr`.`ti``tle`")).toEqual({
      schema: null,
      name: 'ti`tle',
    });
    expect(of("SELECT command denied to user 'x'@'h' for table `pay`.`title`")).toEqual({
      schema: 'pay',
      name: 'title',
    });
    expect(of("Table 'hr.title' doesn't exist")).toEqual({ schema: null, name: 'title' });
    expect(of("Access denied for user 'x'@'h' to database 'pay'")).toBeNull();
  });
});
