import { randomUUID } from 'node:crypto';
import { type MaskedText, maskMessage } from '@tidegate/sql-analysis';
import { sql } from 'kysely';
import { GroupCommit } from '../../platform/store/group-commit.ts';
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

interface Started {
  readonly statementId: string;
  readonly startedAt: Date;
  /** The ledger has changed, and the session's account has not yet been brought in line; no attempt has failed. */
  readonly isAccountBehind: boolean;
}
interface Begun {
  readonly id: string;
  readonly at: string;
  readonly isBehind: boolean;
}
interface Beginning {
  readonly statementId: string;
  readonly start: StatementStart;
}
interface Ending extends Beginning {
  readonly end: StatementEnd;
}

/**
 * The two audit events of a statement, each with its row. Every statement waits for both: one round trip each, which
 * statements that come at the same moment share.
 */
export class StatementLog {
  readonly #db: Db;
  readonly #audit: AuditLog;
  readonly #beginnings = new GroupCommit<Beginning, Started | null>((all) => this.#begin(all));
  readonly #endings = new GroupCommit<Ending, undefined>((all) => this.#end(all));

  constructor(db: Db, audit: AuditLog) {
    this.#db = db;
    this.#audit = audit;
  }

  /**
   * Committed when it resolves; only then may the statement be sent. Null when the session is not open any more on
   * record, whatever its connection says: nothing is sent in a session that others believe to have ended.
   */
  async started(start: StatementStart): Promise<Started | null> {
    return await this.#beginnings.add({ statementId: randomUUID(), start });
  }

  /** Recorded also where another server process has meanwhile given the statement up as `unknown`. */
  async finished(start: StatementStart, statementId: string, outcome: StatementEnd): Promise<void> {
    const { errorMessage } = outcome;
    // Servers quote what they did not understand.
    const end = { ...outcome, errorMessage: errorMessage === null ? null : maskMessage(errorMessage, start.recorded) };
    await this.#endings.add({ statementId, start, end });
  }

  async #begin(
    all: readonly Beginning[],
    waits = false,
  ): Promise<readonly (Started | null | Promise<Started | null>)[]> {
    const rows = all.map(({ statementId, start }) => ({
      ...{ statementId, sessionId: start.sessionId, personId: start.personId, databaseId: start.databaseId },
      ...{ text: storable(start.recorded.text), kind: start.kind, tables: start.tables, grantIds: start.grantIds },
      event: this.#audit.encode({
        kind: 'statement.started',
        ...placeOf(start, statementId),
        data: {
          ...start.names,
          text: start.recorded.text,
          kind: start.kind,
          tables: start.tables ?? 'unknown',
          grants: start.grantIds,
        },
      }),
    }));
    const result = await sql<{ started: Begun[] | null }>`${kept}
      call tidegate.begin_statements(${this.#audit.writer}, ${JSON.stringify(rows)}::jsonb, ${waits}, null)`.execute(
      this.#db,
    );
    const begun = new Map(result.rows.flatMap((row) => row.started ?? []).map((one) => [one.id, one]));
    if (waits) return all.map(({ statementId }) => startedFrom(statementId, begun));
    // Where somebody changes a session at this moment its statement waits for him, and nobody else's does.
    const wait = async (one: Beginning) => (await this.#begin([one], true))[0] ?? null;
    return all.map((one) => startedFrom(one.statementId, begun) ?? wait(one));
  }

  async #end(all: readonly Ending[]): Promise<readonly undefined[]> {
    const rows = all.map(({ statementId, start, end }) => ({
      ...{ statementId, ...end },
      errorMessage: end.errorMessage === null ? null : storable(end.errorMessage),
      event: this.#audit.encode({
        kind: 'statement.finished',
        ...placeOf(start, statementId),
        data: { ...start.names, ...end },
      }),
    }));
    await sql`${kept}
      call tidegate.end_statements(${this.#audit.writer}, ${JSON.stringify(rows)}::jsonb)`.execute(this.#db);
    return all.map(() => undefined);
  }
}

function startedFrom(statementId: string, begun: ReadonlyMap<string, Begun>): Started | null {
  const one = begun.get(statementId);
  return one === undefined ? null : { statementId, startedAt: new Date(one.at), isAccountBehind: one.isBehind };
}

/** What PostgreSQL text cannot hold (NUL, halves of characters) becomes U+FFFD. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
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
