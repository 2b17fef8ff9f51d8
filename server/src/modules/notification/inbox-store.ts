import type { NoticeKind } from '@tidegate/contract';
import { type RawBuilder, sql } from 'kysely';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { NoticeReader, OutboxNotice } from './outbox-reader.ts';

export interface InboxRow {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly sentence: string;
  readonly detail: string | null;
  readonly at: Date;
  readonly readAt: Date | null;
  readonly projectId: string | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
}

/** Everybody's notices. Each call is about one person's own; others' do not exist for it. */
export class InboxStore implements NoticeReader {
  readonly name = 'inbox';
  readonly #db: Db;
  readonly #feed: ChangeFeed;

  constructor(db: Db, feed: ChangeFeed) {
    this.#db = db;
    this.#feed = feed;
  }

  /** Whoever was deactivated meanwhile is told nothing. A notice that comes again is already there. */
  async deliver(tx: Tx, notices: readonly OutboxNotice[]): Promise<void> {
    const { rows } = await sql<{ personId: string }>`
      insert into tidegate.notice (outbox_id, person_id, at)
      select o.id, person.id, o.at from tidegate.notice_outbox o
      cross join unnest(o.person_ids) as told
      join tidegate.person on person.id = told and person.state <> 'deactivated'
      where o.id = any(${notices.map((notice) => notice.id)}::uuid[])
      on conflict do nothing returning person_id as "personId"`.execute(tx);
    await this.#announce(
      tx,
      rows.map((row) => row.personId),
    );
  }

  async list(
    personId: string,
    filter: { unread?: boolean | undefined; search?: string | undefined },
    page: number,
    pageSize: number,
  ): Promise<{ rows: InboxRow[]; total: number }> {
    const search = filter.search?.trim() ?? '';
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    const where = sql`n.person_id = ${personId} and (${filter.unread !== true} or n.read_at is null)
      and (${search === ''} or o.sentence ilike ${pattern} or o.detail ilike ${pattern})`;
    const { rows: counted } = await sql<{ total: number }>`
      select count(*)::int as total from tidegate.notice n join tidegate.notice_outbox o on o.id = n.outbox_id
      where ${where}`.execute(this.#db);
    const order = sql`order by n.at desc, n.id limit ${pageSize} offset ${(page - 1) * pageSize}`;
    return { rows: await read(this.#db, where, order), total: counted[0]?.total ?? 0 };
  }

  async countUnread(personId: string): Promise<number> {
    const { rows } = await sql<{ unread: number }>`
      select count(*)::int as unread from tidegate.notice where person_id = ${personId} and read_at is null`.execute(
      this.#db,
    );
    return rows[0]?.unread ?? 0;
  }

  /** Null where the person has no such notice. */
  async mark(personId: string, noticeId: string, isRead: boolean): Promise<InboxRow | null> {
    return await this.#db.transaction().execute(async (tx) => {
      await sql`
        update tidegate.notice set read_at = case when ${isRead} then coalesce(read_at, tidegate.now()) end
        where id = ${noticeId} and person_id = ${personId}`.execute(tx);
      const [row] = await read(tx, sql`n.id = ${noticeId} and n.person_id = ${personId}`, sql``);
      if (row !== undefined) await this.#announce(tx, [personId]);
      return row ?? null;
    });
  }

  async markAll(personId: string, until: Date): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await sql`
        update tidegate.notice set read_at = tidegate.now()
        where person_id = ${personId} and read_at is null and date_trunc('milliseconds', at) <= ${until}`.execute(tx);
      await this.#announce(tx, [personId]);
    });
  }

  async #announce(tx: Tx, personIds: readonly string[]): Promise<void> {
    if (personIds.length === 0) return;
    const event = { topic: 'notice' as const, id: null, projectId: null };
    await this.#feed.publish(tx, { event, audience: { personIds, projectId: null } });
  }
}

async function read(db: Db, where: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<InboxRow[]> {
  const { rows } = await sql<InboxRow>`
    select n.id, o.kind, o.sentence, o.detail, n.at, n.read_at as "readAt", o.project_id as "projectId",
      o.request_id as "requestId", o.grant_id as "grantId"
    from tidegate.notice n join tidegate.notice_outbox o on o.id = n.outbox_id where ${where} ${order}`.execute(db);
  return rows;
}
