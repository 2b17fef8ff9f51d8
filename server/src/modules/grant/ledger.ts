import type { Role, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import type { DatabaseAccess } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { EffectiveAccess } from './effective-access.ts';
import { type EndCause, type NewGrant, roleGrantMinutes } from './grant.ts';
import { readActive, readByRole } from './ledger-rows.ts';
import { lockPersonExclusive, lockPersonShared } from './person-lock.ts';
import { checkScope } from './scope-check.ts';

/** What the rows of a person's accounts on one instance add up to. */
export interface DesiredAccess {
  readonly access: readonly DatabaseAccess[];
  /** The last end; null where a row never ends. */
  readonly until: Date | null;
}

/** The ledger: who may do what, from when to when. The only reason why anybody reads data. */
export class Ledger {
  readonly #db: Db;
  readonly #audit: AuditLog;
  readonly #feed: ChangeFeed;

  constructor(parts: { db: Db; audit: AuditLog; feed: ChangeFeed }) {
    this.#db = parts.db;
    this.#audit = parts.audit;
    this.#feed = parts.feed;
  }

  async now(db: Db = this.#db): Promise<Date> {
    const { rows } = await sql<{ now: Date }>`select tidegate.now() as now`.execute(db);
    return rows[0]?.now ?? Promise.reject(new Error('The store did not tell the time.'));
  }

  /** Takes the person's shared lock before anything is read, so that no reduction commits in between. */
  async withOpening<T>(personId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#db.transaction().execute(async (tx) => {
      await lockPersonShared(tx, personId);
      return await work(tx);
    });
  }

  /** Takes the exclusive lock of each person, in order, before anything is read. */
  async withChanging<T>(personIds: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#db.transaction().execute(async (tx) => {
      await lockPersonExclusive(tx, personIds);
      return await work(tx);
    });
  }

  async accessOn(db: Db, personId: string, databaseId: string): Promise<EffectiveAccess> {
    const found = await readActive(db, personId, { databaseIds: [databaseId] });
    return found.get(databaseId) ?? new EffectiveAccess([]);
  }

  async accessOnMany(personId: string, databaseIds: readonly string[]): Promise<Map<string, EffectiveAccess>> {
    return databaseIds.length === 0 ? new Map() : await readActive(this.#db, personId, { databaseIds });
  }

  /** Databases on which the person has anything now. */
  async databasesOf(personId: string): Promise<string[]> {
    return [...(await readActive(this.#db, personId, {})).keys()];
  }

  /** What the person's account on the instance must hold; empty when no row is left. */
  async desiredOn(db: Db, personId: string, instanceId: string): Promise<DesiredAccess> {
    const active = await readActive(db, personId, { instanceId });
    if (active.size === 0) return { access: [], until: null };
    const names = await db
      .selectFrom('database')
      .where('id', 'in', [...active.keys()])
      .select(['id', 'name'])
      .execute();
    const access = names.flatMap(({ id, name }) => {
      const found = active.get(id)?.toDatabaseAccess(name);
      // A row of `export` alone gives nothing at the server.
      const isNothing =
        found === undefined || (found.whole === null && found.schemas.length + found.tables.length === 0);
      return isNothing ? [] : [found];
    });
    const ends = [...active.values()].map((one) => one.until);
    const isEndless = ends.some((end) => end === null);
    return { access, until: isEndless ? null : new Date(Math.max(...ends.map((end) => end?.getTime() ?? 0))) };
  }

  /** Refuses with `grant.scope_unknown` when a database is not in the project or a table is not in the catalog. */
  async checkScope(tx: Tx, projectId: string, scope: Scope): Promise<void> {
    await checkScope(tx, projectId, scope);
  }

  /** The caller holds the lock of the people concerned, checked the scope and audits its own reason. */
  async createGrant(tx: Tx, grant: NewGrant): Promise<string> {
    if (grant.expiresAt !== null && grant.expiresAt <= grant.startsAt) {
      throw new AppError('member.expiry_invalid', 'This end has already passed: choose a later one.');
    }
    const holderIsPerson = grant.holder.kind === 'person';
    const { id } = await tx
      .insertInto('access_grant')
      .values({
        source: grant.source,
        person_id: holderIsPerson ? grant.holder.id : null,
        group_id: holderIsPerson ? null : grant.holder.id,
        group_name: holderIsPerson
          ? null
          : sql<string>`(select name from tidegate.person_group where id = ${grant.holder.id})`,
        project_id: grant.projectId,
        request_id: grant.requestId ?? null,
        project_member_id: grant.projectMemberId ?? null,
        workspace_role_id: grant.workspaceRoleId ?? null,
        role: grant.role ?? null,
        covers_all_databases: grant.scope.kind === 'project',
        privileges: [...grant.privileges],
        reason: grant.reason,
        granted_by: grant.grantedBy,
        starts_at: grant.startsAt,
        expires_at: grant.expiresAt,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (grant.scope.kind === 'items') await insertItems(tx, id, grant.scope.items);
    await markAccounts(tx, id);
    await this.#announce(tx, id);
    await this.#audit.append(tx, {
      kind: 'grant.created',
      actorId: grant.grantedBy,
      projectId: grant.projectId,
      requestId: grant.requestId ?? null,
      grantId: id,
      data: {
        source: grant.source,
        holder: grant.holder,
        scope: grant.scope,
        privileges: grant.privileges,
        startsAt: grant.startsAt.toISOString(),
        expiresAt: grant.expiresAt?.toISOString() ?? null,
        reason: grant.reason,
      },
    });
    return id;
  }

  /**
   * Latches the end of rows that are still open; those that have ended already stay as they ended. Remembers the
   * accounts that have to be brought in line before they count as closed. The caller holds the holders' exclusive locks.
   */
  async endGrants(tx: Tx, grantIds: readonly string[], cause: EndCause): Promise<readonly string[]> {
    if (grantIds.length === 0) return [];
    const ended = await tx
      .updateTable('access_grant')
      .set({
        closing_at: sql<Date>`tidegate.now()`,
        end_kind: cause.kind,
        end_by: cause.by,
        end_note: cause.note === undefined || cause.note === '' ? null : cause.note,
      })
      .where('id', 'in', grantIds)
      .where('closing_at', 'is', null)
      .returning(['id', 'project_id'])
      .execute();
    const ids = ended.map((row) => row.id);
    if (ids.length === 0) return [];
    await sql`
      insert into tidegate.closure_target (grant_id, account_id)
      select g.id, account.id from tidegate.access_grant g
      join tidegate.database_account account on account.state = 'live'
        and (account.person_id = g.person_id
          or account.person_id in (select person_id from tidegate.group_member where group_id = g.group_id))
      where g.id = any(${ids}::uuid[])
        and (g.covers_all_databases or account.instance_id in (
          select database.instance_id from tidegate.access_grant_item item
          join tidegate.database on database.id = item.database_id where item.grant_id = g.id))
      on conflict do nothing`.execute(tx);
    await sql`
      update tidegate.database_account set dirty_at = tidegate.now(), next_attempt_at = null
      where id in (select account_id from tidegate.closure_target where grant_id = any(${ids}::uuid[]))`.execute(tx);
    for (const id of ids) await this.#announce(tx, id);
    await this.#audit.appendMany(
      tx,
      ended.map((row) => ({
        kind: 'grant.closing',
        actorId: cause.by,
        projectId: row.project_id,
        grantId: row.id,
        data: { end: cause.kind, note: cause.note ?? null },
      })),
    );
    await wakeReconciler(tx);
    return ids;
  }

  /**
   * A `role` row for people who administer: `read`, for an hour from its last use. False where the person does not
   * administer or the environment does not allow reading by role.
   */
  async openRoleGrant(tx: Tx, personId: string, databaseId: string): Promise<boolean> {
    const role = (await readByRole(tx, personId, [databaseId])).get(databaseId);
    if (role === undefined) return false;
    const now = await this.now(tx);
    const expiresAt = new Date(now.getTime() + roleGrantMinutes * 60_000);
    const current = await tx
      .selectFrom('access_grant')
      .innerJoin('access_grant_item', 'access_grant_item.grant_id', 'access_grant.id')
      .where('access_grant.source', '=', 'role')
      .where('access_grant.person_id', '=', personId)
      .where('access_grant_item.database_id', '=', databaseId)
      .where('access_grant.closing_at', 'is', null)
      .where('access_grant.expires_at', '>', now)
      .select(['access_grant.id', 'access_grant.expires_at'])
      .executeTakeFirst();
    if (current === undefined) {
      const database = await tx
        .selectFrom('database')
        .where('id', '=', databaseId)
        .select('project_id')
        .executeTakeFirstOrThrow();
      await this.createGrant(tx, {
        source: 'role',
        holder: { kind: 'person', id: personId },
        projectId: database.project_id,
        scope: { kind: 'items', items: [{ databaseId, schema: null, table: null }] },
        privileges: ['read'],
        reason: 'Reads by role.',
        grantedBy: null,
        startsAt: now,
        expiresAt,
        role: role as Role,
      });
    } else if ((current.expires_at?.getTime() ?? 0) < expiresAt.getTime() - 60_000) {
      // At most once a minute, so that reading does not become writing.
      await tx.updateTable('access_grant').set({ expires_at: expiresAt }).where('id', '=', current.id).execute();
      await markAccounts(tx, current.id);
      await this.#announce(tx, current.id);
    }
    return true;
  }

  async #announce(tx: Tx, grantId: string): Promise<void> {
    const { rows } = await sql<{ projectId: string | null; people: string[] }>`
      select g.project_id as "projectId",
        case when g.person_id is not null then array[g.person_id]
          else coalesce((select array_agg(person_id) from tidegate.group_member where group_id = g.group_id), '{}') end as people
      from tidegate.access_grant g where g.id = ${grantId}`.execute(tx);
    const row = rows[0];
    if (row === undefined) return;
    await this.#feed.publish(tx, {
      event: { topic: 'grant', id: grantId, projectId: row.projectId },
      audience: { personIds: row.people, projectId: row.projectId },
    });
  }
}

