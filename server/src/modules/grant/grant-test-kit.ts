import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Privilege, Role, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import type { EngineSession } from '../../engines/engine.ts';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { createSealer, parseSecretKeys } from '../../platform/crypto/index.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import { createLog } from '../../platform/log/log.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { startAuditLog } from '../audit/index.ts';
import { CatalogStore, installationId, openInstanceTargets } from '../inventory/index.ts';
import { type Grants, openGrants } from './index.ts';

const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 9).toString('base64')) ?? []);

/** A database of an instance that is registered in the test's store. */
export interface Place {
  readonly databaseId: string;
  readonly name: string;
  readonly instanceId: string;
  readonly fixture: EngineFixture;
}

export interface Given {
  readonly to: { readonly kind: 'person' | 'group'; readonly id: string };
  readonly on: Place;
  readonly tables?: readonly string[];
  readonly privileges?: readonly Privilege[];
  /** From now; null never ends. */
  readonly seconds?: number | null;
}

/** The ledger on a store of its own with a clock that the test moves, and real servers behind it. */
export class GrantWorld {
  readonly store: TestStore;
  readonly grants: Grants;
  /** Sessions that were told of their end, as `accountId database`. */
  readonly told: string[] = [];
  readonly #sessions: EngineSession[] = [];
  readonly #closeTargets: () => Promise<void>;
  readonly #targets: ReturnType<typeof openInstanceTargets>;

