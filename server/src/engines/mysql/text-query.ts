import { type DriverCommand, type DriverConnection, type DriverPacket, outgoing } from './driver.ts';
import { readByte, readLength, readText, readUint, restOfPacket } from './packet-reader.ts';

/** A column as the server describes it. */
export interface WireColumn {
  readonly name: string;
  /** The collation of the text that is sent; 63 is binary. */
  readonly collation: number;
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  /** MariaDB's name for a type that travels as another one, e.g. `uuid`, and `json`; null where it sent none. */
  readonly extendedType: string | null;
}

export interface QueryEnd {
  /** Null after a result with columns. */
  readonly affectedRows: number | null;
  readonly info: string;
  readonly warnings: number;
  readonly isInTransaction: boolean;
  /** Result sets after the first, which nobody was shown. */
  readonly skippedResults: number;
}

/** The server's ERR packet. */
export class ServerError extends Error {
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.name = 'ServerError';
    this.errno = errno;
  }
}

/** Hears a statement's result. `row` must read the packet before it returns. */
export interface QueryListener {
  columns(columns: readonly WireColumn[]): void;
  row(packet: DriverPacket): void;
  done(end: QueryEnd): void;
  failed(error: Error): void;
}

const comQuery = 3;
const statusInTransaction = 1;
const statusMoreResults = 8;
type Step = (packet: DriverPacket, connection: DriverConnection) => Step | null;

/**
 * One COM_QUERY in the text protocol, where every value is the server's own text. Without the multi-statement
 * capability the server takes exactly one statement; several results come only from a procedure.
 */
export class TextQuery implements DriverCommand {
  readonly #text: string;
  readonly #listener: QueryListener;
  readonly #hasExtendedTypes: () => boolean;
  #step: Step | undefined;
  #columns: WireColumn[] = [];
  #columnCount = 0;
  #results = 0;
  #isOver = false;

  constructor(text: string, hasExtendedTypes: () => boolean, listener: QueryListener) {
    this.#text = text;
    this.#hasExtendedTypes = hasExtendedTypes;
    this.#listener = listener;
  }

  execute(packet: DriverPacket | undefined, connection: DriverConnection): boolean {
    if (packet === undefined || this.#step === undefined) {
      connection._resetSequenceId();
      this.#step = this.#header;
      connection.writePacket(outgoing(Buffer.concat([Buffer.from([comQuery]), Buffer.from(this.#text, 'utf8')])));
      return false;
    }
    if (packet.buffer[packet.offset] === 0xff) {
      this.#fail(readError(packet));
      return true;
    }
    const next = this.#step(packet, connection);
    if (next === null) return true;
    this.#step = next;
    return false;
  }

  onResult(error: Error | null): void {
    if (error !== null) this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.failed(error);
  }

  readonly #header: Step = (packet, connection) => {
    const count = readLength(packet);
    if (count === null) {
      // The server asks for a local file, though that capability was not offered: answer with none.
      connection.writePacket(outgoing(Buffer.alloc(0)));
      return this.#header;
    }
    if (count === 0) return this.#ok(packet);
    this.#columns = [];
    this.#columnCount = count;
    return this.#column;
  };

  readonly #column: Step = (packet) => {
    this.#columns.push(readColumn(packet, this.#hasExtendedTypes()));
    return this.#columns.length < this.#columnCount ? this.#column : this.#columnsEnd;
  };

  readonly #columnsEnd: Step = () => {
    this.#results += 1;
    if (this.#results > 1) return this.#skippedRow;
    this.#listener.columns(this.#columns);
    return this.#row;
  };

  readonly #row: Step = (packet) => {
    if (isEnd(packet)) return this.#resultEnd(packet);
    this.#listener.row(packet);
    return this.#row;
  };

  readonly #skippedRow: Step = (packet) => (isEnd(packet) ? this.#resultEnd(packet) : this.#skippedRow);

  #resultEnd(packet: DriverPacket): Step | null {
    packet.offset += 1;
    const warnings = readUint(packet, 2);
    return this.#finish(readUint(packet, 2), null, warnings, '');
  }

  #ok(packet: DriverPacket): Step | null {
    const affectedRows = readLength(packet) ?? 0;
    readLength(packet);
    const status = readUint(packet, 2);
    const warnings = readUint(packet, 2);
    // With session tracking the text has a length and state follows; without, it is the rest.
    const info = packet.offset < packet.end ? readText(packet) : '';
    return this.#finish(status, affectedRows, warnings, info);
  }

  #finish(status: number, affectedRows: number | null, warnings: number, info: string): Step | null {
    if ((status & statusMoreResults) !== 0) return this.#header;
    if (this.#isOver) return null;
    this.#isOver = true;
    this.#listener.done({
      affectedRows: this.#results > 0 ? null : affectedRows,
      info,
      warnings,
      isInTransaction: (status & statusInTransaction) !== 0,
      skippedResults: Math.max(0, this.#results - 1),
    });
    return null;
  }
}

function isEnd(packet: DriverPacket): boolean {
  return packet.buffer[packet.offset] === 0xfe && packet.end - packet.offset < 9;
}

function readError(packet: DriverPacket): ServerError {
  packet.offset += 1;
  const errno = readUint(packet, 2);
  if (packet.buffer[packet.offset] === 0x23) packet.offset += 6;
  return new ServerError(errno, restOfPacket(packet));
}

function readColumn(packet: DriverPacket, hasExtendedTypes: boolean): WireColumn {
  for (let skipped = 0; skipped < 4; skipped += 1) readText(packet);
  const name = readText(packet);
  readText(packet);
  const extendedType = hasExtendedTypes ? readExtendedType(packet) : null;
  readByte(packet);
  return {
    name,
    extendedType,
    collation: readUint(packet, 2),
    length: readUint(packet, 4),
    type: readByte(packet),
    flags: readUint(packet, 2),
  };
}

/** MariaDB's block of (kind, text) pairs: kind 0 is a type's name, kind 1 a format such as `json`. */
function readExtendedType(packet: DriverPacket): string | null {
  const end = (readLength(packet) ?? 0) + packet.offset;
  let name: string | null = null;
  while (packet.offset < end) {
    readByte(packet);
    name = readText(packet);
  }
  packet.offset = end;
  return name;
}
