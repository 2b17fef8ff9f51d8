import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { idleMinutes, type SessionPlace, type SessionRecord } from './session.ts';
import type { SessionStore } from './session-store.ts';

export class SqlSessionStore implements SessionStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async findPlace(databaseId: string): Promise<SessionPlace | null> {
    const row = await this.#db
      .selectFrom('database')
      .innerJoin('instance', 'instance.id', 'database.instance_id')
      .leftJoin('project', 'project.id', 'database.project_id')
      .where('database.id', '=', databaseId)
      .select([
        'database.id as databaseId',
        'database.name as databaseName',
        'database.vanished_at as vanishedAt',
        'instance.id as instanceId',
        'instance.title as instanceTitle',
        'instance.engine as engine',
        'instance.unregistering_at as unregisteringAt',
        'project.id as projectId',
        'project.name as projectName',
        'project.state as projectState',
      ])
      .executeTakeFirst();
    if (row === undefined) return null;
    const { vanishedAt, unregisteringAt, projectState, ...place } = row;
    return {
      ...place,
      isVanished: vanishedAt !== null,
      isUnregistering: unregisteringAt !== null,
      isProjectArchived: projectState === 'archived',
    };
  }

  async countLive(tx: Tx, personId: string): Promise<number> {
    const row = await tx
      .selectFrom('session')
      .where('person_id', '=', personId)
      .where('state', '<>', 'ended')
      .select(sql<number>`count(*)::int`.as('live'))
      .executeTakeFirstOrThrow();
    return row.live;
  }

  async insertOpening(
    tx: Tx,
    session: { id: string; personId: string; databaseId: string; serverId: string },
  ): Promise<void> {
    await tx
      .insertInto('session')
      .values({
        id: session.id,
        person_id: session.personId,
        database_id: session.databaseId,
        server_id: session.serverId,
        opened_at: sql<Date>`tidegate.now()`,
        last_used_at: sql<Date>`tidegate.now()`,
      })
      .execute();
  }

  async noteConnection(
    sessionId: string,
    connection: { accountId: string; accountName: string; backendId: string },
  ): Promise<void> {
    await this.#db
      .updateTable('session')
      .set({
        account_id: connection.accountId,
        account_name: connection.accountName,
        backend_id: connection.backendId,
      })
      .where('id', '=', sessionId)
      .execute();
  }

  async markOpen(tx: Tx, sessionId: string): Promise<boolean> {
    const result = await tx
      .updateTable('session')
      .set({ state: 'open' })
      .where('id', '=', sessionId)
      .where('state', '=', 'opening')
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async find(sessionId: string): Promise<SessionRecord | null> {
    const row = await this.#db.selectFrom('session').selectAll().where('id', '=', sessionId).executeTakeFirst();
    if (row === undefined) return null;
    return {
      id: row.id,
      personId: row.person_id,
      databaseId: row.database_id,
      accountId: row.account_id,
      serverId: row.server_id,
      state: row.state,
      openedAt: row.opened_at,
      endedAt: row.ended_at,
      endReason: row.end_reason,
    };
  }

  async markEnded(db: Db, sessionId: string, reason: string): Promise<boolean> {
    const result = await db
      .updateTable('session')
      .set({ state: 'ended', ended_at: sql<Date>`tidegate.now()`, end_reason: reason })
      .where('id', '=', sessionId)
      .where('state', '<>', 'ended')
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async listLive(serverId: string): Promise<{ id: string; isIdle: boolean }[]> {
    const { rows } = await sql<{ id: string; isIdle: boolean }>`
      select id, last_used_at < tidegate.now() - make_interval(mins => ${idleMinutes}) as "isIdle"
      from tidegate.session where server_id = ${serverId} and state <> 'ended'`.execute(this.#db);
    return rows;
  }

  async hasElsewhere(accountId: string, serverId: string): Promise<boolean> {
    const { rows } = await sql<{ found: boolean }>`
      select exists (select from tidegate.session
        where account_id = ${accountId} and server_id <> ${serverId} and state <> 'ended') as found`.execute(this.#db);
    return rows[0]?.found === true;
  }

  async recentEnd(personId: string, databaseId: string): Promise<string | null> {
    const { rows } = await sql<{ kind: string; by: string | null }>`
      select access_grant.end_kind as kind, person.name as by
      from tidegate.access_grant left join tidegate.person on person.id = access_grant.end_by
      where access_grant.closing_at > tidegate.now() - interval '1 minute'
        and (access_grant.person_id = ${personId}
          or access_grant.group_id in (select group_id from tidegate.group_member where person_id = ${personId}))
        and ((access_grant.covers_all_databases and (access_grant.project_id is null
            -- A database that has moved is in another project by now.
            or access_grant.end_kind = 'database_moved' or access_grant.project_id = (
              select project_id from tidegate.database where id = ${databaseId})))
          or exists (select from tidegate.access_grant_item item
            where item.grant_id = access_grant.id and item.database_id = ${databaseId}))
      order by access_grant.closing_at desc limit 1`.execute(this.#db);
    const end = rows[0];
    return end === undefined ? null : describeEnd(end.kind, end.by);
  }
}

const endWords: Readonly<Record<string, string>> = {
  expired: 'Your access has expired.',
  revoked: 'Your access was revoked',
  given_back: 'You gave your access back.',
  narrowed: 'Your access was narrowed',
  role_lost: 'The role that gave you access was taken away',
  person_deactivated: 'Your account was deactivated',
  group_deleted: 'The group that gave you access was deleted',
  database_moved: 'The database moved to another project, which ended your access',
  database_vanished: 'The database no longer exists on its server.',
  project_archived: 'The project was archived, which ended your access',
  instance_unregistered: 'The instance is being unregistered, which ended your access',
};

function describeEnd(kind: string, by: string | null): string {
  const words = endWords[kind] ?? 'Your access ended';
  if (words.endsWith('.')) return words;
  return by === null ? `${words}.` : `${words} by ${by}.`;
}
