import { randomUUID } from 'node:crypto';
import { type MaskedText, maskMessage } from '@tidegate/sql-analysis';
import { sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';

export interface StatementStart {
  readonly sessionId: string;
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly databaseId: string;
  readonly instanceId: string;
  readonly projectId: string | null;
  /** As it is sent. */
  readonly text: string;
  /** As it is kept: without passwords. */
  readonly recorded: MaskedText;
  readonly kind: string | null;
  /** Null where analysis was not sure. */
  readonly tables: readonly string[] | null;
  readonly grantIds: readonly string[];
  /** Names as they are now, for the record. */
  readonly names: {
    readonly person: string;
    readonly project: string | null;
    readonly database: string;
    readonly instance: string;
    readonly account: string;
  };
}

export interface StatementEnd {
  readonly state: 'succeeded' | 'failed' | 'cancelled' | 'ended';
  readonly rows: number | null;
  readonly affectedRows: number | null;
  readonly databaseMs: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** The two audit events of a statement, each with its row. Every statement waits for both: one round trip each. */
export class StatementLog {
  readonly #db: Db;
  readonly #audit: AuditLog;

  constructor(db: Db, audit: AuditLog) {
    this.#db = db;
    this.#audit = audit;
  }

  /**
   * Committed when it resolves; only then may the statement be sent. Null when the session is not open any more on
   * record, whatever its connection says: nothing is sent in a session that others believe to have ended.
   */
  async started(start: StatementStart): Promise<{ statementId: string; startedAt: Date } | null> {
    const statementId = randomUUID();
    const event = this.#audit.appending({
      kind: 'statement.started',
      ...placeOf(start, statementId),
      data: {
        ...start.names,
        text: start.recorded.text,
        kind: start.kind,
        tables: start.tables ?? 'unknown',
        grants: start.grantIds,
      },
    });
    const { rows } = await sql<{ startedAt: Date }>`${kept}
      with live as (
        update tidegate.session set last_used_at = tidegate.now()
        where id = ${start.sessionId} and state = 'open' returning id
      ), row as (
        insert into tidegate.statement
          (id, session_id, person_id, database_id, text, kind, state, tables, grant_ids, started_at)
        select ${statementId}, live.id, ${start.personId}, ${start.databaseId}, ${start.recorded.text}, ${start.kind}, 'started',
          ${start.tables === null ? null : [...start.tables]}::text[], ${[...start.grantIds]}::uuid[], tidegate.now()
        from live returning started_at
      )
      select started_at as "startedAt", ${event} from row`.execute(this.#db);
    const row = rows[0];
    return row === undefined ? null : { statementId, startedAt: row.startedAt };
  }

  /** Recorded also where another server process has meanwhile given the statement up as `unknown`. */
  async finished(start: StatementStart, statementId: string, outcome: StatementEnd): Promise<void> {
    const { errorMessage } = outcome;
    // Servers quote what they did not understand.
    const end = { ...outcome, errorMessage: errorMessage === null ? null : maskMessage(errorMessage, start.recorded) };
    const event = this.#audit.appending({
      kind: 'statement.finished',
      ...placeOf(start, statementId),
      data: { ...start.names, ...end },
    });
    await sql`${kept}
      with row as (
        update tidegate.statement set state = ${end.state}, finished_at = tidegate.now(), rows = ${end.rows},
          affected_rows = ${end.affectedRows}, error_code = ${end.errorCode}, error_message = ${end.errorMessage}
        where id = ${statementId} and state = 'started' returning id
      )
      select ${event} from (select count(*) from row) as done`.execute(this.#db);
  }
}

function placeOf(start: StatementStart, statementId: string) {
  return {
    actorId: start.personId,
    onBehalfOfId: start.adminPersonId,
    projectId: start.projectId,
    instanceId: start.instanceId,
    databaseId: start.databaseId,
    sessionId: start.sessionId,
    statementId,
    grantId: start.grantIds[0] ?? null,
  };
}
