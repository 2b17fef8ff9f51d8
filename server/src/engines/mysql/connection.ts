import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { EngineError, type InstanceTarget } from '../engine.ts';
import { explained, obtainSecret, refuseUnsafeTarget, type SignIn } from '../sign-in.ts';
import { Deadline, dialServer } from './dial.ts';
import { type DriverConnection, dial } from './driver.ts';
import { type ErrorContext, toEngineError } from './errors.ts';
import { readLength } from './packet-reader.ts';
import { type QueryEnd, type QueryListener, TextQuery, type WireColumn } from './text-query.ts';
import { upgradeWith } from './tls.ts';
import { TokenPlugins } from './token-plugins.ts';

export interface Login extends SignIn {
  readonly database: string | null;
  /** Shown among the connection's attributes at the server. */
  readonly programName: string;
}

/** A row of an administrative statement: column names in lower case, every value as text. */
export type Row = Readonly<Record<string, string | null>>;

const utf8mb4 = 45; // utf8mb4_general_ci, which every version knows
/**
 * Of the capabilities that the driver would offer: local files are a hole, `IGNORE_SPACE` and `ODBC` change what
 * statements mean, and query attributes the form of a query's packet. `FOUND_ROWS` stays: an update counts the rows
 * that it matched, as on every other engine; the server's text says how many it changed.
 */
const flags = ['-LOCAL_FILES', '-IGNORE_SPACE', '-ODBC', '-CLIENT_QUERY_ATTRIBUTES'];

/** Logs in; rejects with an `EngineError`. `prefer` takes TLS when the server offers it and goes without otherwise. */
export async function connect(target: InstanceTarget, login: Login): Promise<MySqlConnection> {
  refuseNul(login);
  refuseUnsafeTarget(target, login);
  try {
    return await dialAndLogIn(target, login);
  } catch (error) {
    throw await explained(target, login, error);
  }
}

async function dialAndLogIn(target: InstanceTarget, login: Login): Promise<MySqlConnection> {
  const deadline = new Deadline(target.connectTimeoutMs);
  const password = await deadline.bound(obtainSecret(login), () => undefined);
  // A socket file needs no TLS, and a server may refuse it there.
  const mode = target.tls.mode === 'prefer' && target.host.startsWith('/') ? 'disable' : target.tls.mode;
  const attempt = (wanted: typeof mode) =>
    handshake({ ...target, tls: { ...target.tls, mode: wanted } }, login, password, deadline);
  if (mode !== 'prefer') return attempt(mode);
  try {
    return await attempt('prefer');
  } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'tls_unsupported')) throw error;
    return attempt('disable');
  }
}

/** The handshake ends names with a NUL: what stands behind one would be cut off in silence. */
function refuseNul({ user, database }: Login): void {
  if (user.includes('\0')) throw new EngineError('auth_failed', 'A user name cannot hold a NUL character.');
  if (database?.includes('\0') !== true) return;
  throw new EngineError('database_missing', 'A database name cannot hold a NUL character.');
}

async function handshake(
  target: InstanceTarget,
  login: Login,
  password: string,
  deadline: Deadline,
): Promise<MySqlConnection> {
  const socket = await dialServer(target, deadline);
  const tokens = login.isToken ? new TokenPlugins(target, login.user, password, () => driver.stream) : null;
  const driver: DriverConnection = dial({
    stream: socket,
    host: target.host,
    user: login.user,
    ...(tokens === null ? { password } : { authPlugins: tokens.plugins }),
    charsetNumber: utf8mb4,
    flags,
    connectTimeout: 0,
    ...(login.database !== null && { database: login.database }),
    // Tells the driver that a clear password may pass, as it may inside TLS.
    ...(target.host.startsWith('/') && { socketPath: target.host }),
    ...(target.tls.mode !== 'disable' && { ssl: { rejectUnauthorized: false } }),
    connectAttributes: { program_name: login.programName },
  });
  let tlsError: Error | null = null;
  upgradeWith(target, driver, (error) => {
    // At once: the driver replaces the error's code by its own.
    tlsError = toEngineError(error);
  });
  const connected = new Promise<void>((resolve, reject) => {
    driver.once('connect', () => resolve());
    driver.on('error', reject);
  });
  socket.resume();
  try {
    await deadline.bound(connected, () => driver.stream.destroy());
    return new MySqlConnection(driver, login.database);
  } catch (error) {
    driver.stream.destroy();
    socket.destroy();
    const failure = toEngineError(tlsError ?? error);
    throw tokens?.nameRefusal(failure) ?? failure;
  }
}

