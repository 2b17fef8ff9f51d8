import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

const presenceClass = 0x7473;

/**
 * Which server processes live: each holds a session-level advisory lock of the store as long as it runs, so that a
 * process that was killed is known to be gone at once, and its sessions are not believed to be open.
 */
export class ServerPresence {
  readonly serverId = randomBytes(6).toString('hex');
  readonly #pool: Pool;
  #client: PoolClient | null = null;
  #isStopped = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async start(): Promise<void> {
    const client = await this.#pool.connect();
    await client.query('select pg_advisory_lock($1, hashtext($2))', [presenceClass, this.serverId]);
    this.#client = client;
    client.once('error', () => {
      client.release(true);
      this.#client = null;
      if (!this.#isStopped) this.#startAgain();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#client?.release(true);
    this.#client = null;
  }

  /** Of these servers, those that live. */
  async living(serverIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.#pool.query<{ id: string }>(
      `select id from unnest($2::text[]) as id where exists (
         select from pg_locks where locktype = 'advisory' and granted and classid = $1::oid
           and objid = (hashtext(id)::bigint & 4294967295)::oid and database = (select oid from pg_database where datname = current_database()))`,
      [presenceClass, [...serverIds]],
    );
    return rows.map((row) => row.id);
  }

  /** The store was lost: present again as soon as it is back. */
  #startAgain(): void {
    void this.start().catch(() => {
      setTimeout(() => {
        if (!this.#isStopped) this.#startAgain();
      }, 1_000);
    });
  }
}
