import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog, NewAuditEvent } from '../audit/index.ts';

interface EndedRow {
  readonly id: string;
  readonly person: string;
  readonly project: string | null;
  readonly database: string;
  readonly instance: string;
  readonly account: string | null;
  readonly personId: string;
  readonly projectId: string | null;
  readonly databaseId: string;
  readonly instanceId: string;
}

const described = sql`done.id, person.name as person, project.name as project, database.name as database,
  instance.title as instance, done.account_name as account, done.person_id as "personId",
  database.project_id as "projectId", done.database_id as "databaseId", instance.id as "instanceId"`;
const named = sql`join tidegate.person on person.id = done.person_id
  join tidegate.database on database.id = done.database_id
  join tidegate.instance on instance.id = database.instance_id
  left join tidegate.project on project.id = database.project_id`;

const killed = 'The server that held the session was stopped before it could say how it ended.';

/**
 * Ends on record the sessions that no connection is behind any more. What ran in them ended nobody knows how: `unknown`.
 */
export class EndedSessions {
  readonly #db: Db;
  readonly #audit: AuditLog;
  readonly #living: (serverIds: readonly string[]) => Promise<readonly string[]>;

  constructor(parts: {
    db: Db;
    audit: AuditLog;
    /** Of these server processes, those that live. */
    living: (serverIds: readonly string[]) => Promise<readonly string[]>;
  }) {
    this.#db = parts.db;
    this.#audit = parts.audit;
    this.#living = parts.living;
  }

  /** Those of server processes that are gone; answers how many. */
  async endAbandoned(): Promise<number> {
    const query = this.#db.selectFrom('session').where('state', '<>', 'ended').select('server_id').distinct();
    const servers = (await query.execute()).map((row) => row.server_id);
    const living = new Set(servers.length === 0 ? [] : await this.#living(servers));
    const gone = servers.filter((server) => !living.has(server));
    return gone.length === 0 ? 0 : await this.#end(sql`server_id = any(${gone}::text[])`, killed);
  }

  /** Statements whose session ended a while ago and whose own end could not be recorded, e.g. while the store was away. */
  async giveUpStatements(): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const { rows } = await sql<EndedRow>`
        select ${described} from tidegate.session done ${named}
        where done.state = 'ended' and done.ended_at < tidegate.now() - interval '1 minute'
          and exists (select from tidegate.statement where session_id = done.id and state = 'started')`.execute(tx);
      await this.#audit.appendMany(tx, await giveUp(tx, rows, 'Its end could not be recorded.'));
    });
  }

  /** One that its own process knows nothing of. */
  async endForgotten(sessionId: string, reason: string): Promise<void> {
    await this.#end(sql`id = ${sessionId}`, reason);
  }

  async #end(condition: ReturnType<typeof sql>, reason: string): Promise<number> {
    return await this.#db.transaction().execute(async (tx) => {
      const { rows } = await sql<EndedRow>`
        with done as (
          update tidegate.session set state = 'ended', ended_at = tidegate.now(), end_reason = ${reason}
          where state <> 'ended' and ${condition} returning *
        )
        select ${described} from done ${named}`.execute(tx);
      const ended = rows.map((row) => endOf(row, reason));
      await this.#audit.appendMany(tx, [...(await giveUp(tx, rows, reason)), ...ended]);
      return rows.length;
    });
  }
}

async function giveUp(tx: Tx, sessions: readonly EndedRow[], reason: string): Promise<NewAuditEvent[]> {
  if (sessions.length === 0) return [];
  const byId = new Map(sessions.map((session) => [session.id, session]));
  const { rows } = await sql<{ id: string; sessionId: string; text: string }>`
    update tidegate.statement set state = 'unknown', finished_at = tidegate.now(), error_message = ${reason}
    where state = 'started' and session_id = any(${[...byId.keys()]}::uuid[])
    returning id, session_id as "sessionId", text`.execute(tx);
  return rows.flatMap(({ id, sessionId, text }) => {
    const session = byId.get(sessionId);
    if (session === undefined) return [];
    const event = endOf(session, reason);
    return [{ ...event, kind: 'statement.unknown', statementId: id, data: { ...event.data, text } }];
  });
}

function endOf(row: EndedRow, reason: string): NewAuditEvent {
  const { id, personId, projectId, databaseId, instanceId, ...names } = row;
  return {
    kind: 'session.ended',
    actorId: personId,
    ...{ projectId, databaseId, instanceId, sessionId: id },
    data: { ...names, reason },
  };
}
