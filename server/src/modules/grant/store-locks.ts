import { setTimeout as pause } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

const accountClass = 0x7461;
const instanceClasses = { reconcile: 0x7472, sweep: 0x7477 } as const;
const longestPauseMs = 100;
const takeMany = 'select key, pg_try_advisory_lock($1, hashtext(key)) as done from unnest($2::text[]) as key';
const giveBackMany = 'select key, pg_advisory_unlock($1, hashtext(key)) as done from unnest($2::text[]) as key';

/** Rejects when the lock may no longer be held, because the connection that held it was lost. */
export type AssertHeld = () => void;

/**
 * Locks of the store by which server processes share work at database servers. They belong to one connection of this
 * process, so that they are let go when it dies anywhere, and however many are held or waited for, the pool keeps its
 * other connections.
 */
export class StoreLocks {
  readonly #pool: Pool;
  #opening: Promise<PoolClient> | null = null;
  /** The connection that holds the locks; null while there is none. */
  #client: PoolClient | null = null;
  #asking: Promise<unknown> = Promise.resolve();
  /** Inside the process the store's locks would not exclude anybody: they belong to the connection. */
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Work on one account is done by one at a time. Waits for its turn. */
  async withAccount<T>(accountId: string, work: (assertHeld: AssertHeld) => Promise<T>): Promise<T> {
    return await this.#inTurn(`account ${accountId}`, async () => {
      for (let pauseMs = 5; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
        const held = await this.#take(accountClass, accountId);
        if (held !== null) return await this.#holding(held, accountClass, accountId, work);
        await pause(pauseMs);
      }
    });
  }

  /** Work on those of these accounts that nobody is at work on now; without waiting for the others. */
  async tryAccounts(
    accountIds: readonly string[],
    work: (accountIds: readonly string[], assertHeld: AssertHeld) => Promise<void>,
  ): Promise<void> {
    const free = accountIds.filter((id) => !this.#queues.has(`account ${id}`));
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    for (const id of free) void this.#inTurn(`account ${id}`, () => done);
    try {
      const client = await this.#connection();
      const held = await this.#askMany(client, takeMany, free);
      try {
        await work(held, () => this.#assertHeld(client));
      } finally {
        await this.#askMany(client, giveBackMany, held).catch(() => []);
      }
    } finally {
      finish();
    }
  }

  /** One process at a time does this on an instance. False when another one is at it, and the work is not begun. */
  async tryInstance(
    what: keyof typeof instanceClasses,
    instanceId: string,
    work: () => Promise<void>,
  ): Promise<boolean> {
    const lockClass = instanceClasses[what];
    return await this.#inTurn(`${what} ${instanceId}`, async () => {
      const held = await this.#take(lockClass, instanceId);
      if (held === null) return false;
      await this.#holding(held, lockClass, instanceId, work);
      return true;
    });
  }

  async stop(): Promise<void> {
    await this.#opening?.catch(() => null);
    this.#drop(this.#client);
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const own = before.then(work, work);
    this.#queues.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#queues.get(key) === own) this.#queues.delete(key);
    }
  }

  /** The connection that holds the lock now, or null when another process has it. */
  async #take(lockClass: number, key: string): Promise<PoolClient | null> {
    const client = await this.#connection();
    const isTaken = await this.#ask(client, 'select pg_try_advisory_lock($1, hashtext($2)) as done', lockClass, key);
    return isTaken ? client : null;
  }

  async #holding<T>(
    client: PoolClient,
    lockClass: number,
    key: string,
    work: (assertHeld: AssertHeld) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(() => this.#assertHeld(client));
    } finally {
      // When the connection is broken the lock is gone with it.
      await this.#ask(client, 'select pg_advisory_unlock($1, hashtext($2)) as done', lockClass, key).catch(() => false);
    }
  }

  #assertHeld(client: PoolClient): void {
    if (this.#client !== client) throw new Error('The lock was lost with its connection to the store.');
  }

  async #ask(client: PoolClient, text: string, lockClass: number, key: string): Promise<boolean> {
    return await this.#askInTurn(
      async () => (await client.query<{ done: boolean }>(text, [lockClass, key])).rows[0]?.done === true,
    );
  }

  /** Those for which it was done. */
  async #askMany(client: PoolClient, text: string, keys: readonly string[]): Promise<string[]> {
    return await this.#askInTurn(async () => {
      const { rows } = await client.query<{ key: string; done: boolean }>(text, [accountClass, keys]);
      return rows.filter((row) => row.done).map((row) => row.key);
    });
  }

  /** One question after the other: the connection is shared by everything that is locked. */
  async #askInTurn<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#asking.then(ask, ask);
    this.#asking = answer;
    return await answer;
  }

  async #connection(): Promise<PoolClient> {
    if (this.#client !== null) return this.#client;
    this.#opening ??= this.#pool.connect().finally(() => {
      this.#opening = null;
    });
    const client = await this.#opening;
    if (this.#client !== client) {
      this.#client = client;
      client.once('error', () => this.#drop(client));
    }
    return client;
  }

  #drop(client: PoolClient | null): void {
    if (client === null || this.#client !== client) return;
    this.#client = null;
    client.release(true);
  }
}
