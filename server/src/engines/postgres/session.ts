import {
  EngineError,
  type EngineSession,
  type InstanceTarget,
  type ResultSink,
  type SessionOptions,
  type StatementInput,
  type StatementOutcome,
} from '../engine.ts';
import { insist } from '../insist.ts';
import { movedAway } from '../moved-away.ts';
import { accountOf } from '../sign-in.ts';
import { connect, type PostgresConnection } from './connection.ts';
import { Deadline, dial } from './dial.ts';
import { fromServer, isServerMessage } from './errors.ts';
import { cancelRequest } from './frontend-messages.ts';
import { schemasOf } from './search-path.ts';
import { StatementRun } from './statement-run.ts';
import { TypeNames } from './type-names.ts';

/** `transaction_timeout` is a 32-bit number of milliseconds. */
const longestTimeoutMs = 2 ** 31 - 1;

/** See `Engine.openSession`. */
export async function openSession(target: InstanceTarget, options: SessionOptions): Promise<EngineSession> {
  const connection = await connect(target, {
    ...accountOf(target, options.account, options.password),
    database: options.database,
    applicationName: options.applicationName,
    settings: {
      standard_conforming_strings: 'on',
      bytea_output: 'hex',
      datestyle: 'ISO',
      ...(options.isReadOnly ? { default_transaction_read_only: 'on' } : {}),
    },
  });
  const types = new TypeNames();
  let schemas: readonly string[];
  try {
    await prepare(connection, options);
    await types.read(connection.client);
    schemas = await readSearchPath(connection);
  } catch (error) {
    connection.socket.destroy();
    throw isServerMessage(error)
      ? fromServer(error)
      : new EngineError('connection_lost', 'The connection was lost while the session was being opened.', {
          cause: error,
        });
  }
  return new PostgresSession(target, connection, types, schemas);
}

/** A database may have one of its own. Also schemas that the account may not use yet: access to them can be asked for. */
async function readSearchPath({ client }: PostgresConnection): Promise<readonly string[]> {
  const { rows } = await client.query<{ path: string }>(`select pg_catalog.current_setting('search_path') as path`);
  return schemasOf(rows[0]?.path ?? '');
}

/** Settings that not every version or system has; the person may reset them, they are comfort. */
async function prepare({ client, serverMajor }: PostgresConnection, { remainingMs }: SessionOptions): Promise<void> {
  if (serverMajor >= 14) {
    // Notices a vanished client in the middle of a statement; Linux only before PostgreSQL 15.
    await client.query(
      `select pg_catalog.set_config('client_connection_check_interval', '2s', false)
       where pg_catalog.version() like '%linux%'`,
    );
  }
  if (serverMajor >= 17 && remainingMs !== null && remainingMs <= longestTimeoutMs) {
    const timeoutMs = String(Math.max(1, Math.ceil(remainingMs)));
    await client.query(`select pg_catalog.set_config('transaction_timeout', $1, false)`, [timeoutMs]);
  }
}

class PostgresSession implements EngineSession {
  readonly backendId: string;
  readonly schemas: readonly string[];
  readonly #target: InstanceTarget;
  readonly #connection: PostgresConnection;
  readonly #types: TypeNames;
  readonly #ended = Promise.withResolvers<EngineError | null>();
  #run: StatementRun | null = null;
  #cancelling: Promise<void> = Promise.resolve();
  #lastError: unknown = null;
  #isClosing = false;
  #isOver = false;

