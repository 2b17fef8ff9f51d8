import { type Engine, EngineError, type EngineSession, type InstanceTarget } from '../../engines/engine.ts';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { EffectiveAccess } from '../grant/index.ts';
import { mostSessionsAPerson, type SessionPlace, type SessionRecord } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** Who opens; the caller's name and mail label the connection at the server. */
export interface SessionOwner {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly name: string;
  readonly email: string;
}

/** What opening needs of the ledger and the accounts; the grant module has it. */
export interface SessionLedger {
  withOpening<T>(personId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  accessOn(tx: Tx, personId: string, databaseId: string): Promise<EffectiveAccess>;
  /** Makes or renews a `role` row where the person administers and the environment allows it; false otherwise. */
  openRoleGrant(tx: Tx, personId: string, databaseId: string): Promise<boolean>;
}
export interface SessionAccounts {
  /** With `isBroken` the login has failed: everything is made anew. */
  ensureAccount(
    personId: string,
    instanceId: string,
    isBroken?: boolean,
  ): Promise<{ accountId: string; name: string; password: string }>;
}
export interface SessionTargets {
  get(instanceId: string): Promise<{ engine: Engine; target: InstanceTarget }>;
}

/** A session whose connection this process holds. */
export interface LiveSession {
  readonly id: string;
  readonly owner: SessionOwner;
  readonly place: SessionPlace;
  readonly accountId: string;
  readonly accountName: string;
  readonly connection: EngineSession;
  /** One statement at a time. */
  running: { readonly statementId: string; cancelled: boolean } | null;
  /** Set before the connection ends for a reason that we know. */
  endReason: string | null;
  isEnded: boolean;
}

interface Parts {
  readonly db: Db;
  readonly store: SessionStore;
  readonly ledger: SessionLedger;
  readonly accounts: SessionAccounts;
  readonly targets: SessionTargets;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly serverId: string;
}

/** Opens, keeps and ends sessions. The end of access is decided elsewhere; here it is carried out and explained. */
export class SessionService {
  readonly #parts: Parts;
  readonly #live = new Map<string, LiveSession>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Refuses with `session.no_access` where no row of the ledger covers the database. Order: the person's shared lock,
   * the rows and the clock, the session's row; then the account and the connection; then everything once more before the
   * first statement can be sent, because access may have ended while we were dialling.
   */
  async open(owner: SessionOwner, place: SessionPlace): Promise<LiveSession> {
    const { ledger, store, serverId } = this.#parts;
    const opening = await ledger.withOpening(owner.personId, async (tx) => {
      const access = await this.#currentAccess(tx, owner, place);
      if (access === null) return null;
      if ((await store.countLive(tx, owner.personId)) >= mostSessionsAPerson) {
        throw new AppError(
          'session.too_many',
          `You have ${mostSessionsAPerson} open sessions. Close a tab that you no longer need and try again.`,
        );
      }
      return await store.insertOpening(tx, { personId: owner.personId, databaseId: place.databaseId, serverId });
    });
    if (opening === null) throw await this.#refusal(owner, place);
    try {
      const { account, connection } = await this.#dial(owner, place);
      return await this.#enter(opening, owner, place, account, connection);
    } catch (error) {
      await store.markEnded(opening, 'The session could not be opened.');
      throw asConnectionFailure(error, place);
    }
  }

  /** The session if it is this person's and alive here; says why otherwise. */
  async get(personId: string, sessionId: string): Promise<LiveSession> {
    const live = this.#live.get(sessionId);
    if (live !== undefined && live.owner.personId === personId && !live.isEnded) return live;
    const record = await this.record(personId, sessionId);
    throw new AppError('session.ended', `This session has ended. ${record.endReason ?? 'Another server held it.'}`, {
      details: { reason: record.endReason },
    });
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
    live.endReason = 'You closed it.';
    await live.connection.close();
    await this.#ended(live, null);
  }

