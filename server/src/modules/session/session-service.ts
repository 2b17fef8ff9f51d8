import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { EngineError, EngineSession } from '../../engines/engine.ts';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { EffectiveAccess } from '../grant/index.ts';
import { changeOf, type LiveSession, namesOf, newLive, placeOf } from './live-session.ts';
import { mostSessionsAPerson, type SessionOwner, type SessionPlace, type SessionRecord } from './session.ts';
import type { SessionDialer } from './session-dialer.ts';
import type { SessionStore } from './session-store.ts';

/** What opening needs of the ledger; the grant module has it. */
export interface SessionLedger {
  withOpening<T>(personId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  accessOn(db: Db, personId: string, databaseId: string): Promise<EffectiveAccess>;
  /** Makes or renews a `role` row where the person administers and the environment allows it; false otherwise. */
  openRoleGrant(tx: Tx, personId: string, databaseId: string): Promise<boolean>;
}

/** Sessions that no connection is behind any more; `EndedSessions` does it. */
export interface EndedElsewhere {
  endAbandoned(): Promise<unknown>;
  endForgotten(sessionId: string, reason: string): Promise<void>;
}

interface Parts {
  readonly db: Db;
  readonly store: SessionStore;
  readonly ledger: SessionLedger;
  readonly dialer: Pick<SessionDialer, 'dial' | 'bringInLine'>;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly serverId: string;
  readonly endedSessions: EndedElsewhere;
  /** The end of a session could not be written down; `tidy` does it later. */
  readonly onLateRecord: (error: unknown) => void;
  /** A session's connection broke though its access had not ended: the server went, or failed over. */
  readonly onConnectionLost: (instanceId: string) => void;
}

const roleRenewalMs = 60_000;
/** For an account to be brought in line before a statement. */
const mostWaitMs = 2_000;
const forgotten = 'The connection to the database ended.';

/** Opens, keeps and ends sessions. The end of access is decided elsewhere; here it is carried out and explained. */
export class SessionService {
  readonly #parts: Parts;
  readonly #live = new Map<string, LiveSession>();
  readonly #opening = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Refuses with `session.no_access` where no row of the ledger covers the database, `session.too_many`, or
   * `instance.connection_failed`. Order: the person's shared lock, the rows and the clock, the session's row; then the
   * account and the connection; then everything once more before the first statement can be sent, because access may
   * have ended while we were dialling.
   */
  async open(owner: SessionOwner, place: SessionPlace): Promise<LiveSession> {
    const id = randomUUID();
    this.#opening.add(id);
    try {
      const access = await this.#begin(id, owner, place);
      if (access === null) throw await this.#refusal(owner, place);
      return await this.#connect(id, owner, place, access);
    } finally {
      this.#opening.delete(id);
    }
  }

  /** The session if it is this person's and alive here; says why otherwise. */
  async get(personId: string, sessionId: string): Promise<LiveSession> {
    const live = this.find(personId, sessionId);
    if (live !== null) return live;
    const record = await this.record(personId, sessionId);
    throw ended(`This session has ended. ${record.endReason ?? 'Another server held it.'}`, record.endReason);
  }

  /** The same without a reason: null where it is not his, not here, or ended. */
  find(personId: string, sessionId: string): LiveSession | null {
    const live = this.#live.get(sessionId);
    return live === undefined || live.owner.personId !== personId || live.isEnded ? null : live;
  }

  async record(personId: string, sessionId: string): Promise<SessionRecord> {
    const record = await this.#parts.store.find(sessionId);
    if (record === null || record.personId !== personId) throw notFound('session');
    return record;
  }

  async close(personId: string, sessionId: string): Promise<void> {
    const live = this.#live.get(sessionId);
    if (live === undefined || live.owner.personId !== personId) {
      await this.record(personId, sessionId);
      return;
    }
    await this.#end(live, 'You closed it.');
  }

  /**
   * For the reconciler: it has ended these sessions at the server; the person hears why. `databases` are names on the
   * account's instance, null all of them. Also those of server processes that are gone.
   */
  async endLocal(accountId: string, databases: readonly string[] | null): Promise<void> {
    const { store, serverId, endedSessions } = this.#parts;
    await this.#endMany(
      (live) => live.accountId === accountId && (databases === null || databases.includes(live.place.databaseName)),
      (live) => this.#explain(live, null),
    );
    if (await store.hasElsewhere(accountId, serverId)) await endedSessions.endAbandoned();
  }