  constructor(target: InstanceTarget, connection: PostgresConnection, types: TypeNames, schemas: readonly string[]) {
    this.schemas = schemas;
    this.#target = target;
    this.#connection = connection;
    this.#types = types;
    this.backendId = String(connection.processId);
    connection.client.on('error', (error) => {
      this.#lastError ??= error;
    });
    // What the server says before it hangs up goes to the statement that runs, if any.
    connection.wire.on('errorMessage', (error: Error) => {
      this.#lastError = error;
    });
    connection.client.once('end', () => this.#end());
  }

  company(): Promise<null> {
    return Promise.resolve(null);
  }

  async execute(input: StatementInput, sink: ResultSink): Promise<StatementOutcome> {
    refuseUnsendable(input.text);
    if (this.#run !== null) throw new EngineError('internal', 'A statement runs in this session already.');
    if (this.#isOver || this.#isClosing) throw new EngineError('connection_lost', 'The session is over.');
    const run = new StatementRun(this.#connection, input, sink, this.#types, () => void this.cancel());
    this.#run = run;
    try {
      // A request to stop the last statement must not hit this one.
      await this.#cancelling;
      this.#lastError = null;
      if (this.#isOver) throw this.#reason();
      this.#connection.client.query(run);
      return await run.outcome;
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'read_only' || !(await this.#isOnReplica())) throw error;
      throw this.#abandon();
    } finally {
      this.#run = null;
    }
  }

  /** The same code stands for a session that only reads. In a failed transaction nothing can be asked. */
  async #isOnReplica(): Promise<boolean> {
    const asked = this.#connection.client.query<{ is: boolean }>('select pg_catalog.pg_is_in_recovery() as is');
    return await asked.then(
      ({ rows }) => rows[0]?.is === true,
      () => false,
    );
  }

  /** The name leads to the writer again for whoever dials it anew. */
  #abandon(): EngineError {
    const error = movedAway();
    this.#lastError = error;
    this.#connection.socket.destroy();
    return error;
  }

  cancel(): Promise<void> {
    const run = this.#run;
    if (run === null || this.#isOver || run.isCancelRequested) return this.#cancelling;
    run.isCancelRequested = true;
    const request = this.#sendCancel();
    this.#cancelling = this.#insist(run, request);
    return request;
  }

  /** PostgreSQL throws a request away that comes in between two messages (`DoingCommandRead` in its source). */
  async #insist(run: StatementRun, request: Promise<void>): Promise<void> {
    await request.catch(() => undefined);
    await insist(() => this.#sendCancel(), run.outcome);
  }

  async #sendCancel(): Promise<void> {
    const { processId, secretKey } = this.#connection;
    const deadline = new Deadline(this.#target.connectTimeoutMs);
    const { socket } = await dial(this.#target, deadline);
    const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(cancelRequest(processId, secretKey));
    // The server hangs up once it has passed the request on.
    await deadline.race(over, () => socket.destroy());
  }

  async allowWrites(): Promise<void> {
    await this.#connection.client.query('set default_transaction_read_only = off');
  }

  onEnd(listener: (error: EngineError | null) => void): void {
    void this.#ended.promise.then(listener);
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isClosing = true;
    // In the middle of a statement nobody would read the server's goodbye.
    if (this.#run !== null) this.#connection.socket.destroy();
    else await this.#connection.client.end().catch(() => undefined);
    await this.#ended.promise;
  }

  #end(): void {
    this.#isOver = true;
    const error = this.#reason();
    this.#run?.connectionEnded(error);
    this.#ended.resolve(this.#isClosing ? null : error);
  }

  /** Why the connection is gone, in the server's words if it said something. */
  #reason(): EngineError {
    if (this.#lastError instanceof EngineError) return this.#lastError;
    // Only these end a connection; any other error was the last statement's own.
    if (isServerMessage(this.#lastError) && /^(57P|25P0[345])/.test(this.#lastError.code)) {
      return fromServer(this.#lastError);
    }
    return new EngineError('connection_lost', 'The connection to the server was lost.', { cause: this.#lastError });
  }
}

/** What UTF-8 or the protocol cannot carry would arrive as something else than what was checked. */
function refuseUnsendable(text: string): void {
  const nul = text.indexOf('\0');
  if (nul >= 0) throw new EngineError('syntax', 'A statement cannot hold a NUL character.', { position: nul });
  if (text.isWellFormed()) return;
  const position = /\p{Surrogate}/u.exec(text)?.index ?? 0;
  throw new EngineError('syntax', 'The statement holds half of a character (a lone surrogate).', { position });
}
