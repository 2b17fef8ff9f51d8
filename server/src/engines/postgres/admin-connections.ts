import { setTimeout as pause } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { EngineError, type EngineErrorKind, type InstanceTarget } from '../engine.ts';
import { connectingUser } from '../sign-in.ts';
import { connect, type PostgresConnection } from './connection.ts';
import { isServerMessage, toEngineError } from './errors.ts';

const maxConnections = 4;
const idleMs = 5_000;

/** Another transaction changed the same catalog row, made the same role, or waits for us: nothing was done, try again. */
const passing = new Set(['XX000', '40001', '40P01', '23505', '42710']);
const attempts = 8;

export function isPassing(error: unknown): boolean {
  return error instanceof EngineError && passing.has(error.serverCode ?? '');
}

/** Read-only: after a fail-over the connection is to what was the writer; the name leads to the new one. */
const stale: ReadonlySet<EngineErrorKind> = new Set(['connection_lost', 'ended_by_administrator', 'read_only']);
const goodbyeMs = 1_000;

/** Nothing that people put into a schema may stand between us and the server's own functions. */
const settings = {
  standard_conforming_strings: 'on',
  search_path: 'pg_catalog,pg_temp',
  statement_timeout: '60000',
  lock_timeout: '10000',
  client_min_messages: 'warning',
} as const;

export async function rowsOf<Row extends QueryResultRow>(
  client: Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await client.query<Row>(text, [...values])).rows;
}

interface Idle {
  readonly database: string;
  readonly connection: PostgresConnection;
  readonly timer: NodeJS.Timeout;
}

/**
 * The few connections of the connecting user. Idle ones go after seconds: a connection to somebody's database stands
 * in the way of dropping or copying it.
 */
export class AdminConnections {
  readonly #target: InstanceTarget;
  readonly #onLost: () => void;
  #idle: Idle[] = [];
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(target: InstanceTarget, onLost: () => void = () => undefined) {
    this.#target = target;
    this.#onLost = onLost;
  }

  get maintenanceDatabase(): string {
    return this.#target.maintenanceDatabase ?? 'postgres';
  }

  /** The role that makes accounts sign in by token; null where they have passwords. */
  get tokenRole(): string | null {
    return this.#target.tokens?.accounts?.postgresRole ?? null;
  }

  /** Gives a connection to `work` alone; errors leave as `EngineError`. Null is the maintenance database. */
  async use<T>(
    database: string | null,
    work: (client: Client, connection: PostgresConnection) => Promise<T>,
  ): Promise<T> {
    const name = database ?? this.maintenanceDatabase;
    await this.#takePlace();
    try {
      const idle = this.#takeIdle(name);
      if (idle === null) return await this.#useOne(name, await this.#connect(name), work);
      try {
        return await this.#useOne(name, idle, work);
      } catch (error) {
        // An idle connection may be gone without our knowing: the server restarted, or somebody ended it. What we do
        // can be done twice.
        if (!(error instanceof EngineError && stale.has(error.kind))) throw error;
        this.#onLost();
        await this.#dropIdle();
        return await this.#useOne(name, await this.#connect(name), work);
      }
    } finally {
      this.#leavePlace();
    }
  }

  async #useOne<T>(
    database: string,
    connection: PostgresConnection,
    work: (client: Client, connection: PostgresConnection) => Promise<T>,
  ): Promise<T> {
    let isSound = false;
    try {
      const result = await work(connection.client, connection);
      isSound = true;
      return result;
    } catch (error) {
      isSound = isServerMessage(error) && connection.client.getTransactionStatus() === 'I';
      throw toEngineError(error);
    } finally {
      await this.#giveBack(database, connection, isSound);
    }
  }

  /** Runs `work` in one transaction, again from the start when another transaction was in its way. */
  async transaction<T>(database: string | null, work: (client: Client) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.use(database, (client) => inTransaction(client, work));
      } catch (error) {
        if (attempt === attempts || !isPassing(error)) throw error;
        await pause(attempt * 10 * (1 + Math.random()));
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#dropIdle();
  }

  async #dropIdle(): Promise<void> {
    const idle = this.#idle.splice(0);
    await Promise.all(idle.map(({ connection, timer }) => endQuietly(connection, timer)));
  }

  async #connect(database: string): Promise<PostgresConnection> {
    const login = { ...connectingUser(this.#target), database, applicationName: 'Tidegate', settings };
    const connection = await connect(this.#target, login);
    connection.client.once('end', () => {
      this.#forget(connection);
      if (!leaving.has(connection)) this.#onLost();
    });
    return connection;
  }

  #forget(connection: PostgresConnection): void {
    this.#idle = this.#idle.filter((idle) => idle.connection !== connection);
  }

  async #takePlace(): Promise<void> {
    if (this.#open < maxConnections) {
      this.#open += 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leavePlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#open -= 1;
    else next();
  }

  #takeIdle(database: string): PostgresConnection | null {
    const index = this.#idle.findLastIndex((idle) => idle.database === database);
    const [taken] = index < 0 ? [] : this.#idle.splice(index, 1);
    if (taken === undefined) return null;
    clearTimeout(taken.timer);
    return taken.connection;
  }

  async #giveBack(database: string, connection: PostgresConnection, isSound: boolean): Promise<void> {
    if (!isSound || this.#isClosed || connection.socket.destroyed) return endQuietly(connection);
    const timer = setTimeout(() => {
      this.#forget(connection);
      void endQuietly(connection);
    }, idleMs);
    timer.unref();
    this.#idle.push({ database, connection, timer });
    if (this.#idle.length <= maxConnections) return;
    const oldest = this.#idle.shift();
    if (oldest !== undefined) await endQuietly(oldest.connection, oldest.timer);
  }
}

/** Connections that we end ourselves. */
const leaving = new WeakSet<PostgresConnection>();

async function endQuietly(connection: PostgresConnection, timer?: NodeJS.Timeout): Promise<void> {
  leaving.add(connection);
  clearTimeout(timer);
  // A connection that is broken already cannot say goodbye, and need not.
  const end = connection.client.end().catch(() => undefined);
  await Promise.race([end, pause(goodbyeMs, undefined, { ref: false })]);
  connection.socket.destroy();
}

async function inTransaction<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // The first error is the one to tell; a connection that cannot roll back is thrown away by its owner.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
