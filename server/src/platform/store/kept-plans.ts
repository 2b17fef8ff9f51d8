import { createHash } from 'node:crypto';
import {
  type PostgresCursor,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type RawBuilder,
  sql,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';

const mark = '/* kept */';

/**
 * Begins a query that every statement of every person waits for: it is parsed and planned once a connection instead of
 * each time. Only for queries whose text is always the same: each text stays with its connection.
 */
export const kept: RawBuilder<unknown> = sql.raw(mark);

/** The pool as the query builder takes it, with the plans of marked queries kept. */
export function keepingPlans(pool: Pool): PostgresPool {
  const wrapped = new WeakMap<PoolClient, KeepingClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect();
      const found = wrapped.get(client) ?? new KeepingClient(client);
      wrapped.set(client, found);
      return found;
    },
  };
}

class KeepingClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  #isReadOnly = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    text: string | PostgresCursor<R>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new Error('The store is not read by cursors.');
    const query = text.startsWith(mark)
      ? { name: nameOf(text), text, values: [...values] }
      : { text, values: [...values] };
    return this.#noting(this.#client.query(query) as Promise<unknown> as Promise<PostgresQueryResult<R>>);
  }

  release(isBroken?: boolean): void {
    this.#client.release(isBroken === true || this.#isReadOnly);
  }

  /** After a fail-over the connection is to what was the writer: it goes, and the next one is dialled by name. */
  async #noting<R>(result: Promise<PostgresQueryResult<R>>): Promise<PostgresQueryResult<R>> {
    try {
      return await result;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '25006') this.#isReadOnly = true;
      throw error;
    }
  }
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  names.set(text, name);
  return name;
}