/** One physical connection. Statements queue up; a failed connection fails them all. */
export class MySqlConnection {
  readonly #driver: DriverConnection;
  readonly #database: string | null;
  #cause: EngineError | null = null;
  #isOver = false;
  #isClosing = false;
  readonly #listeners: ((error: EngineError | null) => void)[] = [];

  constructor(driver: DriverConnection, database: string | null) {
    this.#driver = driver;
    this.#database = database;
    driver.on('error', (error) => {
      this.#cause ??= toEngineError(error);
    });
    driver.stream.once('close', () => this.#end());
    if (driver.stream.destroyed) this.#end();
  }

  /** The server's number of this session, as its greeting told it: the low 32 bits. */
  get sessionId(): number {
    return this.#driver.threadId;
  }

  get isTls(): boolean {
    return this.#driver.stream instanceof TLSSocket;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** True once it was closed or cut off by us. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Called once, also when it is over already; null after `close`. */
  onEnd(listener: (error: EngineError | null) => void): void {
    if (this.#isOver) listener(this.#reason());
    else this.#listeners.push(listener);
  }

  /** Sends one statement; the listener hears all that follows. */
  send(text: string, listener: QueryListener): void {
    if (this.#isOver || this.#isClosing) {
      listener.failed(lost());
      return;
    }
    this.#driver.addCommand(new TextQuery(text, () => this.#driver._mariadbExtendedMetadata, listener));
  }

  pause(): void {
    this.#driver.pause();
  }

  resume(): void {
    this.#driver.resume();
  }

  /** Runs one administrative statement and gathers its rows. */
  rows(text: string): Promise<readonly Row[]> {
    return this.gather(text).then(({ rows }) => rows);
  }

  /** As `rows`, with the server's counts. */
  gather(text: string): Promise<{ readonly rows: readonly Row[]; readonly end: QueryEnd }> {
    const rows: Row[] = [];
    let names: string[] = [];
    const context: ErrorContext = { statement: text, database: this.#database };
    return new Promise((resolve, reject) => {
      this.send(text, {
        columns: (columns: readonly WireColumn[]) => {
          names = columns.map(({ name }) => name.toLowerCase());
        },
        row: (packet) => {
          const row: Record<string, string | null> = {};
          for (const name of names) {
            const length = readLength(packet);
            row[name] = length === null ? null : packet.buffer.toString('utf8', packet.offset, packet.offset + length);
            packet.offset += length ?? 0;
          }
          rows.push(row);
        },
        done: (end) => resolve({ rows, end }),
        failed: (error) => reject(toEngineError(error, context)),
      });
    });
  }

  /** Says good-bye and waits for the server to hang up; after a second it is cut off. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isClosing = true;
    // Also a reset ends it.
    const closed = once(this.#driver.stream, 'close').catch(() => undefined);
    const timer = setTimeout(() => this.#driver.stream.destroy(), 1_000);
    this.#driver.end();
    this.#driver.resume();
    await closed;
    clearTimeout(timer);
  }

  /** Cuts the connection off for a reason, which `onEnd` hears and the caller gets back. */
  abandon(error: EngineError): EngineError {
    this.#cause = error;
    this.#driver.stream.destroy();
    return error;
  }

  /** Cuts the connection off without a word. */
  destroy(): void {
    this.#isClosing = true;
    this.#driver.destroy();
    this.#driver.stream.destroy();
  }

  #reason(): EngineError | null {
    return this.#isClosing ? null : (this.#cause ?? lost());
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const listener of this.#listeners.splice(0)) listener(this.#reason());
  }
}

function lost(): EngineError {
  return new EngineError('connection_lost', 'The connection to the server is closed.');
}
