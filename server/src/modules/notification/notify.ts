import type { NoticeKind } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Tx } from '../../platform/store/tx.ts';

/** Something that people have to be told. */
export interface NewNotice {
  readonly about: NoticeKind;
  /** Told once each; nobody is fine. */
  readonly to: readonly string[];
  /** Who did it: he knows. */
  readonly by?: string | null | undefined;
  /** In words: `Olga approved your request #12.` */
  readonly sentence: string;
  /** A reason or a comment. */
  readonly detail?: string | null | undefined;
  readonly projectId?: string | null | undefined;
  readonly requestId?: string | null | undefined;
  readonly grantId?: string | null | undefined;
}

/**
 * Writes the notice with the change that it speaks of: both are committed or neither. Each reader of the outbox (the
 * inbox; later mail and chat) passes it on after that, at least once.
 */
export async function notify(tx: Tx, notice: NewNotice): Promise<void> {
  await notifyMany(tx, [notice]);
}

/** The same for hundreds that happen together, in one statement: whoever closes them has no time to lose. */
export async function notifyMany(tx: Tx, notices: readonly NewNotice[]): Promise<void> {
  const rows = notices.map(rowOf).filter((row) => row.people.length > 0);
  if (rows.length === 0) return;
  await sql`
    with written as (
      insert into tidegate.notice_outbox (kind, person_ids, sentence, detail, project_id, request_id, grant_id, at)
      select kind, people, sentence, detail, project, request, "grant", tidegate.now()
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as row(kind text, people uuid[], sentence text, detail text, project uuid, request uuid, "grant" uuid)
      returning id
    )
    insert into tidegate.notice_delivery (outbox_id, reader)
    select written.id, notice_reader.name from written cross join tidegate.notice_reader`.execute(tx);
  await sql`select pg_notify(${noticeChannel}, '')`.execute(tx);
}

function rowOf(notice: NewNotice) {
  const detail = notice.detail?.trim() ?? '';
  return {
    kind: notice.about,
    people: [...new Set(notice.to)].filter((personId) => personId !== notice.by),
    sentence: notice.sentence,
    detail: detail === '' ? null : detail,
    project: notice.projectId ?? null,
    request: notice.requestId ?? null,
    grant: notice.grantId ?? null,
  };
}

/** Told at commit whenever there is something for the readers. */
export const noticeChannel = 'tidegate_notice';
