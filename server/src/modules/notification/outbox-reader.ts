import { sql } from 'kysely';
import type { Log } from '../../platform/log/log.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';

/** A notice as a reader gets it. */
export interface OutboxNotice {
  readonly id: string;
  readonly kind: string;
  readonly personIds: readonly string[];
  readonly sentence: string;
  readonly detail: string | null;
  readonly projectId: string | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly at: Date;
}

/** A way on which notices go on; its name is a row of `notice_reader`. */
export interface NoticeReader {
  readonly name: string;
  /**
   * Passes notices on. What it writes with `tx` is committed together with their being done; what it does elsewhere may
   * be done again, because a notice stays until that commit. Rejects when it could not: they come again, later.
   */
  deliver(tx: Tx, notices: readonly OutboxNotice[]): Promise<void>;
}

const batch = 200;
/** Also what was notified while nobody listened. */
const longestSleepMs = 15_000;
/** What is due and taken by another process at this moment comes free soon, or is done. */
const shortestSleepMs = 1_000;
const longestBackoffS = 300;

/** Takes what waits for one reader and hands it over. Several server processes share the work by skipping locked rows. */
export class OutboxReader {
  readonly #db: Db;
  readonly #log: Log;
  readonly #reader: NoticeReader;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #pass: Promise<void> = Promise.resolve();

  constructor(parts: { db: Db; log: Log; reader: NoticeReader }) {
    this.#db = parts.db;
    this.#log = parts.log;
    this.#reader = parts.reader;
  }

  /** Something was written: look now. */
  wake(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#pass = this.#pass.then(async () => {
      if (this.#isStopped) return;
      await this.drain().catch((err: unknown) => {
        this.#log.warn({ err, reader: this.#reader.name }, 'notices could not be passed on yet');
      });
      const sleepMs = await this.#untilNextAttempt().catch(() => longestSleepMs);
      clearTimeout(this.#timer);
      if (!this.#isStopped) this.#timer = setTimeout(() => this.wake(), sleepMs);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /** Hands over everything that waits now. */
  async drain(): Promise<void> {
    while (!this.#isStopped && (await this.#handOver()) === batch);
  }

  async #handOver(): Promise<number> {
    let ids: readonly string[] = [];
    try {
      return await this.#db.transaction().execute(async (tx) => {
        const notices = await this.#take(tx);
        ids = notices.map((notice) => notice.id);
        if (ids.length === 0) return 0;
        await this.#reader.deliver(tx, notices);
        const done = tx.deleteFrom('notice_delivery').where('reader', '=', this.#reader.name);
        await done.where('outbox_id', 'in', ids).execute();
        return ids.length;
      });
    } catch (error) {
      await this.#putOff(ids, error);
      throw error;
    }
  }

  async #take(tx: Tx): Promise<OutboxNotice[]> {
    const { rows } = await sql<OutboxNotice>`
      with taken as (
        select outbox_id from tidegate.notice_delivery
        where reader = ${this.#reader.name} and next_attempt_at <= clock_timestamp()
        order by next_attempt_at limit ${batch} for update skip locked
      )
      select o.id, o.kind, o.person_ids as "personIds", o.sentence, o.detail, o.project_id as "projectId",
        o.request_id as "requestId", o.grant_id as "grantId", o.at
      from tidegate.notice_outbox o where o.id in (select outbox_id from taken) order by o.at`.execute(tx);
    return rows;
  }

  async #untilNextAttempt(): Promise<number> {
    const { rows } = await sql<{ ms: number | null }>`
      select (extract(epoch from min(next_attempt_at) - clock_timestamp()) * 1000)::float8 as ms
      from tidegate.notice_delivery where reader = ${this.#reader.name}`.execute(this.#db);
    return Math.min(Math.max(rows[0]?.ms ?? longestSleepMs, shortestSleepMs), longestSleepMs);
  }

  /** Twice as long each time. */
  async #putOff(ids: readonly string[], error: unknown): Promise<void> {
    if (ids.length === 0) return;
    await sql`
      update tidegate.notice_delivery
      set attempts = attempts + 1, last_error = ${error instanceof Error ? error.message : String(error)},
        next_attempt_at = clock_timestamp() + make_interval(secs => least(${longestBackoffS}, 2 ^ attempts))
      where reader = ${this.#reader.name} and outbox_id = any(${[...ids]}::uuid[])`.execute(this.#db);
  }
}
