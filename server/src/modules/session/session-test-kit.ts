import type { StatementLine } from '@tidegate/contract';
import { analyse, outlivingWork, splitStatements } from '@tidegate/sql-analysis';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { createSealer, parseSecretKeys } from '../../platform/crypto/index.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import { asAppError, presentProblem } from '../../platform/http/problem-answer.ts';
import { createLog } from '../../platform/log/log.ts';
import { type AuditLog, startAuditLog } from '../audit/index.ts';
import { GrantWorld, type Place } from '../grant/grant-test-kit.ts';
import { openInstanceTargets } from '../inventory/index.ts';
import { EndedSessions } from './ended-sessions.ts';
import { RelationCatalog } from './relation-catalog.ts';
import { ServerPresence } from './server-presence.ts';
import type { SessionOwner, SessionPlace } from './session.ts';
import { SessionDialer } from './session-dialer.ts';
import { SessionService } from './session-service.ts';
import { SqlSessionStore } from './session-store-sql.ts';
import { StatementLog } from './statement-log.ts';
import { StatementService } from './statement-service.ts';

/** The key of the grant module's test kit: these are processes of the same installation. */
const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 9).toString('base64')) ?? []);

/** The sessions of one server process on the world's store. */
export class SessionWorld {
  readonly sessions: SessionService;
  readonly statements: StatementService;
  readonly store: SqlSessionStore;
  readonly presence: ServerPresence;
  readonly endedSessions: EndedSessions;
  readonly audit: AuditLog;
  /** Done between the account's connection and the last look at the rows. */
  whileDialling: () => Promise<void> = async () => undefined;
  /** An instance is swept when sessions on it break, in a while. */
  onConnectionLost: (instanceId: string) => void = (instanceId) => this.#world.grants.connectionLost(instanceId);
  /** Events of this kind cannot be stored. */
  unstorable = '';
  readonly lateRecords: unknown[] = [];
  readonly #world: GrantWorld;
  readonly #targets: ReturnType<typeof openInstanceTargets>;

  private constructor(world: GrantWorld, audit: AuditLog) {
    const { db, pool } = world.store;
    const mysql = createMySqlEngine();
    this.#world = world;
    this.#targets = openInstanceTargets({ db, engines: { postgresql: postgresEngine, mysql, mariadb: mysql }, sealer });
    this.audit = this.#watched(audit);
    this.store = new SqlSessionStore(db);
    this.presence = new ServerPresence(pool);
    const { presence } = this;
    this.endedSessions = new EndedSessions({
      db,
      audit,
      living: async (servers) => [presence.serverId, ...(await presence.living(servers))],
    });
    const dialer = new SessionDialer({ accounts: world.grants.accounts, targets: this.#targets });
    this.sessions = new SessionService({
      ...{ db, store: this.store, ledger: world.grants.ledger, audit: this.audit, serverId: presence.serverId },
      dialer: this.#interrupted(dialer),
      feed: createStoreChangeFeed(
        { listen: (channel, handler, onGap) => world.store.listen(channel, handler, onGap) },
        createLog({ level: 'silent' }),
      ),
      endedSessions: this.endedSessions,
      onLateRecord: (error) => void this.lateRecords.push(error),
      onConnectionLost: (instanceId) => this.onConnectionLost(instanceId),
    });
    this.statements = new StatementService({
      ...{ sessions: this.sessions, audit: this.audit, catalog: new RelationCatalog(db) },
      analysis: { split: splitStatements, analyse, outlivingWork },
      log: new StatementLog(db, this.audit),
      quickSync: async () => undefined,
      accessOn: (personId, databaseId) => world.grants.ledger.accessOn(db, personId, databaseId),
      problemOf: (error, id) => presentProblem(asAppError(error), id),
    });
  }

  static async start(world: GrantWorld): Promise<SessionWorld> {
    const own = new SessionWorld(world, await startAuditLog(world.db));
    await own.presence.start();
    return own;
  }

  async place(of: Place): Promise<SessionPlace> {
    const place = await this.store.findPlace(of.databaseId);
    if (place === null) throw new Error('The place is not registered.');
    return place;
  }

  async open(personId: string, on: Place) {
    return await this.sessions.open(ownerOf(personId), await this.place(on));
  }

  /** Runs one statement and answers its lines. */
  async run(personId: string, sessionId: string, text: string): Promise<StatementLine[]> {
    const lines: StatementLine[] = [];
    const caller = { ...ownerOf(personId), canRequest: () => true };
    for await (const line of await this.statements.run(caller, sessionId, text, 1_000)) lines.push(line);
    return lines;
  }

  /** Events of a kind since the world began, newest last. */
  async events(kind: string) {
    const query = this.#world.db.selectFrom('audit_event').where('kind', '=', kind).orderBy('at').orderBy('sequence');
    return await query.selectAll().execute();
  }

  async stop(): Promise<void> {
    await this.sessions.closeAll('The test is over.');
    this.presence.stop();
    await this.#targets.closeAll();
  }

  /** As `kill -9` would leave it, as far as the store can tell. */
  async vanish(): Promise<void> {
    this.presence.stop();
  }

  #interrupted(dialer: SessionDialer): Pick<SessionDialer, 'dial' | 'bringInLine'> {
    return {
      bringInLine: (owner, place) => dialer.bringInLine(owner, place),
      dial: async (...input) => {
        const dialled = await dialer.dial(...input);
        await this.whileDialling();
        return dialled;
      },
    };
  }

  #watched(audit: AuditLog): AuditLog {
    return {
      ...audit,
      append: async (tx, event) => {
        if (event.kind === this.unstorable) throw new Error('the record is full');
        await audit.append(tx, event);
      },
      // Fails where it is stored, as a full disk would.
      encode: (event) => ({ ...audit.encode(event), ...(event.kind === this.unstorable ? { kind: null } : {}) }),
    };
  }
}

/** A world and a server process in it, for the tests of one file. */
export async function openSessionWorld() {
  const world = await GrantWorld.open();
  const server = await SessionWorld.start(world);
  const close = async (): Promise<void> => {
    await server.stop();
    await world.close();
  };
  return { world, server, close };
}

export function ownerOf(personId: string): SessionOwner {
  return { personId, adminPersonId: null, name: 'dev', email: 'dev@example.test' };
}
