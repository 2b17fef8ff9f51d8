import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { runOn, thisThread } from './processors.ts';

const tickMs = 5;
const mostTogether = 200;

/**
 * Events of statements at a steady rate, stored as the server stores them: what comes while a commit is under way shares
 * the next. On a chain of their own, as those of another server process would be, or on the chain of the server that is
 * measured, whose statements then need the same lock. Without a chain they are made and sent to the store, which does
 * nothing with them: what making them costs the machine of a benchmark.
 */
export class RecordLoad {
  readonly waits: number[] = [];
  readonly #client: pg.Client;
  readonly #writer: string | null;
  #waiting: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #written = 0;
  #activeMs = 0;
  #startedAt = 0;

  private constructor(client: pg.Client, writer: string | null) {
    this.#client = client;
    this.#writer = writer;
  }

  /** With a processor, this thread and its connection's process of the store run on that one alone. */
  static async open(url: string, writer: string | null, processor: number | null): Promise<RecordLoad> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    if (processor !== null) {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      for (const task of [thisThread(), rows[0]?.pid ?? 0]) runOn(processor, task);
    }
    return new RecordLoad(client, writer);
  }

  start(eventsPerSecond: number): void {
    this.#startedAt = performance.now();
    let due = 0;
    let last = this.#startedAt;
    this.#timer = setInterval(() => {
      const now = performance.now();
      due += ((now - last) * eventsPerSecond) / 1_000;
      last = now;
      for (; due >= 1; due--) this.#waiting.push(now);
      if (!this.#isBusy) void this.#write();
    }, tickMs);
  }

  /** Resolves when all that is waiting is written. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isBusy) await this.#write();
    while (this.#isBusy) await new Promise((resolve) => setImmediate(resolve));
    this.#activeMs += performance.now() - this.#startedAt;
  }

  /** Events a second, over all times between start and stop. */
  get rate(): number {
    return (this.#written * 1_000) / this.#activeMs;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #write(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, mostTogether);
      const events = group.map((_since, index) => encoded(index));
      await this.#client.query({
        name: 'load',
        text: this.#writer === null ? 'select $1, $2::json' : 'call tidegate.record_audit_events($1, $2::jsonb)',
        values: [this.#writer, JSON.stringify(events)],
      });
      const now = performance.now();
      for (const since of group) this.waits.push(now - since);
      this.#written += group.length;
    }
    this.#isBusy = false;
  }
}

const place = {
  ...{ actorId: randomUUID(), onBehalfOfId: null, projectId: randomUUID(), instanceId: randomUUID() },
  ...{ databaseId: randomUUID(), requestId: null, grantId: randomUUID(), sessionId: randomUUID() },
};

/** Beginnings and ends of statements in turn. Their hashes cost the server's process what they cost here. */
function encoded(index: number) {
  const isBeginning = index % 2 === 0;
  const data = {
    ...{ person: 'Dev', project: 'Shop', database: 'shop', instance: 'Bench', account: 'tg_abcd_efgh_dev_123456' },
    ...(isBeginning
      ? { text: 'select id, name, price from item where id = 4711', kind: 'read', tables: ['public.item'] }
      : { state: 'succeeded', rows: 1, affectedRows: null, databaseMs: 0.4, errorCode: null, errorMessage: null }),
  };
  const kind = isBeginning ? 'statement.started' : 'statement.finished';
  const content = { kind, ...place, statementId: randomUUID(), data };
  const contentHash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { ...content, contentHash, ...(isBeginning ? { mentions: [`table:${place.databaseId}:public.item`] } : {}) };
}
