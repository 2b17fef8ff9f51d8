import { expect, test } from 'vitest';
import { ResultStore } from './result-store.ts';

test('many lines between two paints are one announcement', () => {
  const paints: (() => void)[] = [];
  const store = new ResultStore((paint) => paints.push(paint));
  let heard = 0;
  store.subscribe(() => {
    heard += 1;
  });
  store.setColumns([{ name: 'n', type: 'int8', shape: 'number' }]);
  store.append([['1'], ['2']]);
  store.append([['3']]);
  expect([paints.length, heard, store.rowCount]).toEqual([1, 0, 3]);
  paints[0]?.();
  expect(heard).toBe(1);
  store.append([['4']]);
  expect(paints).toHaveLength(2);
});

test('values come back as they were, by position, and a row that has not come reads as NULL', () => {
  const store = new ResultStore(() => undefined);
  store.setColumns([
    { name: 'id', type: 'int8', shape: 'number' },
    { name: 'id', type: 'text', shape: 'text' },
  ]);
  const long = { head: 'tide', length: 5000, unit: 'characters' } as const;
  store.append([
    ['9223372036854775807', ''],
    [null, long],
  ]);
  expect([store.cell(0, 0), store.cell(0, 1), store.cell(1, 0), store.cell(1, 1)]).toEqual([
    '9223372036854775807',
    '',
    null,
    long,
  ]);
  expect(store.cell(7, 0)).toBeNull();
});
