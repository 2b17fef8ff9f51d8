import type { Cell, ResultColumn } from '@tidegate/contract';
import { describe, expect, test } from 'vitest';
import { type CopySource, copyText } from './copy-formats.ts';

const column = (name: string, shape: ResultColumn['shape'] = 'text'): ResultColumn => ({ name, type: shape, shape });

function source(columns: readonly ResultColumn[], rows: readonly (readonly Cell[])[], more: Partial<CopySource> = {}) {
  return { columns, rows, rowCut: null, dialect: 'postgresql' as const, table: 'employee', ...more };
}

const cut: Cell = { head: 'tide', length: 12_345, unit: 'characters' };

describe('TSV', () => {
  test('keeps each digit, tells NULL from the empty text, and quotes what would break a line', () => {
    const text = copyText(
      'tsv',
      source(
        [column('id', 'number'), column('a')],
        [
          ['9007199254740993', null],
          ['0.10', ''],
          ['NaN', 'two\nlines\t"x"'],
        ],
      ),
    );
    expect(text).toBe('id\ta\n9007199254740993\t\n0.10\t""\nNaN\t"two\nlines\t""x"""');
  });
});

describe('CSV', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-2+3', "'-2+3"],
    ['@sum(a1)', "'@sum(a1)"],
    ['-42.5', '-42.5'],
    ['+1e-30', '+1e-30'],
    ['=a,"b"', '"\'=a,""b"""'],
  ])('%s is written %s, so that no spreadsheet runs it', (value, written) => {
    expect(copyText('csv', source([column('a')], [[value]]))).toBe(`a\n${written}`);
  });

  test('the name of a column can be a formula too', () => {
    expect(copyText('csv', source([column('=x')], []))).toBe("'=x");
  });

  test('NULL is empty and an empty text is quoted', () => {
    expect(copyText('csv', source([column('a'), column('b')], [[null, '']]))).toBe('a,b\n,""');
  });
});

describe('JSON', () => {
  test('writes a number only where every reader gets the same digits back', () => {
    const rows = [['1'], ['0.10'], ['9007199254740993'], ['1e-30'], ['NaN'], [null]];
    const text = copyText('json', source([column('n', 'number')], rows));
    expect(text.match(/: ([^}]+)/g)).toEqual([
      ': 1',
      ': "0.10"',
      ': "9007199254740993"',
      ': 1e-30',
      ': "NaN"',
      ': null',
    ]);
  });

  test('keeps stored JSON with its order, duplicates and digits', () => {
    const stored = '{"b": 1, "a": 12345678901234567890, "a": null}';
    expect(copyText('json', source([column('doc', 'json')], [[stored]]))).toContain(`"doc": ${stored}`);
  });

  test('names that stand twice, or are empty, become positions', () => {
    const text = copyText(
      'json',
      source([column('id', 'number'), column('id', 'number'), column('')], [['1', '2', 'x']]),
    );
    expect(JSON.parse(text)).toEqual({ columns: ['id', 'id', ''], rows: [[1, 2, 'x']] });
  });
});

test('Markdown escapes what would end a cell and never turns a value into markup', () => {
  const text = copyText('markdown', source([column('a|b'), column('n', 'number')], [['<b>x|y\nz', null]]));
  expect(text).toBe('| a\\|b | n |\n| --- | ---: |\n| &lt;b>x\\|y<br>z | *NULL* |');
});

describe('INSERT', () => {
  const columns = [column('id', 'number'), column('Order'), column('bin', 'binary'), column('ok', 'boolean')];
  test('writes literals that the engine reads back to the same values', () => {
    const rows = [['18446744073709551615', "O'Hara \\", '\\x00ff', 't']];
    expect(copyText('insert', source(columns, rows))).toBe(
      "INSERT INTO employee (id, \"Order\", bin, ok) VALUES (18446744073709551615, 'O''Hara \\', '\\x00ff', true);",
    );
    expect(copyText('insert', source(columns, rows, { dialect: 'mysql' }))).toBe(
      "INSERT INTO employee (id, `Order`, bin, ok) VALUES (18446744073709551615, 'O''Hara \\\\', X'00ff', true);",
    );
  });

  test('NaN is no bare word', () => {
    expect(copyText('insert', source([column('n', 'number')], [['NaN']]))).toContain("VALUES ('NaN')");
  });
});

test('the IN list holds the first column, each value once, without NULL', () => {
  const rows = [
    ['1', 'x'],
    [null, 'y'],
    ['2', 'z'],
    ['1', 'w'],
  ];
  expect(copyText('in', source([column('id', 'number'), column('a')], rows))).toBe('(1, 2)');
});

describe('what was cut is named in the copy', () => {
  const rowCut = 'first 1,000 rows of more (limit max_rows)';
  const note = `Tidegate: ${rowCut}; 1 value shortened (whole length 12,345 characters).`;
  test.each([
    ['tsv', `# ${note}`],
    ['csv', `# ${note}`],
    ['json', `"note": ${JSON.stringify(note)}`],
    ['markdown', note],
    ['insert', `-- ${note}`],
    ['in', `-- ${note}`],
  ] as const)('%s', (format, words) => {
    expect(copyText(format, source([column('a')], [[cut]], { rowCut }))).toContain(words);
  });

  test('and only then', () => {
    expect(copyText('tsv', source([column('a')], [['tide']]))).toBe('a\ntide');
  });
});