  private constructor(store: TestStore, installation: string, audit: Awaited<ReturnType<typeof startAuditLog>>) {
    const log = createLog({ level: process.env['TIDEGATE_TEST_LOG'] ?? 'silent' });
    const mysql = createMySqlEngine();
    this.store = store;
    this.#targets = openInstanceTargets({
      db: store.db,
      engines: { postgresql: postgresEngine, mysql, mariadb: mysql },
      sealer,
    });
    this.#closeTargets = () => this.#targets.closeAll();
    this.grants = openGrants(
      {
        ...{ db: store.db, pool: store.pool, log, audit, sealer, targets: this.#targets, installation },
        feed: createStoreChangeFeed(
          { listen: (channel, handler, onGap) => store.listen(channel, handler, onGap) },
          log,
        ),
        listen: (channel, handler, onGap) => store.listen(channel, handler, onGap),
      },
      {
        endLocal: async (accountId, databases) => void this.told.push(`${accountId} ${databases?.join(',') ?? 'all'}`),
      },
    );
  }

  static async open(store?: TestStore): Promise<GrantWorld> {
    const own = store ?? (await createTestStore());
    await sql`create table if not exists tidegate.test_clock (frozen timestamptz, shift interval not null default '0')`.execute(
      own.db,
    );
    await sql`insert into tidegate.test_clock select where not exists (select from tidegate.test_clock)`.execute(
      own.db,
    );
    await sql`create or replace function tidegate.now() returns timestamptz language sql volatile as
      'select coalesce(frozen, clock_timestamp() + shift) from tidegate.test_clock'`.execute(own.db);
    return new GrantWorld(own, await installationId(own.db), await startAuditLog(own.db));
  }

  get db() {
    return this.store.db;
  }

  /** The clock stands at this instant until it is set again; null lets the real one go on. */
  async freeze(at: Date | null): Promise<void> {
    await sql`update tidegate.test_clock set frozen = ${at}::timestamptz`.execute(this.db);
  }

  async shiftClock(seconds: number): Promise<void> {
    await sql`update tidegate.test_clock set shift = make_interval(secs => ${seconds})`.execute(this.db);
  }

  async person(name: string, roles: readonly Role[] = []): Promise<string> {
    const email = `${name.toLowerCase()}.${randomUUID().slice(0, 8)}@example.test`;
    const { id } = await this.db.insertInto('person').values({ name, email }).returning('id').executeTakeFirstOrThrow();
    for (const role of roles) await this.db.insertInto('workspace_role').values({ role, person_id: id }).execute();
    return id;
  }

  async group(name: string, people: readonly string[]): Promise<string> {
    const { id } = await this.db
      .insertInto('person_group')
      .values({ name: `${name} ${randomUUID().slice(0, 8)}` })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const person of people) {
      await this.db.insertInto('group_member').values({ group_id: id, person_id: person }).execute();
    }
    return id;
  }

  async project(name: string): Promise<string> {
    const values = { name: `${name} ${randomUUID().slice(0, 8)}` };
    return (await this.db.insertInto('project').values(values).returning('id').executeTakeFirstOrThrow()).id;
  }

  async member(projectId: string, personId: string, role: Role, expiresAt: Date | null = null): Promise<string> {
    const values = { project_id: projectId, person_id: personId, role, expires_at: expiresAt };
    return (await this.db.insertInto('project_member').values(values).returning('id').executeTakeFirstOrThrow()).id;
  }

  /** Registers a running server. */
  async instance(fixture: EngineFixture): Promise<string> {
    const environment = await this.db.selectFrom('environment').select('id').orderBy('position').limit(1).execute();
    const id = randomUUID();
    const password = sealer.seal(await fixture.target.password(), `instance:${id}:password`);
    await this.db
      .insertInto('instance')
      .values({
        ...{ id, short_id: randomUUID().slice(0, 4), title: `${fixture.dialect.kind} ${id.slice(0, 4)}` },
        ...{ environment_id: environment[0]?.id ?? '', engine: fixture.dialect.kind, tls_mode: 'disable' },
        ...{ host: fixture.target.host, port: fixture.target.port, user_name: fixture.target.user },
        ...{ password_sealed: password, server_identity: id },
      })
      .execute();
    return id;
  }

  /** Makes a database at the server, with tables of two rows, and registers it in the project. */
  async database(
    fixture: EngineFixture,
    instanceId: string,
    projectId: string | null,
    tables: readonly string[],
  ): Promise<Place> {
    const name = `hr_${randomUUID().slice(0, 8)}`;
    await fixture.createDatabase(name);
    const { id } = await this.db
      .insertInto('database')
      .values({ instance_id: instanceId, name, project_id: projectId })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { dialect } = fixture;
    for (const table of tables) {
      await fixture.owner(name, dialect.createTable(dialect.quote(table)));
      await fixture.owner(name, `insert into ${dialect.quote(table)} (id, amount) values (1, 10), (2, 20)`);
    }
    const place = { databaseId: id, name, instanceId, fixture };
    await this.sync(place);
    return place;
  }

  /** Reads the tables of a database into the store, as the product's own sync does. */
  async sync(place: Place): Promise<void> {
    const catalog = new CatalogStore(this.db);
    const { admin } = await this.#targets.get(place.instanceId);
    const readAt = await catalog.readingBegins();
    const reading = await admin().readCatalog(place.name);
    await this.db.transaction().execute(async (tx) => {
      const { guard } = this.grants;
      await guard.lockPeople(tx, await guard.peopleOfDatabases(tx, [place.databaseId]));
      const changes = await catalog.apply(tx, place.databaseId, readAt, reading);
      if (changes !== null) await guard.relationsChanged(tx, place.databaseId);
    });
    // Everybody's accounts there are compared anew: a test begins when that is done.
    await this.settle();
  }

  scopeOf({ on, tables }: Pick<Given, 'on' | 'tables'>): Scope {
    const schema = on.fixture.dialect.defaultSchema;
    const items = tables?.map((table) => ({ databaseId: on.databaseId, schema, table }));
    return { kind: 'items', items: items ?? [{ databaseId: on.databaseId, schema: null, table: null }] };
  }

  /** A row of the ledger that stands by itself, as break-glass would make it: nothing but its end takes it away. */
  async give(given: Given): Promise<string> {
    const { ledger } = this.grants;
    const database = await this.db
      .selectFrom('database')
      .where('id', '=', given.on.databaseId)
      .select('project_id')
      .executeTakeFirstOrThrow();
    return await ledger.withChanging([], async (tx) => {
      const now = await ledger.now(tx);
      const seconds = given.seconds === undefined ? 3600 : given.seconds;
      return await ledger.createGrant(tx, {
        source: 'emergency',
        holder: given.to,
        projectId: database.project_id,
        scope: this.scopeOf(given),
        privileges: given.privileges ?? ['read'],
        reason: 'a test',
        grantedBy: null,
        startsAt: now,
        expiresAt: seconds === null ? null : new Date(now.getTime() + seconds * 1000),
      });
    });
  }

  /** Opens as the product does: the rows under the lock, the account, the connection, the rows once more. */
  async open(personId: string, place: Place): Promise<EngineSession> {
    const { ledger, accounts } = this.grants;
    const look = () => ledger.withOpening(personId, (tx) => ledger.accessOn(tx, personId, place.databaseId));
    if ((await look()).isEmpty) throw new NoAccess();
    const { engine, target } = await this.#targets.get(place.instanceId);
    const { connection: session } = await accounts.openAs(personId, place.instanceId, async (account) => {
      const opened = await engine.openSession(target, {
        ...{ account: account.name, password: account.password, database: place.name },
        ...{ applicationName: 'Tidegate test', isReadOnly: false, remainingMs: null },
      });
      await this.noteSession(personId, place, account, opened.backendId);
      return opened;
    });
    this.#sessions.push(session);
    if (!(await look()).isEmpty) return session;
    await session.close();
    throw new NoAccess();
  }

  /** As one that has ended: nothing here holds it. */
  async noteSession(
    personId: string,
    { databaseId }: Place,
    account: { accountId: string; name: string },
    backendId: string,
  ): Promise<void> {
    const now = sql<Date>`tidegate.now()`;
    await this.db
      .insertInto('session')
      .values({
        ...{ person_id: personId, database_id: databaseId, account_id: account.accountId, account_name: account.name },
        ...{ server_id: 'a test', backend_id: backendId, state: 'ended', end_reason: 'Nobody holds it.' },
        ...{ opened_at: now, last_used_at: now, ended_at: now },
      })
      .execute();
  }

  /** Waits for everything that can be done now. */
  async settle(): Promise<void> {
    await this.grants.runner.whenIdle();
  }

  async end(grantId: string, people: readonly string[]): Promise<void> {
    const { ledger } = this.grants;
    await ledger.withChanging(people, (tx) => ledger.endGrants(tx, [grantId], { kind: 'revoked', by: null }));
  }

  async narrow(grantId: string, people: readonly string[], to: Pick<Given, 'on' | 'tables'>): Promise<string> {
    const { ledger, amendments } = this.grants;
    const scope = this.scopeOf(to);
    return await ledger.withChanging(people, (tx) => amendments.narrowGrant(tx, { grantId, scope, by: null }));
  }

  /** As somebody who may grant and does not hold it. */
  async confirmTables(grantId: string): Promise<void> {
    const by = { personId: await this.person('Ada'), adminPersonId: null };
    await this.grants.service.confirmTables(grantId, by);
  }

  async grant(id: string) {
    return await this.db.selectFrom('access_grant').where('id', '=', id).selectAll().executeTakeFirstOrThrow();
  }

  /** The steps on record, as `step: summary`. */
  async steps(grantId: string): Promise<{ step: string; ok: boolean; summary: string }[]> {
    const query = this.db.selectFrom('closure_step').where('grant_id', '=', grantId).orderBy('id');
    return await query.select(['step', 'ok', 'summary']).execute();
  }

  /** The names of a person's accounts on an instance, those that were dropped too. */
  async accountsOf(personId: string, instanceId: string): Promise<{ name: string; state: string }[]> {
    const query = this.db.selectFrom('database_account').where('person_id', '=', personId);
    return await query.where('instance_id', '=', instanceId).select(['name', 'state']).orderBy('created_at').execute();
  }

  /** What the server itself has of a person's accounts: their names and the number of their sessions. */
  async atServer(personId: string, place: Place): Promise<{ accounts: string[]; sessions: number }> {
    const { engine, target } = await this.#targets.get(place.instanceId);
    const admin = engine.admin(target);
    const accounts: string[] = [];
    let sessions = 0;
    try {
      for (const { name } of await this.accountsOf(personId, place.instanceId)) {
        if ((await admin.listAccounts(name)).includes(name)) accounts.push(name);
        sessions += (await place.fixture.superuser('', place.fixture.dialect.sessionsOf(name))).length;
      }
    } finally {
      await admin.close();
    }
    return { accounts, sessions };
  }

  /** Resolves when a transaction of the store waits for another. */
  async someoneWaits(): Promise<void> {
    await until('somebody waiting for a lock', async () => {
      const { rows } = await sql`select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' limit 1`.execute(this.db);
      return rows.length > 0;
    });
  }

  async auditKinds(): Promise<string[]> {
    const rows = await this.db.selectFrom('audit_event').select('kind').orderBy('sequence').execute();
    return rows.map((row) => row.kind);
  }

  /** Stops the workers and closes everything, the store too unless it was handed in by the test. */
  async close(keepStore = false): Promise<void> {
    await Promise.allSettled(this.#sessions.map((session) => session.close()));
    await this.grants.stop();
    await this.#closeTargets();
    if (!keepStore) await this.store.close();
  }
}

/** No row of the ledger covers the database. */
export class NoAccess extends Error {}

/** Looks until the condition holds. */
export async function until(what: string, look: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${withinMs / 1000} s`);
    await pause(10);
  }
}

/** Runs a statement and answers its rows. */
export async function run(session: EngineSession, text: string): Promise<(readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  await session.execute(
    { text, maxRows: 1_000, maxCellLength: 1_000 },
    { columns: () => undefined, rows: (batch) => void rows.push(...batch) },
  );
  return rows;
}

/** The kind of the engine's refusal, or `none`. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'none',
    (error: { kind?: string }) => error.kind ?? String(error),
  );
}