/** Tells every server process, at commit, that accounts wait to be brought in line. */
export async function wakeReconciler(tx: Tx): Promise<void> {
  await sql`select pg_notify('tidegate_reconcile', '')`.execute(tx);
}

/** Live accounts that the row bears on are brought in line: adding never disconnects. */
async function markAccounts(tx: Tx, grantId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update tidegate.database_account account set dirty_at = tidegate.now(), next_attempt_at = null
    from tidegate.access_grant g
    where g.id = ${grantId} and account.state = 'live'
      and (account.person_id = g.person_id
        or account.person_id in (select person_id from tidegate.group_member where group_id = g.group_id))
      and (g.covers_all_databases or account.instance_id in (
        select database.instance_id from tidegate.access_grant_item item
        join tidegate.database on database.id = item.database_id where item.grant_id = g.id))
    returning account.id`.execute(tx);
  if (rows.length > 0) await wakeReconciler(tx);
  // The expiry worker sleeps until the next end that it knows.
  await sql`select pg_notify('tidegate_expiry', '')`.execute(tx);
}

async function insertItems(
  tx: Tx,
  grantId: string,
  items: readonly { databaseId: string; schema: string | null; table: string | null }[],
) {
  await tx
    .insertInto('access_grant_item')
    .values(
      items.map((item) => ({
        grant_id: grantId,
        database_id: item.databaseId,
        schema_name: item.schema,
        table_name: item.table,
      })),
    )
    .execute();
}

export { readByRole };
