import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Cell, EngineError } from '../engine.ts';
import { BackendFrames, type RowReader } from './backend-frames.ts';
import { type CellRules, readRow } from './data-row.ts';
import { LargeRow } from './large-row.ts';

const rules: CellRules = { isBinary: [false, true, false], maxCellLength: 5 };

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function dataRow(values: readonly (string | null)[]): Buffer {
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    const bytes = Buffer.from(value ?? '');
    length.writeInt32BE(value === null ? -1 : bytes.length);
    return value === null ? [length] : [length, bytes];
  });
  const count = Buffer.alloc(2);
  count.writeUInt16BE(values.length);
  return message('D', Buffer.concat([count, ...parts]));
}

class Reader implements RowReader {
  readonly rows: (readonly Cell[])[] = [];
  #large: LargeRow | null = null;

  row(buffer: Buffer, start: number, end: number): void {
    this.rows.push(readRow(buffer, start, end, rules));
  }
  beginLargeRow(length: number): void {
    this.#large = new LargeRow(length, rules);
  }
  largeRowPiece(piece: Buffer): void {
    const cells = this.#large?.push(piece) ?? null;
    if (cells !== null) this.rows.push(cells);
  }
}

/** Feeds the bytes in chunks of a size and returns rows and the types of what the driver got. */
function feed(bytes: Buffer, chunk: number): { rows: readonly (readonly Cell[])[]; driver: string } {
  const driver = new EventEmitter();
  let types = '';
  driver.on('data', (data: Buffer) => {
    types += data.toString('latin1', 0, 1);
    expect(data.readUInt32BE(1) + 1).toBe(data.length);
  });
  const frames = new BackendFrames(driver);
  frames.push(message('Z', Buffer.from('I')));
  const reader = new Reader();
  frames.reader = reader;
  for (let offset = 0; offset < bytes.length; offset += chunk) frames.push(bytes.subarray(offset, offset + chunk));
  return { rows: reader.rows, driver: types };
}

const wire = Buffer.concat([
  message('1', Buffer.alloc(0)),
  message('2', Buffer.alloc(0)),
  dataRow(['abc', '\\x0102', null]),
  dataRow(['é🙂', '\\x010203040506', '']),
  message('N', Buffer.from('SNOTICE\0\0')),
  dataRow(['éééééé', null, 'abcdef']),
  message('C', Buffer.from('SELECT 3\0')),
  message('Z', Buffer.from('I')),
]);

const expected = [
  ['abc', '\\x0102', null],
  ['é🙂', { head: '\\x0102030405', length: 6, unit: 'bytes' }, ''],
  [{ head: 'ééééé', length: 6, unit: 'characters' }, null, { head: 'abcde', length: 6, unit: 'characters' }],
];

describe('the bytes of a backend', () => {
  it.each([1, 2, 3, 5, 7, 11, 64, 10_000])('give the same messages in chunks of %i', (chunk) => {
    expect(feed(wire, chunk)).toEqual({ rows: expected, driver: 'Z12NCZ' });
  });

  it.each([97, 4_096, 65_536, 1_000_000])('give a large row without keeping it, in chunks of %i', (chunk) => {
    const large = dataRow(['é'.repeat(200_000), `\\x${'ab'.repeat(200_000)}`, 'end']);
    const { rows, driver } = feed(Buffer.concat([dataRow(['a', null, 'b']), large, wire]), chunk);
    expect(rows).toEqual([
      ['a', null, 'b'],
      [
        { head: 'ééééé', length: 200_000, unit: 'characters' },
        { head: '\\xababababab', length: 200_000, unit: 'bytes' },
        'end',
      ],
      ...expected,
    ]);
    expect(driver).toBe('Z12NCZ');
  });

  it.each([
    ['a type that no backend sends', message('q', Buffer.alloc(4))],
    ['a length that is too short', Buffer.from([0x43, 0, 0, 0, 3, 0])],
    ['a length that is too long', Buffer.from([0x43, 0x7f, 0xff, 0xff, 0xff, 0])],
  ])('are refused for %s', (_what, bytes) => {
    expect(() => feed(bytes, 1)).toThrow(expect.objectContaining({ kind: 'wrong_protocol' }) as EngineError);
  });

  it.each([
    ['values that end after the row', Buffer.from([0, 1, 0, 0, 0, 9, 65])],
    ['more values than there is room for', Buffer.from([0, 9, 0, 0, 0, 1, 65])],
    ['no number of values', Buffer.from([0])],
  ])('are refused for a row with %s', (_what, body) => {
    expect(() => feed(message('D', body), 100)).toThrow(
      expect.objectContaining({ kind: 'connection_lost' }) as EngineError,
    );
  });
});
