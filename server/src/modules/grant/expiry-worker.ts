import { sql } from 'kysely';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { noticeEndsAhead } from './end-notices.ts';
import { GrantsThatBegin } from './grants-that-begin.ts';
import type { Ledger } from './ledger.ts';

/** The longest sleep: the store's clock may be stepped, and a notification may be lost. */
const longestSleepMs = 1_000;
const batch = 500;

/** Read once a statement, so that the index of what is due can be used. */
const now = sql`(select tidegate.now())`;

interface Parts {
  readonly db: Db;
  readonly ledger: Ledger;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly log: Log;
}

interface ExpiredMember {
  readonly id: string;
  readonly projectId: string;
  readonly role: string;
  readonly name: string | null;
}

/** Latches the end of rows whose time has come, by the store's clock. Several server processes may do so at once. */
export class ExpiryWorker {
  readonly #parts: Parts;
  readonly #begin: GrantsThatBegin;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #pass: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#begin = new GrantsThatBegin(parts.db);
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
      if (this.#isStopped) return;
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
      where g.closing_at is null and g.expires_at <= ${now}
      order by g.expires_at limit ${batch}`.execute(db);
    if (due.length > 0) await this.#end(due);
    await this.#removeMembers();
    await this.#begin.look();
    await noticeEndsAhead(db);
    if (due.length === batch) return 0;
    const { rows } = await sql<{ ms: number | null }>`
      select extract(epoch from least(
          (select min(expires_at) from tidegate.access_grant where closing_at is null and expires_at is not null),
          (select min(expires_at) from tidegate.project_member)) - tidegate.now())::float8 * 1000 as ms`.execute(db);
    return Math.max(0, Math.min(longestSleepMs, Math.ceil(rows[0]?.ms ?? longestSleepMs)));
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
        .where('expires_at', '<=', sql<Date>`(select tidegate.now())`)
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

  /** A membership that has ended is no row any more; the record keeps it. What stood on it ends in the same moment. */
  async #removeMembers(): Promise<void> {
    const { db, ledger, guard, audit, feed } = this.#parts;
    const { rows: people } = await sql<{ id: string }>`
      select person_id as id from tidegate.project_member where expires_at <= ${now} and person_id is not null
      union
      select group_member.person_id from tidegate.project_member join tidegate.group_member using (group_id)
      where expires_at <= ${now}`.execute(db);
    const { rows: waiting } = await sql`
      select from tidegate.project_member where expires_at <= ${now} limit 1`.execute(db);
    if (waiting.length === 0) return;
    const personIds = people.map((person) => person.id);
    await ledger.withChanging(personIds, async (tx) => {
      const { rows } = await sql<ExpiredMember>`
        delete from tidegate.project_member member where member.expires_at <= ${now}
        returning member.id, member.project_id as "projectId", member.role,
          coalesce((select name from tidegate.person where id = member.person_id),
            (select name from tidegate.person_group where id = member.group_id)) as name`.execute(tx);
      if (rows.length === 0) return;
      await guard.accessChanged(tx, personIds, { kind: 'expired', by: null });
      for (const projectId of new Set(rows.map((row) => row.projectId))) {
        await feed.publish(tx, {
          event: { topic: 'member', id: null, projectId },
          audience: { personIds, projectId },
        });
      }
      await audit.appendMany(
        tx,
        rows.map(({ projectId, name, role }) => ({
          kind: 'member.expired',
          actorId: null,
          projectId,
          data: { member: name, role },
        })),
      );
    });
  }
}
