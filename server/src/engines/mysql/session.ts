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
import { type AccountKeys, canBarOwnPasswords } from './account-keys.ts';
import { reservedConnections } from './accounts.ts';
import { connect, type MySqlConnection } from './connection.ts';
import { toEngineError } from './errors.ts';
import { interrupt, type Running } from './interrupt.ts';
import { refuseShadow } from './own-connection.ts';
import { readSessions } from './processes.ts';
import { ResultStream } from './result-stream.ts';
import { prepareSession } from './session-settings.ts';
import { commandOf } from './statement-text.ts';
import type { QueryEnd } from './text-query.ts';

/** Time for a result that is nearly over to end by itself before the server is asked to stop it. */
const graceMs = 50;
const mostNotices = 20;

export async function openSession(
  target: InstanceTarget,
  keys: AccountKeys,
  options: SessionOptions,
): Promise<EngineSession> {
  const connection = await connect(target, {
    ...accountOf(target, options.account, options.password),
    database: options.database,
    programName: options.applicationName,
  });
  try {
    const { backendId, currentUser, version } = await prepareSession(connection, options);
    refuseShadow(options.account, currentUser);
    await refuseOneTooMany(connection, backendId);
    const running = { account: options.account, backendId };
    const stop: Interrupt = (what) => interrupt(target, keys, running, what);
    // Who signs in by token is let in with a token alone.
    const isAlone = canBarOwnPasswords(version) || (target.tokens?.accounts ?? null) !== null;
    return new MySqlSession(connection, running, { database: options.database, isAlone, stop });
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/**
 * The server's limit leaves room for one connection more than sessions may be opened, so that a statement can be
 * cancelled; the session that would take that room is refused here. Older ones have lower numbers.
 */
async function refuseOneTooMany(connection: MySqlConnection, backendId: string): Promise<void> {
  const [row] = await connection.rows('SELECT @@SESSION.max_user_connections AS connections, USER() AS login');
  const limit = Number(row?.['connections'] ?? 0) - reservedConnections;
  if (limit < 1) return;
  const own = (row?.['login'] ?? '').replace(/@[^@]*$/, '');
  const processes = await connection.rows('SHOW PROCESSLIST');
  const older = processes.filter(({ id, user }) => user === own && Number(id) <= Number(backendId));
  if (older.length <= limit) return;
  throw new EngineError('too_many_connections', `The account may open ${limit} sessions at a time.`, {
    hint: 'Close another session first.',
  });
}

interface Nature {
  readonly database: string;
  /** Nobody else can come in while the account is let in. */
  readonly isAlone: boolean;
  readonly stop: Interrupt;
}
type Interrupt = (what: 'QUERY' | 'CONNECTION') => Promise<void>;

class MySqlSession implements EngineSession {
  readonly backendId: string;
  readonly schemas = [];
  readonly #connection: MySqlConnection;
  readonly #database: string;
  readonly #account: string;
  readonly #isAlone: boolean;
  readonly #interrupt: Interrupt;
  #isRunning = false;
  /** Narrower: the server has not finished it yet. */
  #isAtServer = false;
  #isCancelled = false;
  /** The server has finished the statement; it may reject. */
  #over: Promise<unknown> = Promise.resolve();
  /** Requests to stop the running statement that the server has not answered yet. */
  #interrupts: Promise<void>[] = [];

  constructor(connection: MySqlConnection, { account, backendId }: Running, { database, isAlone, stop }: Nature) {
    this.backendId = backendId;
    this.#connection = connection;
    this.#account = account;
    this.#database = database;
    this.#isAlone = isAlone;
    this.#interrupt = stop;
  }

  async execute(input: StatementInput, sink: ResultSink): Promise<StatementOutcome> {
    if (this.#isRunning) throw new EngineError('internal', 'This session runs a statement already.');
    refuseUnsendable(input.text);
    this.#isRunning = true;
    this.#isCancelled = false;
    this.#interrupts = [];
    try {
      return await this.#run(input, sink);
    } finally {
      this.#isRunning = false;
    }
  }

  async cancel(): Promise<void> {
    if (!this.#isAtServer || this.#isCancelled) return;
    this.#isCancelled = true;
    const request = this.#stop();
    void request.catch(() => undefined).then(() => insist(() => this.#stop(), this.#over));
    await request;
  }

  async allowWrites(): Promise<void> {
    await this.#connection.rows('SET SESSION TRANSACTION READ WRITE');
  }

  onEnd(listener: (error: EngineError | null) => void): void {
    this.#connection.onEnd(listener);
  }

  async company(): Promise<readonly string[] | null> {
    if (this.#isAlone) return null;
    const processes = await readSessions(this.#connection, this.#account, false);
    // Whoever only asks to be let in must not get others turned out.
    return processes.filter(({ isAttempt }) => !isAttempt).map(({ backendId }) => backendId);
  }

  async close(): Promise<void> {
    if (this.#connection.isOver) return;
    // The server goes on with a statement whose client is gone until it wants to write to it.
    if (this.#isRunning) await this.#interrupt('CONNECTION').catch(() => undefined);
    await this.#connection.close();
  }

  async #run(input: StatementInput, sink: ResultSink): Promise<StatementOutcome> {
    const startedAt = performance.now();
    let grace: NodeJS.Timeout | undefined;
    const stream = new ResultStream(sink, input, {
      pause: () => this.#connection.pause(),
      resume: () => this.#connection.resume(),
      stop: () => {
        grace = setTimeout(() => void this.#stop().catch(() => undefined), graceMs);
      },
    });
    this.#isAtServer = true;
    this.#over = stream.finished;
    this.#connection.send(input.text, stream);
    const end = await stream.finished.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    this.#isAtServer = false;
    clearTimeout(grace);
    const databaseMs = Math.max(0, performance.now() - startedAt - stream.heldMs);
    const status = await this.#settleInterrupts();
    if (stream.sinkError !== null) throw stream.sinkError.reason;
    if ('error' in end && !(stream.isCut && status !== null)) throw await this.#failure(end.error, input.text);
    const last = 'value' in end ? end.value : status;
    const notices = last === null || stream.isCut ? [] : await this.#notices(last, input.text);
    return {
      command: commandOf(input.text),
      rowCount: stream.rowCount,
      affectedRows: last?.affectedRows ?? null,
      cut: stream.isCut ? { rule: 'max_rows', limit: input.maxRows } : null,
      notices,
      databaseMs,
      isInTransaction: last?.isInTransaction ?? false,
    };
  }

  #stop(): Promise<void> {
    if (!this.#isAtServer) return Promise.resolve();
    const interrupting = this.#interrupt('QUERY');
    this.#interrupts.push(interrupting);
    return interrupting;
  }

  /**
   * A request to stop may reach the server when the statement is over; it must not hit the next one. The empty
   * statement behind it takes the hit and tells the transaction's state, which an error does not.
   */
  async #settleInterrupts(): Promise<QueryEnd | null> {
    if (this.#interrupts.length === 0) return null;
    await Promise.allSettled(this.#interrupts);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const probe = await this.#connection.gather('DO 0').catch((error: unknown) => error);
      if (probe !== null && typeof probe === 'object' && 'end' in probe) return probe.end as QueryEnd;
      if (this.#connection.isOver) return null;
    }
    return null;
  }

  async #failure(cause: unknown, statement: string): Promise<EngineError> {
    const error = toEngineError(cause, { statement, database: this.#database });
    if (isServerReadOnly(error)) return this.#connection.abandon(movedAway());
    if (error.kind !== 'cancelled' || this.#isCancelled) return error;
    // Interrupted by somebody else: his `KILL` may have been meant for the statement or for the whole session.
    const isAlive = await this.#connection.rows('DO 0').then(
      () => true,
      () => false,
    );
    if (isAlive) return error;
    return new EngineError('ended_by_administrator', 'The session was ended at the server.', { cause });
  }

  async #notices(end: QueryEnd, text: string): Promise<readonly string[]> {
    const notices = end.skippedResults > 0 ? [`${end.skippedResults} further results are not shown.`] : [];
    if (end.info !== '') notices.push(end.info);
    const command = commandOf(text);
    try {
      if (command === 'SET' && (await this.#restoreCharacters())) {
        notices.push('The character set of a session stays utf8mb4.');
      }
      if (end.warnings > 0 && command !== 'SHOW') notices.push(...(await this.#warnings()));
    } catch {
      // The statement is done, and that is what is told; a connection that was lost since tells so by itself.
      notices.push('The server’s warnings could not be read.');
    }
    return notices;
  }

  async #warnings(): Promise<readonly string[]> {
    const rows = await this.#connection.rows(`SHOW WARNINGS LIMIT ${mostNotices}`);
    // 1003 is the statement as the optimizer rewrote it, which prints values of the tables.
    const warnings = rows.filter((row) => row['code'] !== '1003');
    return warnings.map((row) => `${row['level']} ${row['code']}: ${row['message']}`);
  }

  /** Values are read as UTF-8, so another character set would only spoil them. True when it was put back. */
  async #restoreCharacters(): Promise<boolean> {
    const [row] = await this.#connection.rows(
      'SELECT @@character_set_client AS a, @@character_set_connection AS b, @@character_set_results AS c',
    );
    if (row?.['a'] === 'utf8mb4' && row['b'] === 'utf8mb4' && row['c'] === 'utf8mb4') return false;
    await this.#connection.rows('SET NAMES utf8mb4');
    return true;
  }
}

/** 1290 and 1836: the server's own option. 1792 would be the session's. */
function isServerReadOnly({ kind, serverCode }: EngineError): boolean {
  return kind === 'read_only' && (serverCode === '1290' || serverCode === '1836');
}

function refuseUnsendable(text: string): void {
  const position = text.indexOf('\0');
  if (position !== -1) throw new EngineError('syntax', 'The statement holds a NUL character.', { position });
  if (text.isWellFormed()) return;
  throw new EngineError('syntax', 'The statement holds half of a character.', {
    position: /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text)?.index ?? null,
  });
}
