import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { RecordedEvent } from './chain-walk.ts';

/** Exactly what was hashed, of the event `e`. */
export const recordedColumns: RawBuilder<unknown> = sql`
  e.writer, e.sequence::int as sequence, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  e.previous_hash as "previousHash", e.hash, e.kind, e.actor_id as "actorId", e.on_behalf_of_id as "onBehalfOfId",
  e.project_id as "projectId", e.instance_id as "instanceId", e.database_id as "databaseId",
  e.request_id as "requestId", e.grant_id as "grantId", e.session_id as "sessionId", e.statement_id as "statementId",
  e.data`;

/** Events of one chain in their order. */
export async function readEventsOf(
  db: Db,
  of: {
    readonly writer: string;
    /** Excluded. */
    readonly after: number;
    /** Included. */
    readonly through: number | undefined;
    readonly limit: number;
    readonly only?: RawBuilder<unknown>;
  },
): Promise<RecordedEvent[]> {
  const { rows } = await sql<RecordedEvent>`
    select ${recordedColumns} from tidegate.audit_event e
    where e.writer = ${of.writer} and e.sequence > ${of.after}
      and e.sequence <= ${of.through ?? Number.MAX_SAFE_INTEGER} and ${of.only ?? sql`true`}
    order by e.sequence limit ${of.limit}`.execute(db);
  return rows;
}
