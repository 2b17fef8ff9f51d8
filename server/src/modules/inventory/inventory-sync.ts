import { type CatalogDatabase, EngineError } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import type { CatalogChanges } from './catalog-changes.ts';
import { compareRelations, isUnchanged } from './catalog-comparison.ts';
import type { CatalogStore, KnownDatabase } from './catalog-store.ts';
import { CoalescedRuns } from './coalesced-runs.ts';
import { isSystemDatabase } from './instance.ts';
import type { InstanceStore } from './instance-store.ts';
import type { InstanceTargets, ReachableInstance } from './instance-targets.ts';
import { announceDatabase, announceInstance } from './inventory-events.ts';

export interface SyncOutcome {
  readonly isOk: boolean;
  /** What could not be read, in words; null when all was. */
  readonly message: string | null;
}

interface Parts {
  readonly db: Db;
  readonly instances: InstanceStore;
  readonly catalog: CatalogStore;
  readonly targets: InstanceTargets;
  readonly guard: AccessGuard;
  readonly catalogChanges: CatalogChanges;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

/** Reads what servers hold into the store. What is gone from a server loses the access that was given on it. */
export class InventorySync {
  readonly #parts: Parts;
  readonly #instanceRuns = new CoalescedRuns<SyncOutcome>();
  readonly #databaseRuns = new CoalescedRuns<void>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Reads all databases of an instance; one run at a time. What a server refuses is an outcome and is kept on the
   * instance; it rejects only when the store fails or the instance is not (or soon no more) registered.
   */
  async syncInstance(instanceId: string, by: string | null = null): Promise<SyncOutcome> {
    const reachable = await this.#parts.targets.get(instanceId);
    if (reachable.instance.unregisteringAt !== null) {
      throw new AppError('instance.in_use', `${reachable.instance.title} is being unregistered.`);
    }
    return await this.#instanceRuns.run(instanceId, () => this.#syncInstance(reachable, by));
  }

  /**
   * Reads one database anew, for a name that is not known yet. Who asks while it is being read gets a reading that began
   * after he asked. Rejects with `EngineError` when the server cannot be read.
   */
  async syncDatabase(databaseId: string): Promise<void> {
    const database = await this.#parts.catalog.findDatabase(databaseId);
    if (database === null || database.vanishedAt !== null) return;
    const reachable = await this.#parts.targets.get(database.instanceId);
    await this.#readDatabase(reachable, database);
  }

  /**
   * Reads anew the databases of an instance in which names stand for other relations than we know: a quick look, for
   * looking often. Rejects with `EngineError` when the server cannot be asked.
   */
  async syncChanged(instanceId: string): Promise<void> {
    const { catalog, targets } = this.#parts;
    const { instance, admin } = await targets.get(instanceId);
    if (instance.unregisteringAt !== null) return;
    for (const database of await catalog.databasesOf(instanceId)) {
      if (database.vanishedAt !== null) continue;
      const found = await admin()
        .readIdentities(database.name)
        .catch((error: unknown) => {
          // The reading itself finds out, and says so.
          if (error instanceof EngineError && error.kind === 'database_missing') return null;
          throw error;
        });
      const isKnown = found !== null && isUnchanged(compareRelations(await catalog.relationsOf(database.id), found));
      if (!isKnown) await this.syncDatabase(database.id);
    }
  }

