import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';

export interface StatementStart {
  readonly sessionId: string;
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly databaseId: string;
  readonly instanceId: string;
  readonly projectId: string | null;
  readonly text: string;
  readonly kind: string | null;
  /** Null where analysis was not sure. */
  readonly tables: readonly string[] | null;
  readonly grantIds: readonly string[];
  /** Names as they are now, for the record. */
  readonly names: {
    readonly person: string;
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

/** The two audit events of a statement, each with its row, in one transaction each. */
export class StatementLog {
  readonly #db: Db;
  readonly #audit: AuditLog;

  constructor(db: Db, audit: AuditLog) {
    this.#db = db;
    this.#audit = audit;
  }

  /** Committed when it resolves; only then may the statement be sent. */
  async started(start: StatementStart): Promise<{ statementId: string; startedAt: Date }> {
    return await this.#db.transaction().execute(async (tx) => {
      const row = await tx
        .insertInto('statement')
        .values({
          session_id: start.sessionId,
          person_id: start.personId,
          database_id: start.databaseId,
          text: start.text,
          kind: start.kind,
          state: 'started',
          tables: start.tables === null ? null : [...start.tables],
          grant_ids: [...start.grantIds],
          started_at: sql<Date>`tidegate.now()`,
        })
        .returning(['id', 'started_at'])
        .executeTakeFirstOrThrow();
      await this.#audit.append(tx, {
        kind: 'statement.started',
        ...placeOf(start, row.id),
        data: {
          ...start.names,
          text: start.text,
          kind: start.kind,
          tables: start.tables ?? 'unknown',
          grants: start.grantIds,
        },
      });
      return { statementId: row.id, startedAt: row.started_at };
    });
  }

  async finished(start: StatementStart, statementId: string, end: StatementEnd): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .updateTable('statement')
        .set({
          state: end.state,
          finished_at: sql<Date>`tidegate.now()`,
          rows: end.rows,
          affected_rows: end.affectedRows,
          error_code: end.errorCode,
          error_message: end.errorMessage,
        })
        .where('id', '=', statementId)
        .where('state', '=', 'started')
        .execute();
      await this.#audit.append(tx, {
        kind: 'statement.finished',
        ...placeOf(start, statementId),
        data: { ...start.names, ...end },
      });
    });
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