  /**
   * For the reconciler: it has ended these sessions at the server; the person hears why. `databases` are names on the
   * account's instance, null all of them.
   */
  async endLocal(accountId: string, databases: readonly string[] | null): Promise<void> {
    const concerned = [...this.#live.values()].filter(
      (live) => live.accountId === accountId && (databases === null || databases.includes(live.place.databaseName)),
    );
    await Promise.allSettled(
      concerned.map(async (live) => {
        live.endReason ??= await this.#explain(live, null);
        await live.connection.close();
        await this.#ended(live, null);
      }),
    );
  }

  async closeAll(reason: string): Promise<void> {
    await Promise.allSettled(
      [...this.#live.values()].map(async (live) => {
        live.endReason ??= reason;
        await live.connection.close();
        await this.#ended(live, null);
      }),
    );
  }

  /** The person's access on the session's database now, a `role` row made or renewed where he administers. */
  async accessFor(live: { owner: SessionOwner; place: SessionPlace }): Promise<EffectiveAccess | null> {
    return await this.#parts.ledger.withOpening(live.owner.personId, (tx) =>
      this.#currentAccess(tx, live.owner, live.place),
    );
  }

  async #currentAccess(tx: Tx, owner: SessionOwner, place: SessionPlace): Promise<EffectiveAccess | null> {
    const { ledger } = this.#parts;
    if (place.isUnregistering || place.isVanished || place.isProjectArchived) return null;
    const held = await ledger.accessOn(tx, owner.personId, place.databaseId);
    const needsRole = held.isEmpty || held.grants.every((grant) => grant.source === 'role');
    if (!needsRole) return held;
    const administers = await ledger.openRoleGrant(tx, owner.personId, place.databaseId);
    if (!administers) return held.isEmpty ? null : held;
    const access = await ledger.accessOn(tx, owner.personId, place.databaseId);
    return access.isEmpty ? null : access;
  }

  /** An account that was changed or dropped by hand is made anew, once. */
  async #dial(owner: SessionOwner, place: SessionPlace) {
    const { accounts, targets } = this.#parts;
    const reachable = await targets.get(place.instanceId);
    const account = await accounts.ensureAccount(owner.personId, place.instanceId);
    try {
      return { account, connection: await this.#connect(owner, place, account, reachable) };
    } catch (error) {
      if (!(error instanceof EngineError) || !brokenAccount.has(error.kind)) throw error;
      const repaired = await accounts.ensureAccount(owner.personId, place.instanceId, true);
      return { account: repaired, connection: await this.#connect(owner, place, repaired, reachable) };
    }
  }

  async #connect(
    owner: SessionOwner,
    place: SessionPlace,
    account: { name: string; password: string },
    { engine, target }: { engine: Engine; target: InstanceTarget },
  ): Promise<EngineSession> {
    const access = await this.accessFor({ owner, place });
    const mayWrite = access?.grants.some((grant) => grant.privileges.includes('write')) ?? false;
    return await engine.openSession(target, {
      account: account.name,
      password: account.password,
      database: place.databaseName,
      applicationName: `tidegate:${owner.email}`.slice(0, 63),
      isReadOnly: !mayWrite,
      // The union of rows can be prolonged while the session lives, so the engine's own limit cannot follow it here.
      remainingMs: null,
    });
  }

  async #enter(
    sessionId: string,
    owner: SessionOwner,
    place: SessionPlace,
    account: { accountId: string; name: string },
    connection: EngineSession,
  ): Promise<LiveSession> {
    const live: LiveSession = {
      id: sessionId,
      owner,
      place,
      accountId: account.accountId,
      accountName: account.name,
      connection,
      running: null,
      endReason: null,
      isEnded: false,
    };
    const isOpen = await this.#parts.ledger.withOpening(owner.personId, async (tx) => {
      const access = await this.#currentAccess(tx, owner, place);
      if (access === null) return false;
      const marked = await this.#parts.store.markOpen(tx, sessionId, {
        accountId: account.accountId,
        accountName: account.name,
        backendId: connection.backendId,
      });
      if (marked) await this.#recordOpening(tx, live);
      return marked;
    });
    if (!isOpen) {
      await connection.close();
      await this.#parts.store.markEnded(sessionId, 'Your access ended while the session was being opened.');
      throw await this.#refusal(owner, place);
    }
    this.#live.set(sessionId, live);
    connection.onEnd((error) => void this.#ended(live, error));
    return live;
  }

  async #recordOpening(tx: Tx, live: LiveSession): Promise<void> {
    await this.#parts.audit.append(tx, {
      kind: 'session.opened',
      ...placeOf(live),
      data: { ...namesOf(live), backend: live.connection.backendId },
    });
    await this.#parts.feed.publish(tx, changeOf(live));
  }

  async #ended(live: LiveSession, error: EngineError | null): Promise<void> {
    if (live.isEnded) return;
    live.isEnded = true;
    this.#live.delete(live.id);
    live.endReason ??= await this.#explain(live, error);
    const reason = live.endReason;
    const isFirst = await this.#parts.store.markEnded(live.id, reason);
    if (!isFirst) return;
    await this.#parts.db.transaction().execute(async (tx) => {
      await this.#parts.feed.publish(tx, changeOf(live));
      await this.#parts.audit.append(tx, {
        kind: 'session.ended',
        ...placeOf(live),
        data: { ...namesOf(live), reason },
      });
    });
  }

  /** Why the session's connection ended, in words: known, or found out now and kept. */
  async endReasonOf(live: LiveSession, error: EngineError | null): Promise<string> {
    live.endReason ??= await this.#explain(live, error);
    return live.endReason;
  }

  /** A connection that ends by itself is most often our own closure at the server: look for the reason in the ledger. */
  async #explain(live: LiveSession, error: EngineError | null): Promise<string> {
    const ended = await this.#parts.store.recentEnd(live.owner.personId, live.place.databaseId);
    if (ended !== null) return ended;
    return error === null ? 'The connection to the database ended.' : error.message;
  }

  async #refusal(owner: SessionOwner, place: SessionPlace): Promise<AppError> {
    await this.#parts.audit.record({
      kind: 'session.refused',
      actorId: owner.personId,
      onBehalfOfId: owner.adminPersonId,
      projectId: place.projectId,
      instanceId: place.instanceId,
      databaseId: place.databaseId,
      data: { person: owner.name, database: place.databaseName, instance: place.instanceTitle },
    });
    const sentence = place.isProjectArchived
      ? `The project of ${place.databaseName} is archived: nobody can query it until it is restored.`
      : `You have no access to ${place.databaseName}. Request query access to open it.`;
    return new AppError('session.no_access', sentence, {
      details: { databaseId: place.databaseId, databaseName: place.databaseName, projectId: place.projectId },
    });
  }
}

/** What a login says when the account is not as we left it. */
const brokenAccount: ReadonlySet<string> = new Set(['auth_failed', 'account_locked', 'access_refused']);

function asConnectionFailure(error: unknown, place: SessionPlace): unknown {
  if (!(error instanceof EngineError)) return error;
  const hint = error.hint === null ? '' : ` ${error.hint}`;
  return new AppError(
    'instance.connection_failed',
    `${place.instanceTitle} could not be reached. ${error.message}${hint}`,
    {
      details: { kind: error.kind },
      cause: error,
    },
  );
}

export function placeOf(live: LiveSession) {
  return {
    actorId: live.owner.personId,
    onBehalfOfId: live.owner.adminPersonId,
    projectId: live.place.projectId,
    instanceId: live.place.instanceId,
    databaseId: live.place.databaseId,
    sessionId: live.id,
  };
}

export function namesOf(live: LiveSession) {
  return {
    person: live.owner.name,
    database: live.place.databaseName,
    instance: live.place.instanceTitle,
    account: live.accountName,
  };
}

function changeOf(live: LiveSession) {
  return {
    event: { topic: 'session' as const, id: live.id, projectId: live.place.projectId },
    audience: { personIds: [live.owner.personId], projectId: live.place.projectId },
  };
}