  async #syncInstance(reachable: ReachableInstance, by: string | null): Promise<SyncOutcome> {
    const { db, instances, feed } = this.#parts;
    const { id } = reachable.instance;
    await db.transaction().execute(async (tx) => {
      await instances.setSync(tx, id, 'running', null);
      await announceInstance(feed, tx, id);
    });
    const outcome = await this.#tryToRead(reachable).catch(async (error: unknown) => {
      await instances.setSync(db, id, 'failed', 'Something went wrong in Tidegate. Synchronise again.');
      throw error;
    });
    await db.transaction().execute(async (tx) => {
      await instances.setSync(tx, id, outcome.isOk ? 'ok' : 'failed', outcome.message);
      await announceInstance(feed, tx, id);
      // What went well and nobody asked for would fill the record; what it found is recorded by itself.
      if (by === null && outcome.isOk) return;
      await this.#parts.audit.append(tx, {
        kind: outcome.isOk ? 'instance.synced' : 'instance.sync_failed',
        actorId: by,
        instanceId: id,
        data: { instance: reachable.instance.title, message: outcome.message },
      });
    });
    return outcome;
  }

  async #tryToRead(reachable: ReachableInstance): Promise<SyncOutcome> {
    let databases: KnownDatabase[];
    try {
      databases = await this.#syncNames(reachable);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { isOk: false, message: inWords(error) };
    }
    const failures: string[] = [];
    for (const database of databases) {
      try {
        await this.#readDatabase(reachable, database);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        failures.push(`${database.name}: ${inWords(error)}`);
      }
    }
    if (failures.length === 0) return { isOk: true, message: null };
    const named = failures.slice(0, 5).join('\n');
    return {
      isOk: false,
      message: `${failures.length} of ${databases.length} databases could not be read.\n${named}`,
    };
  }

  /** Brings the list of databases in line with the server and answers those that are there. */
  async #syncNames({ instance, admin }: ReachableInstance): Promise<KnownDatabase[]> {
    const { db, catalog, instances, audit } = this.#parts;
    const facts = await admin().facts();
    const names = (await admin().listDatabases()).filter((name) => !isSystemDatabase(instance.engine, name));
    const present = new Set(names);
    const known = await catalog.databasesOf(instance.id);
    await this.#vanish(known.filter(({ name, vanishedAt }) => vanishedAt === null && !present.has(name)));
    await db.transaction().execute(async (tx) => {
      await instances.setVersion(tx, instance.id, facts.version);
      const added = await catalog.addDatabases(tx, instance.id, names);
      if (added.length === 0) return;
      const data = { instance: instance.title, databases: added.map(({ name }) => name) };
      await audit.append(tx, { kind: 'database.found', actorId: null, instanceId: instance.id, data });
    });
    return (await catalog.databasesOf(instance.id)).filter(({ vanishedAt }) => vanishedAt === null);
  }

  async #readDatabase(reachable: ReachableInstance, database: KnownDatabase): Promise<void> {
    await this.#databaseRuns.run(database.id, async () => {
      const readAt = await this.#parts.catalog.readingBegins();
      try {
        const reading = await reachable.admin().readCatalog(database.name);
        const isKept = await this.#keepReading(database, readAt, reading, false);
        if (!isKept) await this.#keepReading(database, readAt, reading, true);
      } catch (error) {
        if (!(error instanceof EngineError) || error.kind !== 'database_missing') throw error;
        await this.#vanish([database]);
      }
    });
  }

  /**
   * False, and nothing is kept, when tables are gone or replaced, which takes access away, and the people who had it
   * were not locked first. Most readings change nothing: they hold nobody up.
   */
  async #keepReading(
    database: KnownDatabase,
    readAt: Date,
    reading: CatalogDatabase,
    isLocking: boolean,
  ): Promise<boolean> {
    const { db, guard, catalog, catalogChanges, feed } = this.#parts;
    const mustLock = new Error('people have to be locked first');
    const work = db.transaction().execute(async (tx) => {
      if (isLocking) await guard.lockPeople(tx, await guard.peopleOfDatabases(tx, [database.id]));
      const changes = await catalog.apply(tx, database.id, readAt, reading);
      if (changes === null || isUnchanged(changes)) return;
      if (!isLocking && changes.removed.length + changes.replaced.length > 0) throw mustLock;
      await catalogChanges.relationsChanged(tx, database.id, changes);
      await announceDatabase(feed, tx, database.id, [database.projectId]);
    });
    return await work.then(
      () => true,
      (error: unknown) => (error === mustLock ? false : Promise.reject(error)),
    );
  }

  /** A database that is gone takes the access on it along; should its name come back, it comes without that access. */
  async #vanish(databases: readonly KnownDatabase[]): Promise<void> {
    if (databases.length === 0) return;
    const { db, guard, catalog } = this.#parts;
    const ids = databases.map(({ id }) => id);
    await db.transaction().execute(async (tx) => {
      const people = await guard.peopleOfDatabases(tx, ids);
      await guard.lockPeople(tx, people);
      const vanished = await catalog.markVanished(tx, ids);
      if (vanished.length === 0) return;
      await guard.accessChanged(tx, people, { kind: 'database_vanished', by: null });
      await this.#recordVanished(tx, vanished);
    });
  }

  async #recordVanished(tx: Tx, vanished: readonly KnownDatabase[]): Promise<void> {
    for (const { id, projectId } of vanished) await announceDatabase(this.#parts.feed, tx, id, [projectId]);
    for (const { id, name, instanceId, projectId } of vanished) {
      await this.#parts.audit.append(tx, {
        kind: 'database.vanished',
        actorId: null,
        instanceId,
        databaseId: id,
        projectId,
        data: { database: name },
      });
    }
  }
}

function inWords(error: EngineError): string {
  return error.hint === null ? error.message : `${error.message} ${error.hint}`;
}
