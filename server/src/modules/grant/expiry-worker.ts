import { sql } from 'kysely';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Ledger } from './ledger.ts';

/** The longest sleep: the store's clock may be stepped, and a notification may be lost. */
const longestSleepMs = 1_000;
const batch = 500;

interface Parts {
  readonly db: Db;
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly log: Log;
}

/** Latches the end of rows whose time has come, by the store's clock. Several server processes may do so at once. */
export class ExpiryWorker {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #pass: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.wake();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#pass;
  }

  /** The next end may have come nearer: look now. */
  wake(): void {
    if (this.#isStopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pass = this.#pass.then(async () => {
      const sleepMs = await this.runOnce().catch((err: unknown) => {
        this.#parts.log.error({ err }, 'expiry could not be looked after');
        return longestSleepMs;
      });
      if (this.#isStopped) return;
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.wake(), sleepMs);
    });
  }

  /** Ends everything that is due; answers how long to sleep until the next, in milliseconds. */
  async runOnce(): Promise<number> {
    const { db } = this.#parts;
    const { rows: due } = await sql<{ id: string; people: string[] }>`
      select g.id, case when g.person_id is not null then array[g.person_id]
        else coalesce((select array_agg(person_id) from tidegate.group_member where group_id = g.group_id), '{}') end as people
      from tidegate.access_grant g
      where g.closing_at is null and g.expires_at <= tidegate.now()
      order by g.expires_at limit ${batch}`.execute(db);
    if (due.length > 0) await this.#end(due);
    await this.#removeMembers();
    if (due.length === batch) return 0;
    const { rows } = await sql<{ ms: number | null }>`
      select greatest(0, extract(epoch from least(
          (select min(expires_at) from tidegate.access_grant where closing_at is null),
          (select min(expires_at) from tidegate.project_member)) - tidegate.now()) * 1000)::float8 as ms`.execute(db);
    const ms = rows[0]?.ms;
    return ms == null ? longestSleepMs : Math.min(longestSleepMs, Math.ceil(ms));
  }

  async #end(due: readonly { id: string; people: string[] }[]): Promise<void> {
    const people = due.flatMap((row) => row.people);
    await this.#parts.ledger.withChanging(people, async (tx) => {
      // Read again under the locks: another process may have ended them, or their end may have been moved.
      const rows = await tx
        .selectFrom('access_grant')
        .where(
          'id',
          'in',
          due.map((row) => row.id),
        )
        .where('closing_at', 'is', null)
        .where('expires_at', '<=', sql<Date>`tidegate.now()`)
        .select('id')
        .forUpdate()
        .skipLocked()
        .execute();
      await this.#parts.ledger.endGrants(
        tx,
        rows.map((row) => row.id),
        { kind: 'expired', by: null },
      );
    });
  }

  /** A membership that has ended is no row any more; the record keeps it. Its grant ended at the same instant. */
  async #removeMembers(): Promise<void> {
    await this.#parts.db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ id: string; projectId: string; role: string; name: string | null }>`
        delete from tidegate.project_member member
        where member.id in (
          select id from tidegate.project_member where expires_at <= tidegate.now() for update skip locked)
        returning member.id, member.project_id as "projectId", member.role,
          coalesce((select name from tidegate.person where id = member.person_id),
            (select name from tidegate.person_group where id = member.group_id)) as name`.execute(tx);
      await this.#parts.audit.appendMany(
        tx,
        rows.map((row) => ({
          kind: 'member.expired',
          actorId: null,
          projectId: row.projectId,
          data: { member: row.name, role: row.role },
        })),
      );
    });
  }
}
