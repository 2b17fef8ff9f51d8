import type { Connection, FieldDef } from 'pg';
import {
  type Cell,
  EngineError,
  type ResultColumn,
  type ResultSink,
  type StatementInput,
  type StatementOutcome,
} from '../engine.ts';
import type { RowReader } from './backend-frames.ts';
import type { PostgresConnection } from './connection.ts';
import { type CellRules, readRow } from './data-row.ts';
import { fromServer, type ServerMessage } from './errors.ts';
import { copyFailMessages, statementMessages } from './frontend-messages.ts';
import { LargeRow } from './large-row.ts';
import { ResultPump } from './result-pump.ts';
import type { TypeNames } from './type-names.ts';

const maxNotices = 100;
const maxInt32 = 2 ** 31 - 1;

/** These run to their end whatever is read of what they return; cutting them would only lose their row count. */
const writes = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/**
 * One statement on one connection, from sending to ReadyForQuery. The driver's client sees it as a query of its own
 * kind (`submit`, `handle…`); rows come past the driver.
 */
export class StatementRun implements RowReader {
  readonly #connection: PostgresConnection;
  readonly #input: StatementInput;
  readonly #types: TypeNames;
  readonly #pump: ResultPump;
  readonly #stop: () => void;
  readonly #keyword: string;
  readonly #startedAt = performance.now();
  readonly #notices: string[] = [];
  readonly #done = Promise.withResolvers<StatementOutcome>();
  #rules: CellRules = { isBinary: [], maxCellLength: 0 };
  #largeRow: LargeRow | null = null;
  #tag: string | null = null;
  #rowCount = 0;
  #hasColumns = false;
  #isCut = false;
  #copyRefused = false;
  #serverError: ServerMessage | null = null;
  isCancelRequested = false;

