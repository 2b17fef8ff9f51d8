import type { Role, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import type { DatabaseAccess } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { accountsOfGrants, grantChanged, instancesOfGrant, markedDirty, wakeReconciler } from './dirty-accounts.ts';
import { EffectiveAccess } from './effective-access.ts';
import { type EndCause, type NewGrant, roleGrantMinutes } from './grant.ts';
import { announceGrants, readGrantFacts } from './grant-facts.ts';
import { holdReasons, insertGrant } from './grant-insert.ts';
import { noticeGrantChange } from './grant-notices.ts';
import { readActive, readActiveOfMany, readByRole } from './ledger-rows.ts';
import { OpeningPause } from './opening-pause.ts';
import { lockPersonExclusive, lockPersonShared, lockRoleOpening } from './person-lock.ts';
import { checkScope } from './scope-check.ts';

/** What the rows of a person's accounts on one instance add up to. */
export interface DesiredAccess {
  readonly access: readonly DatabaseAccess[];
}

const nothing: DesiredAccess = { access: [] };

/** The ledger: who may do what, from when to when. The only reason why anybody reads data. */
export class Ledger {
  readonly #db: Db;
  readonly #audit: AuditLog;
  readonly #feed: ChangeFeed;
  readonly #pause: OpeningPause;

  constructor(parts: { db: Db; audit: AuditLog; feed: ChangeFeed }) {
    this.#db = parts.db;
    this.#audit = parts.audit;
    this.#feed = parts.feed;
    this.#pause = new OpeningPause(parts);
  }

  /** The store's clock: the only one by which access is decided. */
  async now(db: Db = this.#db): Promise<Date> {
    const { rows } = await sql<{ now: Date }>`select tidegate.now() as now`.execute(db);
    return rows[0]?.now ?? Promise.reject(new Error('The store did not tell the time.'));
  }

  /** Refuses while nothing may open. Takes the person's shared lock before anything is read, so that no reduction commits in between. */
  async withOpening<T>(personId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#db.transaction().execute(async (tx) => {
      await this.#pause.refuse(tx);
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

  /** What is in force now on one database; empty where there is nothing. */
  async accessOn(db: Db, personId: string, databaseId: string): Promise<EffectiveAccess> {
    const found = await readActive(db, personId, { databaseIds: [databaseId] });
    return found.get(databaseId) ?? new EffectiveAccess([]);
  }

  /** Databases without any access are left out. */
  async accessOnMany(personId: string, databaseIds: readonly string[]): Promise<Map<string, EffectiveAccess>> {
    return databaseIds.length === 0 ? new Map() : await readActive(this.#db, personId, { databaseIds });
  }

  /** Databases on which the person has anything now. */
  async databasesOf(personId: string): Promise<string[]> {
    return [...(await readActive(this.#db, personId, {})).keys()];
  }

  /** What the person's account on the instance must hold; empty when no row is left. */
  async desiredOn(db: Db, personId: string, instanceId: string): Promise<DesiredAccess> {
    return (await this.desiredOfMany(db, [personId], instanceId)).get(personId) ?? nothing;
  }

  /** The same of many people at once; who must hold nothing at all is left out. */
  async desiredOfMany(
    db: Db,
    personIds: readonly string[],
    instanceId: string,
  ): Promise<ReadonlyMap<string, DesiredAccess>> {
    const active = await readActiveOfMany(db, personIds, { instanceId });
    const databaseIds = new Set([...active.values()].flatMap((own) => [...own.keys()]));
    if (databaseIds.size === 0) return new Map();
    const query = db.selectFrom('database').where('id', 'in', [...databaseIds]);
    const names = new Map((await query.select(['id', 'name']).execute()).map(({ id, name }) => [id, name]));
    return new Map([...active].map(([personId, own]) => [personId, desiredOf(own, names)]));
  }

  /** Of these people, those whose accounts on the instance must hold nothing at all. */
  async peopleWithout(db: Db, personIds: readonly string[], instanceId: string): Promise<Set<string>> {
    const active = await readActiveOfMany(db, personIds, { instanceId });
    const hasAny = (personId: string) =>
      [...(active.get(personId)?.values() ?? [])].some((access) => !givesNothing(access.toDatabaseAccess('')));
    return new Set(personIds.filter((personId) => !hasAny(personId)));
  }

  /** Refuses with `grant.scope_unknown` when a database is not in the project or a table is not in the catalog. */
  async checkScope(tx: Tx, projectId: string, scope: Scope): Promise<void> {
    await checkScope(tx, projectId, scope);
  }

  /**
   * Makes the row, from the instant it says; accounts that exist are extended, and nobody is disconnected. The caller
   * has checked the scope and records its own reason. Refuses with `member.expiry_invalid`, `project.archived`, or
   * `object.not_found` for a holder who is deactivated.
   */
  async createGrant(tx: Tx, grant: NewGrant): Promise<string> {
    if (grant.expiresAt !== null && grant.expiresAt <= grant.startsAt) {
      throw new AppError('member.expiry_invalid', 'This end has already passed: choose a later one.');
    }
    await holdReasons(tx, grant);
    const id = await insertGrant(tx, grant);
    await grantChanged(tx, [id]);
    const facts = await readGrantFacts(tx, [id]);
    await announceGrants(tx, this.#feed, facts);
    await this.#audit.appendMany(
      tx,
      facts.map(({ holder, sentence }) => ({
        kind: 'grant.created',
        actorId: grant.by === undefined ? grant.grantedBy : grant.by.by,
        onBehalfOfId: grant.by?.onBehalfOf ?? null,
        projectId: grant.projectId,
        requestId: grant.requestId ?? null,
        grantId: id,
        data: {
          ...{ holder, sentence, source: grant.source, role: grant.role ?? null },
          ...{ scope: grant.scope, privileges: grant.privileges, reason: grant.reason },
          startsAt: grant.startsAt.toISOString(),
          expiresAt: grant.expiresAt?.toISOString() ?? null,
          ...{ addedTo: grant.addedTo ?? null, replaces: grant.replaces ?? null },
        },
      })),
    );
    if (grant.source === 'membership' && grant.addedTo == null && grant.replaces == null) {
      await noticeGrantChange(tx, facts, { by: grant.grantedBy, what: 'given', detail: grant.reason });
    }
    return id;
  }

  /**
   * Latches the end of rows that are still open and answers which; those that have ended already stay as they ended.
   * Remembers the accounts that have to be brought in line before they count as closed. The caller holds the holders'
   * exclusive locks.
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
      .returning('id')
      .execute();
    const ids = ended.map((row) => row.id);
    if (ids.length === 0) return [];
    await rememberTargets(tx, ids);
    const facts = await readGrantFacts(tx, ids);
    await announceGrants(tx, this.#feed, facts);
    await this.#audit.appendMany(
      tx,
      facts.map(({ id, projectId, requestId, holder, sentence }) => ({
        kind: 'grant.closing',
        actorId: cause.by,
        onBehalfOfId: cause.onBehalfOf ?? null,
        ...{ projectId, requestId, grantId: id },
        data: { end: cause.kind, note: cause.note ?? null, holder, sentence },
      })),
    );
    await wakeReconciler(tx);
    return ids;
  }

  /**
   * A `role` row for people who administer: `read`, for an hour from its last use. False where the person does not
   * administer or the environment does not allow reading by role. The caller holds the person's shared lock.
   */
  async openRoleGrant(tx: Tx, personId: string, databaseId: string): Promise<boolean> {
    const role = (await readByRole(tx, personId, [databaseId])).get(databaseId);
    if (role === undefined) return false;
    // At most once a minute, so that reading does not become writing.
    if (isFresh(await findRoleGrant(tx, personId, databaseId), await this.now(tx))) return true;
    // Two sessions may do so at once: the second finds what the first has made.
    await lockRoleOpening(tx, personId, databaseId);
    const current = await findRoleGrant(tx, personId, databaseId);
    const now = await this.now(tx);
    if (isFresh(current, now)) return true;
    const expiresAt = roleEnd(now);
    if (current === null) await this.#createRoleGrant(tx, personId, databaseId, role, { now, expiresAt });
    else {
      await tx.updateTable('access_grant').set({ expires_at: expiresAt }).where('id', '=', current.id).execute();
      await grantChanged(tx, [current.id]);
      await announceGrants(tx, this.#feed, await readGrantFacts(tx, [current.id]));
    }
    return true;
  }

  async #createRoleGrant(
    tx: Tx,
    personId: string,
    databaseId: string,
    role: string,
    { now, expiresAt }: { now: Date; expiresAt: Date },
  ): Promise<void> {
    const query = tx.selectFrom('database').where('id', '=', databaseId).select('project_id');
    await this.createGrant(tx, {
      source: 'role',
      holder: { kind: 'person', id: personId },
      projectId: (await query.executeTakeFirstOrThrow()).project_id,
      scope: { kind: 'items', items: [{ databaseId, schema: null, table: null }] },
      privileges: ['read'],
      reason: 'Reads by role.',
      grantedBy: null,
      startsAt: now,
      expiresAt,
      role: role as Role,
    });
  }
}

function desiredOf(active: ReadonlyMap<string, EffectiveAccess>, names: ReadonlyMap<string, string>): DesiredAccess {
  const access = [...active].flatMap(([id, own]) => {
    const name = names.get(id);
    const found = name === undefined ? undefined : own.toDatabaseAccess(name);
    return found === undefined || givesNothing(found) ? [] : [found];
  });
  return { access };
}

/** A row of `export` alone gives nothing at the server. */
function givesNothing(access: DatabaseAccess): boolean {
  return access.whole === null && access.schemas.length + access.tables.length === 0;
}

function roleEnd(now: Date): Date {
  return new Date(now.getTime() + roleGrantMinutes * 60_000);
}

function isFresh(grant: { readonly expiresAt: Date } | null, now: Date): boolean {
  return grant !== null && grant.expiresAt.getTime() >= roleEnd(now).getTime() - 60_000;
}

async function findRoleGrant(tx: Tx, personId: string, databaseId: string) {
  const { rows } = await sql<{ id: string; expiresAt: Date }>`
    select g.id, g.expires_at as "expiresAt" from tidegate.access_grant g
    join tidegate.access_grant_item item on item.grant_id = g.id and item.database_id = ${databaseId}
    join tidegate.database on database.id = item.database_id
    where g.source = 'role' and g.person_id = ${personId} and g.closing_at is null
      and g.expires_at > (select tidegate.now()) and g.project_id is not distinct from database.project_id
    limit 1`.execute(tx);
  return rows[0] ?? null;
}

/**
 * The accounts that may hold what these rows gave. Where a group held one, also accounts on its instances that still
 * wait to be brought in line: their people may have left the group before.
 */
async function rememberTargets(tx: Tx, grantIds: readonly string[]): Promise<void> {
  const ended = sql`g.id = any(${[...grantIds]}::uuid[])`;
  await sql`
    insert into tidegate.closure_target (grant_id, account_id)
    ${accountsOfGrants(ended)}
    union
    select g.id, account.id from tidegate.access_grant g
    join tidegate.database_account account on account.state = 'live' and account.dirty_at is not null
    where ${ended} and g.person_id is null and (g.covers_all_databases or account.instance_id in (${instancesOfGrant}))
    on conflict do nothing`.execute(tx);
  await sql`
    update tidegate.database_account set ${markedDirty} where id in (
      select account_id from tidegate.closure_target where grant_id = any(${[...grantIds]}::uuid[]))`.execute(tx);
}