  async closeAll(reason: string): Promise<void> {
    await this.#endMany(
      () => true,
      () => Promise.resolve(reason),
    );
  }

  /**
   * Makes record and connections agree: after the store was away, when others believed this process gone, or when a
   * session has been left alone for long.
   */
  async tidy(): Promise<void> {
    const { store, serverId, endedSessions } = this.#parts;
    const before = [...this.#live.values()];
    const recorded = new Map((await store.listLive(serverId)).map((one) => [one.id, one]));
    for (const live of before) {
      const record = recorded.get(live.id);
      if (record === undefined) await this.#end(live, forgotten);
      else if (record.isIdle && live.running === null)
        await this.#end(live, 'It was not used for an hour: open it again to go on.');
    }
    for (const { id } of recorded.values()) {
      if (!this.#live.has(id) && !this.#opening.has(id)) await endedSessions.endForgotten(id, forgotten);
    }
  }

  /**
   * The person's access on the session's database before a statement, a `role` row renewed where he administers. Read
   * without his lock: a reduction that commits later ends the statement.
   */
  async accessFor(live: LiveSession): Promise<EffectiveAccess | null> {
    const { db, ledger } = this.#parts;
    const { owner, place } = live;
    const held = await ledger.accessOn(db, owner.personId, place.databaseId);
    const isFresh = performance.now() - live.roleRenewedAtMs < roleRenewalMs;
    if (!held.isEmpty && (isFresh || !isByRoleAlone(held))) return held;
    live.roleRenewedAtMs = performance.now();
    return await ledger.withOpening(owner.personId, (tx) => this.#currentAccess(tx, owner, place));
  }

  /**
   * Access that was added a moment ago is in the ledger before it is at the server. Waits until it is there, but not for
   * long: something else may hold the account up, and what it still lacks the server refuses.
   */
  async bringInLine({ owner, place }: LiveSession): Promise<void> {
    const isInLine = this.#parts.dialer.bringInLine(owner, place).catch(() => undefined);
    await Promise.race([isInLine, wait(mostWaitMs, undefined, { ref: false })]);
  }

  /** The record says that the session has ended: its connection goes too. Answers what to tell the person. */
  async drop(live: LiveSession): Promise<AppError> {
    const record = await this.#parts.store.find(live.id);
    const reason = record?.endReason ?? forgotten;
    await this.#end(live, reason);
    return ended(`This session has ended. ${reason}`, reason);
  }

  /** Why the session's connection ended, in words: known, or found out now and kept. */
  async endReasonOf(live: LiveSession, error: EngineError | null): Promise<string> {
    live.endReason ??= await this.#explain(live, error);
    return live.endReason;
  }

  async #begin(id: string, owner: SessionOwner, place: SessionPlace): Promise<EffectiveAccess | null> {
    const { ledger, store, serverId } = this.#parts;
    return await ledger.withOpening(owner.personId, async (tx) => {
      const access = await this.#currentAccess(tx, owner, place);
      if (access === null) return null;
      if ((await store.countLive(tx, owner.personId)) >= mostSessionsAPerson) {
        throw new AppError(
          'session.too_many',
          `You have ${mostSessionsAPerson} open sessions. Close a tab that you no longer need and try again.`,
        );
      }
      await store.insertOpening(tx, { id, personId: owner.personId, databaseId: place.databaseId, serverId });
      return access;
    });
  }

  async #connect(id: string, owner: SessionOwner, place: SessionPlace, access: EffectiveAccess): Promise<LiveSession> {
    const { db, store, dialer } = this.#parts;
    let connection: EngineSession | null = null;
    try {
      const isReadOnly = !hasWrite(access);
      const dialled = await dialer.dial(owner, place, isReadOnly, (opened) => store.noteConnection(id, opened));
      connection = dialled.connection;
      return await this.#enter(newLive(id, owner, place, { ...dialled, isReadOnly }));
    } catch (error) {
      await connection?.close().catch(() => undefined); // It is on its way out; the reason is the error above.
      await store.markEnded(db, id, 'The session could not be opened.');
      throw error;
    }
  }

  async #enter(live: LiveSession): Promise<LiveSession> {
    const { ledger, store } = this.#parts;
    const { owner, place } = live;
    const isOpen = await ledger.withOpening(owner.personId, async (tx) => {
      const access = await this.#currentAccess(tx, owner, place);
      if (access === null) return false;
      const marked = await store.markOpen(tx, live.id);
      if (marked) await this.#recordOpening(tx, live);
      return marked;
    });
    if (!isOpen) {
      await live.connection.close();
      await store.markEnded(this.#parts.db, live.id, 'Your access ended while the session was being opened.');
      throw await this.#refusal(owner, place);
    }
    this.#live.set(live.id, live);
    live.connection.onEnd((error) => void this.#ended(live, error));
    return live;
  }

  async #currentAccess(tx: Tx, owner: SessionOwner, place: SessionPlace): Promise<EffectiveAccess | null> {
    const { ledger } = this.#parts;
    const held = await ledger.accessOn(tx, owner.personId, place.databaseId);
    if (!isByRoleAlone(held)) return held;
    const administers = await ledger.openRoleGrant(tx, owner.personId, place.databaseId);
    if (!administers) return held.isEmpty ? null : held;
    const access = await ledger.accessOn(tx, owner.personId, place.databaseId);
    return access.isEmpty ? null : access;
  }

  async #recordOpening(tx: Tx, live: LiveSession): Promise<void> {
    await this.#parts.feed.publish(tx, changeOf(live));
    await this.#parts.audit.append(tx, {
      kind: 'session.opened',
      ...placeOf(live),
      data: { ...namesOf(live), backend: live.connection.backendId },
    });
  }

  async #endMany(
    accepts: (live: LiveSession) => boolean,
    reasonOf: (live: LiveSession) => Promise<string>,
  ): Promise<void> {
    const concerned = [...this.#live.values()].filter(accepts);
    await Promise.allSettled(concerned.map(async (live) => this.#end(live, live.endReason ?? (await reasonOf(live)))));
  }

  async #end(live: LiveSession, reason: string): Promise<void> {
    live.endReason ??= reason;
    await live.connection.close();
    await this.#ended(live, null);
  }

  /** Never rejects: the connection has ended whether or not that could be written down. */
  async #ended(live: LiveSession, error: EngineError | null): Promise<void> {
    if (live.isEnded) return;
    live.isEnded = true;
    this.#live.delete(live.id);
    try {
      live.endReason ??= await this.#explain(live, error);
      const reason = live.endReason;
      await this.#parts.db.transaction().execute(async (tx) => {
        // The first reason stays.
        if (!(await this.#parts.store.markEnded(tx, live.id, reason))) return;
        await this.#parts.feed.publish(tx, changeOf(live));
        const data = { ...namesOf(live), reason };
        await this.#parts.audit.append(tx, { kind: 'session.ended', ...placeOf(live), data });
      });
    } catch (failure) {
      this.#parts.onLateRecord(failure);
    }
  }

  /** A connection that ends by itself is most often our own closure at the server: look for the reason in the ledger. */
  async #explain(live: LiveSession, error: EngineError | null): Promise<string> {
    const { db, store, ledger } = this.#parts;
    const { owner, place } = live;
    const known = await store.recentEnd(owner.personId, place.databaseId);
    if (known !== null) return known;
    const access = await ledger.accessOn(db, owner.personId, place.databaseId);
    if (access.isEmpty) return 'Your access to this database has ended.';
    if (error?.kind === 'connection_lost') this.#parts.onConnectionLost(place.instanceId);
    return error === null ? forgotten : error.message;
  }

  async #refusal(owner: SessionOwner, place: SessionPlace): Promise<AppError> {
    await this.#parts.audit.record({
      kind: 'session.refused',
      actorId: owner.personId,
      onBehalfOfId: owner.adminPersonId,
      projectId: place.projectId,
      instanceId: place.instanceId,
      databaseId: place.databaseId,
      data: {
        person: owner.name,
        project: place.projectName,
        database: place.databaseName,
        instance: place.instanceTitle,
      },
    });
    const sentence = place.isProjectArchived
      ? `The project of ${place.databaseName} is archived: nobody can query it until it is restored.`
      : `You have no access to ${place.databaseName}. Request query access to open it.`;
    return new AppError('session.no_access', sentence, {
      details: { databaseId: place.databaseId, databaseName: place.databaseName, projectId: place.projectId },
    });
  }
}

/** Also true where there is nothing: a `role` row may be what comes. */
function isByRoleAlone(access: EffectiveAccess): boolean {
  return access.grants.every((grant) => grant.source === 'role');
}

export function hasWrite(access: EffectiveAccess): boolean {
  return access.grants.some((grant) => grant.privileges.includes('write'));
}

function ended(message: string, reason: string | null): AppError {
  return new AppError('session.ended', message, { details: { reason } });
}
