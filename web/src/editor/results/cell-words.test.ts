import { describe, expect, test } from 'vitest';
import { ResultStore } from '../state/result-store.ts';
import { columnTitle, cutWords, drawnCell, drawnText, jsonParts } from './cell-words.ts';
import { millisecondsWords, nextLimit, rowWords } from './footer-words.ts';

describe('a value in the grid', () => {
  test('NULL, the empty text and the word NULL look different', () => {
    expect(drawnCell(null).tone).toBe('null');
    expect(drawnCell('').tone).toBe('empty');
    expect(drawnCell('NULL')).toEqual({ text: 'NULL', note: null, tone: 'value' });
  });

  test('a shortened one says its true length', () => {
    expect(cutWords({ head: 'tide', length: 12_345, unit: 'characters' })).toBe('… 12,345 characters');
    expect(cutWords({ head: '\\x00', length: 2_000_000, unit: 'bytes' })).toBe('… 2,000,000 bytes');
    expect(cutWords('whole')).toBeNull();
  });

  test('shows marks that would turn or hide what stands beside them', () => {
    expect(drawnText('user\u202Etxt.exe')).toBe('user‹202E›txt.exe');
    expect(drawnText('a\u200Bb\nc\td\u0000')).toBe('a‹200B›b⏎c⇥d‹0000›');
    expect(drawnText('👩‍🚒 Müller')).toBe('👩‍🚒 Müller');
  });

  test.each(['9007199254740993', '0.10', '1e-30', 'NaN', '0000-00-00', '2026-03-29 02:30:00.123456', '24:00:00'])(
    '%s stays as it is',
    (text) => expect(drawnCell(text).text).toBe(text),
  );

  test('a column without a name is said to be so', () => {
    expect(columnTitle('')).toBe('(no name)');
    expect(columnTitle('id')).toBe('id');
  });
});

test('JSON is coloured by token and put together again it is the same text', () => {
  const text = '{"b": 1, "a": [true, null, "x\\"y"], "a": -12345678901234567890.50, "open';
  const parts = jsonParts(text);
  expect(parts.map((part) => part.text).join('')).toBe(text);
  expect(parts.filter(({ kind }) => kind === 'key').map((part) => part.text)).toEqual(['"b"', '"a"', '"a"']);
  expect(parts.find(({ kind }) => kind === 'number')?.text).toBe('1');
});

describe('the footer', () => {
  const rows = () => {
    const store = new ResultStore((paint) => paint());
    store.setColumns([{ name: 'a', type: 'int4', shape: 'number' }]);
    store.append([['1'], ['2']]);
    return store;
  };
  const finished = {
    type: 'finished' as const,
    command: 'SELECT',
    rowCount: 2,
    affectedRows: null,
    cut: null,
    notices: [],
    databaseMs: 1,
    tidegateMs: 1,
    isInTransaction: false,
  };

  test('names the limit that cut the rows and its rule', () => {
    const cut = { rule: 'max_rows', limit: 2 };
    expect(rowWords({ rows: rows(), state: 'finished', finished: { ...finished, cut } })).toBe(
      'first 2 rows of more; limit max_rows',
    );
  });

  test('counts rows, affected rows, and both where a write returns some', () => {
    const none = new ResultStore((paint) => paint());
    expect(rowWords({ rows: rows(), state: 'finished', finished })).toBe('2 rows');
    expect(rowWords({ rows: none, state: 'finished', finished: { ...finished, affectedRows: 3 } })).toBe(
      '3 rows affected',
    );
    expect(rowWords({ rows: rows(), state: 'finished', finished: { ...finished, affectedRows: 2 } })).toBe(
      '2 rows, 2 rows affected',
    );
  });

  test('times and limits', () => {
    expect([millisecondsWords(0.42), millisecondsWords(12.6), millisecondsWords(1234)]).toEqual([
      '0.4 ms',
      '13 ms',
      '1.23 s',
    ]);
    expect(nextLimit([1000, 10_000, 100_000], 1000)).toBe(10_000);
    expect(nextLimit([1000, 10_000, 100_000], 100_000)).toBeNull();
  });
});
