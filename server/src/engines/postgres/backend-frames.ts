import type { EventEmitter } from 'node:events';
import { EngineError } from '../engine.ts';

/** Takes DataRow messages instead of the driver. `row` sees the whole body; a large one comes in pieces. */
export interface RowReader {
  row(buffer: Buffer, start: number, end: number): void;
  /** A row of more than `largeRowBytes`: pieces follow until its length is reached. */
  beginLargeRow(length: number): void;
  largeRowPiece(piece: Buffer): void;
}

const dataRow = 0x44;
const headerBytes = 5;
const largeRowBytes = 128 * 1024;
/** Errors and notices may quote long values; more than this is refused rather than collected. */
const maxMessageBytes = 64 * 1024 * 1024;
const maxLoginMessageBytes = 64 * 1024;

const letters = (text: string): ReadonlySet<number> => new Set(Buffer.from(text, 'latin1'));
/** Message types of a backend (chapter 54.7), and those that can come before the first ReadyForQuery. */
const knownTypes = letters('RKvSNEZDTCInt123sAGHWdc');
const loginTypes = letters('RKvSNEZ');

/**
 * Cuts the server's bytes into messages. Rows go to a reader of ours when one is set, because the driver makes a
 * string of every value, whatever its size (one of 600 MB would end the process); everything else goes to the
 * driver. Refuses what is not the PostgreSQL protocol before anything is collected.
 */
export class BackendFrames {
  reader: RowReader | null = null;
  readonly #driver: EventEmitter;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #neededBytes = headerBytes;
  #largeRowLeft = 0;
  #isLoggedIn = false;

  /** `driver` gets whole messages as `data` events. */
  constructor(driver: EventEmitter) {
    this.#driver = driver;
  }

  /** Throws `wrong_protocol` when the bytes make no sense. */
  push(chunk: Buffer): void {
    let data = chunk;
    if (this.#largeRowLeft > 0) data = this.#continueLargeRow(data);
    if (data.length > 0) this.#collect(data);
  }

  #collect(chunk: Buffer): void {
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    if (this.#restBytes < this.#neededBytes) {
      this.#checkType(this.#rest[0]?.[0]);
      return;
    }
    const data = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest);
    const left = this.#split(data);
    this.#rest = left.length === 0 ? [] : [left];
    this.#restBytes = left.length;
  }

  /** Hands on every whole message and returns what is left. */
  #split(data: Buffer): Buffer {
    let offset = 0;
    while (data.length - offset >= headerBytes) {
      const length = this.#checkedLength(data, offset);
      const end = offset + 1 + length;
      const isRow = data[offset] === dataRow && this.reader !== null;
      if (end > data.length) {
        this.#neededBytes = end - offset;
        if (!isRow || length < largeRowBytes) return data.subarray(offset);
        this.reader?.beginLargeRow(length - 4);
        this.#largeRowLeft = length - 4;
        this.#neededBytes = headerBytes;
        return this.#continueLargeRow(data.subarray(offset + headerBytes));
      }
      if (isRow) this.reader?.row(data, offset + headerBytes, end);
      else this.#toDriver(data.subarray(offset, end));
      offset = end;
    }
    this.#neededBytes = headerBytes;
    if (offset < data.length) this.#checkType(data[offset]);
    return data.subarray(offset);
  }

  #continueLargeRow(data: Buffer): Buffer {
    const piece = data.subarray(0, this.#largeRowLeft);
    this.#largeRowLeft -= piece.length;
    this.reader?.largeRowPiece(piece);
    return data.subarray(piece.length);
  }

  #toDriver(message: Buffer): void {
    if (message[0] === 0x5a) this.#isLoggedIn = true;
    this.#driver.emit('data', message);
  }

  #checkType(type: number | undefined): void {
    if (type === undefined || !(this.#isLoggedIn ? knownTypes : loginTypes).has(type)) throw notPostgres();
  }

  #checkedLength(data: Buffer, offset: number): number {
    this.#checkType(data[offset]);
    const length = data.readUInt32BE(offset + 1);
    const isRow = data[offset] === dataRow;
    const limit = this.#isLoggedIn ? maxMessageBytes : maxLoginMessageBytes;
    if (length < 4 || (length > limit && !(isRow && this.reader !== null))) throw notPostgres();
    return length;
  }
}

function notPostgres(): EngineError {
  return new EngineError('wrong_protocol', 'The other side does not speak the PostgreSQL protocol.', {
    hint: 'Check host and port: is it PostgreSQL?',
  });
}
