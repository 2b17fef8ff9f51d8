import { describe, expect, test } from 'vitest';
import { allStatements, holdsStatement, placeWords, rangeOf, statementsToRun } from './statements-to-run.ts';

const text = "select 1;\nselect ';' as two;\n\nupdate t set a = 1";
const at = (needle: string) => text.indexOf(needle);
const cursor = (offset: number) => ({ from: offset, to: offset });

describe('what Mod+Enter runs', () => {
  test('is the statement at the cursor, also with a semicolon inside a string', () => {
    expect(statementsToRun('postgresql', text, cursor(at('two')))).toEqual([
      { text: "select ';' as two", start: at("select ';'") },
    ]);
  });

  test('right behind a semicolon is the statement that it ends', () => {
    expect(statementsToRun('postgresql', text, cursor(9)).map((statement) => statement.text)).toEqual(['select 1']);
  });

  test('in the blanks after the last statement is the last statement', () => {
    expect(statementsToRun('mysql', 'select 1;  \n  ', cursor(14)).map(({ text: found }) => found)).toEqual([
      'select 1',
    ]);
  });

  test('is the selection, as it stands, where there is one', () => {
    const from = at('1');
    expect(statementsToRun('postgresql', text, { from: 0, to: from + 1 })).toEqual([{ text: 'select 1', start: 0 }]);
    expect(statementsToRun('postgresql', 'select 12', { from: 0, to: 8 })).toEqual([{ text: 'select 1', start: 0 }]);
  });

  test('is each statement of a selection that holds several, at its own place', () => {
    const found = statementsToRun('postgresql', text, { from: 0, to: at('\n\nupdate') });
    expect(found.map(({ start }) => start)).toEqual([0, at("select ';'")]);
  });

  test('is nothing in an empty text or one of comments', () => {
    expect(statementsToRun('postgresql', '', cursor(0))).toEqual([]);
    expect(statementsToRun('postgresql', '-- nothing', cursor(3))).toEqual([]);
  });

  test('follows the rules of the engine: a dollar quote is none on MySQL', () => {
    const body = 'select $$a;b$$';
    expect(allStatements('postgresql', body)).toHaveLength(1);
    expect(allStatements('mysql', body)).toHaveLength(2);
  });
});

test('a text that cannot be split goes to the server as one statement, so that the server says what is wrong', () => {
  expect(allStatements('postgresql', "select 'open")).toEqual([{ text: "select 'open", start: 0 }]);
});

test('the marked range goes from the first to the end of the last statement', () => {
  expect(rangeOf(allStatements('postgresql', text))).toEqual({ from: 0, to: text.length });
  expect(rangeOf([])).toBeNull();
});

test('a parked statement stands unchanged only as long as it is there to the letter', () => {
  expect(holdsStatement('postgresql', `${text}; select 3`, "select ';' as two")).toBe(true);
  expect(holdsStatement('postgresql', text.replace('two', 'three'), "select ';' as two")).toBe(false);
});

test('what runs is said in words', () => {
  const say = (selection: { from: number; to: number }) =>
    placeWords('postgresql', text, statementsToRun('postgresql', text, selection));
  expect(say(cursor(at('two')))).toBe('statement 2 of 3');
  expect(say({ from: 0, to: text.length })).toBe('3 selected statements');
  expect(say({ from: 3, to: 8 })).toBe('the selection');
  expect(placeWords('postgresql', '', [])).toBe('');
});
