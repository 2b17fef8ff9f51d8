import { EngineError, type InstanceTarget } from '../engine.ts';
import { connect, type MySqlConnection, type Row } from './connection.ts';
import type { QueryEnd } from './text-query.ts';

const mostConnections = 4;
const idleMs = 30_000;
const statementMs = 60_000;

const natureQuery = `SELECT VERSION() AS version, COUNT(*) AS validators FROM information_schema.PLUGINS
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
}

interface Idle {
  readonly connection: MySqlConnection;
  readonly timer: NodeJS.Timeout;
}

/** A few connections of the connecting user, made when needed and closed when idle. Each statement stands alone. */
export class AdminConnections {
  readonly target: InstanceTarget;
  readonly #idle: Idle[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #open = new Set<MySqlConnection>();
  #nature: ConnectionNature | null = null;
  #inUse = 0;
  #isClosed = false;

  constructor(target: InstanceTarget) {
    this.target = target;
  }

  rows(text: string): Promise<readonly Row[]> {
    return this.gather(text).then(({ rows }) => rows);
  }

  /** Runs one statement; a kept connection that turns out to be dead is replaced once (each verb may run twice). */
  async gather(text: string): Promise<{ readonly rows: readonly Row[]; readonly end: QueryEnd }> {
    await this.#turn();
    try {
      const kept = this.#take();
      if (kept !== null) {
        try {
          return await this.#run(kept, text);
        } catch (error) {
          if (!(error instanceof EngineError && error.kind === 'connection_lost')) throw error;
        }
      }
      return await this.#run(await this.#connect(), text);
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

  async #turn(): Promise<void> {
    while (this.#inUse >= mostConnections) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inUse += 1;
  }

  #take(): MySqlConnection | null {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (!idle.connection.isOver) return idle.connection;
    }
    return null;
  }

  async #connect(): Promise<MySqlConnection> {
    if (this.#isClosed) throw new EngineError('connection_lost', 'The administration of this instance was closed.');
    const { user, password } = this.target;
    const connection = await connect(this.target, { user, password, database: null, programName: 'Tidegate' });
    this.#open.add(connection);
    connection.onEnd(() => this.#open.delete(connection));
    try {
      await connection.rows(settings);
      const [row] = await connection.rows(natureQuery);
      const isMariaDb = (row?.['version'] ?? '').includes('MariaDB');
      this.#nature = { isTls: connection.isTls, isMariaDb, takesHashes: row?.['validators'] === '0' };
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  async #run(connection: MySqlConnection, text: string) {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.destroy();
    }, statementMs);
    try {
      const result = await connection.gather(text);
      this.#keep(connection);
      return result;
    } catch (error) {
      this.#keep(connection);
      if (isLate) throw new EngineError('timeout', `The server did not answer within ${statementMs / 1_000} s.`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #keep(connection: MySqlConnection): void {
    if (connection.isOver) return;
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