  /** `stop` asks the server to give up the statement. */
  constructor(
    connection: PostgresConnection,
    input: StatementInput,
    sink: ResultSink,
    types: TypeNames,
    stop: () => void,
  ) {
    this.#connection = connection;
    this.#input = input;
    this.#types = types;
    this.#stop = stop;
    this.#pump = new ResultPump(sink, connection.socket, stop);
    this.#keyword =
      /^(?:\s|--[^\n]*\n|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|\()*([a-z]+)/i.exec(input.text)?.[1]?.toUpperCase() ?? '';
  }

  get outcome(): Promise<StatementOutcome> {
    return this.#done.promise;
  }

  /** Called by the driver when the statement's turn has come. */
  submit(connection: Connection): void {
    const { wire, socket } = this.#connection;
    wire.frames.reader = this;
    connection.once('readyForQuery', this.#onReady);
    connection.on('notice', this.#onNotice);
    connection.on('copyOutResponse', this.#onCopyOut);
    // One row more than wanted tells whether rows were left.
    const limit = writes.has(this.#keyword) ? 0 : this.#input.maxRows + 1;
    socket.write(statementMessages(this.#input.text, limit > maxInt32 ? 0 : limit));
  }

  handleRowDescription(description: { fields: FieldDef[] }): void {
    const types = description.fields.map((field) => this.#types.find(field.dataTypeID));
    this.#rules = {
      isBinary: types.map(({ shape }) => shape === 'binary'),
      maxCellLength: this.#input.maxCellLength,
    };
    this.#hasColumns = true;
    const columns = description.fields.map((field, index): ResultColumn => {
      const type = types[index];
      return { name: field.name, type: type?.name ?? '', shape: type?.shape ?? 'text' };
    });
    this.#pump.columns(columns);
  }

  row(buffer: Buffer, start: number, end: number): void {
    if (this.#isWanted()) this.#pump.row(readRow(buffer, start, end, this.#rules), end - start);
  }

  beginLargeRow(length: number): void {
    this.#largeRow = new LargeRow(length, this.#rules);
  }

  largeRowPiece(piece: Buffer): void {
    const cells = this.#largeRow?.push(piece) ?? null;
    if (cells === null) return;
    this.#largeRow = null;
    if (this.#isWanted()) this.#pump.row(cells, sizeOf(cells));
  }

  #isWanted(): boolean {
    if (this.#pump.failure !== null) return false;
    if (this.#rowCount >= this.#input.maxRows) {
      this.#isCut = true;
      return false;
    }
    this.#rowCount += 1;
    return true;
  }

  handlePortalSuspended(): void {
    this.#isCut = true;
  }

  handleCommandComplete(message: { text: string }): void {
    this.#tag = message.text;
  }

  handleEmptyQuery(): void {
    this.#tag = '';
  }

  handleReadyForQuery(): void {
    // `readyForQuery` of the connection is the same moment, and comes after errors too.
  }

  handleCopyInResponse(): void {
    this.#copyRefused = true;
    this.#connection.socket.write(copyFailMessages('Tidegate sends no data'));
  }

  handleCopyData(): void {
    // Refused already; what the server had under way is thrown away.
  }

  handleError(error: ServerMessage): void {
    this.#serverError ??= error;
  }

  readonly #onCopyOut = (): void => {
    this.#copyRefused = true;
    this.#stop();
  };

  readonly #onNotice = (notice: { severity?: string; message?: string }): void => {
    if (this.#notices.length === maxNotices) return;
    this.#notices.push(`${notice.severity ?? 'NOTICE'}: ${notice.message ?? ''}`.slice(0, 2_000));
  };

  readonly #onReady = (ready: { status: string }): void => {
    this.#detach();
    const databaseMs = performance.now() - this.#startedAt;
    void this.#pump.drain().then(() => {
      const error = this.#error();
      if (error === null) this.#done.resolve(this.#toOutcome(ready.status, databaseMs));
      else this.#done.reject(error);
    });
  };

  /** The connection is gone; `error` says why. */
  connectionEnded(error: EngineError): void {
    this.#detach();
    void this.#pump.drain().then(() => this.#done.reject(error));
  }

  #detach(): void {
    const { wire } = this.#connection;
    wire.frames.reader = null;
    wire.off('readyForQuery', this.#onReady);
    wire.off('notice', this.#onNotice);
    wire.off('copyOutResponse', this.#onCopyOut);
  }

  #error(): unknown {
    if (this.#pump.failure !== null) return this.#pump.failure.error;
    if (this.#copyRefused) {
      return new EngineError('not_supported', 'COPY between the server and a client is not possible here.', {
        hint: 'Use SELECT and the export of its result, or INSERT.',
      });
    }
    if (this.#serverError === null) return null;
    return fromServer(this.#serverError, { text: this.#input.text, isCancelRequested: this.isCancelRequested });
  }

  #toOutcome(status: string, databaseMs: number): StatementOutcome {
    const words = this.#tag?.split(' ') ?? [];
    const command =
      this.#tag === null ? commandOf(this.#keyword) : words.filter((word) => !/^\d+$/.test(word)).join(' ');
    const count = words.length > 1 && /^\d+$/.test(words.at(-1) ?? '') ? Number(words.at(-1)) : null;
    const hasAffected = writes.has(words[0] ?? '') || !this.#hasColumns;
    return {
      command,
      rowCount: this.#rowCount,
      affectedRows: hasAffected ? count : null,
      cut: this.#isCut ? { rule: 'max_rows', limit: this.#input.maxRows } : null,
      notices: this.#notices,
      databaseMs: Math.max(0, databaseMs - this.#pump.heldMs),
      isInTransaction: status !== 'I',
    };
  }
}

/** A statement that was cut has no tag. */
function commandOf(keyword: string): string {
  return ['WITH', 'VALUES', 'TABLE'].includes(keyword) ? 'SELECT' : keyword;
}

function sizeOf(cells: readonly Cell[]): number {
  return cells.reduce<number>(
    (sum, cell) => sum + (typeof cell === 'string' ? cell.length : (cell?.head.length ?? 0)),
    0,
  );
}
