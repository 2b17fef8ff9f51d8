import { EngineError, type InstanceTarget } from '../engine.ts';
import { connectingUser } from '../sign-in.ts';
import { refuseForeignSession } from '../stands-between.ts';
import { canBarOwnPasswords } from './account-keys.ts';
import { connect, type MySqlConnection, type Row } from './connection.ts';
import type { QueryEnd } from './text-query.ts';

const mostConnections = 4;
const idleMs = 30_000;
const workMs = 60_000;

const natureQuery = `SELECT VERSION() AS version, CONNECTION_ID() AS session, COUNT(*) AS validators FROM information_schema.PLUGINS
  WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'`;

/**
 * What administrative statements rely on: no quoting modes, one time zone (creation times are read), and no endless
 * wait for somebody's lock on a table.
 */
const settings = `SET SESSION sql_mode = '', time_zone = '+00:00', lock_wait_timeout = 15, autocommit = 1`;

export interface ConnectionNature {
  readonly isTls: boolean;
  readonly isMariaDb: boolean;
  /** False where a validation plugin wants to see passwords and therefore takes no hashes (MariaDB). */
  readonly takesHashes: boolean;
  readonly barsOwnPasswords: boolean;
}

interface Idle {
  readonly connection: MySqlConnection;
  readonly timer: NodeJS.Timeout;
}

/** A few connections of the connecting user, made when needed and closed when idle. Each statement stands alone. */
export class AdminConnections {
  readonly target: InstanceTarget;
  readonly #onLost: () => void;
  readonly #idle: Idle[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #open = new Set<MySqlConnection>();
  #nature: ConnectionNature | null = null;
  #inUse = 0;
  #isClosed = false;

  constructor(target: InstanceTarget, onLost: () => void = () => undefined) {
    this.target = target;
    this.#onLost = onLost;
  }

  rows(text: string): Promise<readonly Row[]> {
    return this.gather(text).then(({ rows }) => rows);
  }

  /** Runs one statement, with the server's counts. */
  gather(text: string): Promise<{ readonly rows: readonly Row[]; readonly end: QueryEnd }> {
    return this.use((connection) => connection.gather(text));
  }

  /**
   * Lends one connection. A kept one may be dead, and what it may do was decided when it logged in: where it is lost
   * or refused, the work is done again from the start on a fresh one, so it must bear to be done twice.
   */
  async use<T>(work: (connection: MySqlConnection) => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      const kept = this.#take();
      if (kept !== null) {
        try {
          return await this.#lend(kept, work);
        } catch (error) {
          if (!isWorthAnother(error)) throw error;
          kept.destroy();
          if (isLost(error)) this.#onLost();
          if (isReadOnly(error)) this.#dropIdle();
        }
      }
      return await this.#lend(await this.#connect(), work);
    } finally {
      this.#inUse -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Whether its connections are encrypted, and whether a MariaDB answers them; dials if that is not known yet. */
  async nature(): Promise<ConnectionNature> {
    if (this.#nature === null) await this.rows('DO 0');
    if (this.#nature === null) throw new EngineError('internal', 'No connection was made.');
    return this.#nature;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#open].map((connection) => connection.close()));
  }

  /** After a fail-over they all lead to what was the writer. */
  #dropIdle(): void {
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      connection.destroy();
    }
  }

  async #turn(): Promise<void> {
    while (this.#inUse >= mostConnections) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inUse += 1;
  }

  #take(): MySqlConnection | null {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (!idle.connection.isOver && !idle.connection.isClosing) return idle.connection;
    }
    return null;
  }

  async #connect(): Promise<MySqlConnection> {
    if (this.#isClosed) throw new EngineError('connection_lost', 'The administration of this instance was closed.');
    const login = { ...connectingUser(this.target), database: null, programName: 'Tidegate' };
    const connection = await connect(this.target, login);
    this.#open.add(connection);
    connection.onEnd((error) => {
      this.#open.delete(connection);
      if (error !== null) this.#onLost();
    });
    try {
      await connection.rows(settings);
      const [row] = await connection.rows(natureQuery);
      refuseForeignSession(connection.sessionId, Number(row?.['session']) % 2 ** 32);
      const version = row?.['version'] ?? '';
      const isMariaDb = version.includes('MariaDB');
      const takesHashes = row?.['validators'] === '0';
      const barsOwnPasswords = canBarOwnPasswords(version);
      this.#nature = { isTls: connection.isTls, isMariaDb, takesHashes, barsOwnPasswords };
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  async #lend<T>(connection: MySqlConnection, work: (connection: MySqlConnection) => Promise<T>): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.destroy();
    }, workMs);
    try {
      return await work(connection);
    } catch (error) {
      if (isLate) throw new EngineError('timeout', `The server did not answer within ${workMs / 1_000} s.`);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#keep(connection);
    }
  }

  #keep(connection: MySqlConnection): void {
    if (connection.isOver || connection.isClosing) return;
    if (this.#isClosed) return void connection.close();
    const timer = setTimeout(() => {
      const index = this.#idle.findIndex((idle) => idle.connection === connection);
      if (index !== -1) this.#idle.splice(index, 1);
      void connection.close();
    }, idleMs);
    timer.unref();
    this.#idle.push({ connection, timer });
  }
}

/** The server went, or was the writer before a fail-over. */
function isLost(error: unknown): boolean {
  return error instanceof EngineError && (error.kind === 'connection_lost' || isReadOnly(error));
}

/** 1095 refuses to end another's session; it has no kind of its own. */
function isWorthAnother(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  return ['connection_lost', 'access_refused'].includes(error.kind) || error.serverCode === '1095' || isReadOnly(error);
}

function isReadOnly(error: unknown): boolean {
  return error instanceof EngineError && error.kind === 'read_only';
}
