import { EngineError } from '../../engines/engine.ts';
import { randomToken } from '../../platform/crypto/index.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Engines, Inventory } from '../inventory/index.ts';
import { type SampleDatabase, type SampleRecord, sampleDatabases, samplePerson, sampleProjectName } from './sample.ts';
import { connectingUser, type SampleClusters } from './sample-clusters.ts';
import type { SampleInstance, SampleStore } from './sample-store.ts';

export interface SampleParts {
  readonly db: Db;
  readonly store: SampleStore;
  readonly clusters: SampleClusters;
  readonly inventory: Inventory;
  readonly engines: Engines;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

/** Everything that is done for the administrator who asked for the samples is done in his name. */
export function authorOfSamples(record: SampleRecord) {
  return { personId: record.adminPersonId, adminPersonId: null };
}

/**
 * Makes the samples, or finishes making them: every step looks first whether it is done, so it may be killed anywhere
 * and run again. `checkpoint` throws when the server is stopping.
 */
export class SampleMaker {
  readonly #parts: SampleParts;

  constructor(parts: SampleParts) {
    this.#parts = parts;
  }

  async make(record: SampleRecord, checkpoint: () => void): Promise<void> {
    await this.#parts.clusters.makeFolder(record.id);
    const instances = await Promise.all(sampleDatabases.map((database) => this.#makeInstance(record, database)));
    checkpoint();
    const projectId = await this.#makeProject(record);
    await this.#fillProject(record, projectId, instances);
    checkpoint();
    await this.#makePerson(record);
  }

  /** Starts one cluster of samples that exist; a port that had to change is changed in the instance too. */
  async start(record: SampleRecord, database: SampleDatabase): Promise<void> {
    const { clusters, store } = this.#parts;
    const port = await clusters.start(record.id, database.name, record.ports[database.name]);
    const instance = await store.findInstance(database.name, record.ports[database.name]);
    if (instance !== null) await this.#follow(record, database, instance, port);
  }

  async #makeInstance(record: SampleRecord, database: SampleDatabase): Promise<string> {
    const { clusters, inventory, store } = this.#parts;
    const port = await clusters.start(record.id, database.name, record.ports[database.name]);
    const known = await store.findInstance(database.name, record.ports[database.name]);
    if (known !== null) {
      await this.#follow(record, database, known, port);
      return known.id;
    }
    const password = randomToken();
    await clusters.prepare(database.name, password);
    await this.#load(database, port, password);
    const connection = { ...connectionTo(port), password };
    return await inventory.instances.create(
      authorOfSamples(record),
      {
        ...connection,
        title: (await store.isTitleTaken(database.title)) ? `${database.title} (sample)` : database.title,
        environmentId: await store.chooseEnvironment(database.environment),
      },
      true,
    );
  }

  /** The saved password is only sent to the saved port, so a new port comes with a new password. */
  async #follow(record: SampleRecord, database: SampleDatabase, instance: SampleInstance, port: number): Promise<void> {
    if (instance.port === port) return;
    const { clusters, inventory, db, store } = this.#parts;
    const password = randomToken();
    await clusters.prepare(database.name, password);
    await inventory.instances.update(authorOfSamples(record), instance.id, { port, password });
    const current = await store.find();
    if (current === null) return;
    const ports = { ...current.ports, [database.name]: port };
    await db.transaction().execute((tx) => store.update(tx, ['making', 'ready', 'failed', 'removing'], { ports }));
  }

  async #load(database: SampleDatabase, port: number, password: string): Promise<void> {
    const { tlsMode, tlsCa, ...connection } = connectionTo(port);
    const target = {
      ...connection,
      password: async () => password,
      tls: { mode: tlsMode, ca: tlsCa },
      maintenanceDatabase: null,
      connectTimeoutMs: 10_000,
    };
    try {
      await this.#parts.engines.postgresql.loadSample(target, database.name);
    } catch (error) {
      // Loaded by a run that was killed: loading is one transaction, so it is whole.
      if (!(error instanceof EngineError) || error.kind !== 'database_not_empty') throw error;
    }
  }

  async #makeProject(record: SampleRecord): Promise<string> {
    const { db, inventory, store } = this.#parts;
    const author = authorOfSamples(record);
    const known = await store.findProject();
    if (known === null) return (await inventory.projects.create(author, await this.#projectName(), true)).id;
    if (known.state === 'archived') {
      await inventory.projects.update(author, known.id, { state: 'active', name: await this.#projectName() });
    }
    await db.transaction().execute((tx) => store.ensureOwner(tx, known.id, record.adminPersonId));
    return known.id;
  }

  async #projectName(): Promise<string> {
    const isTaken = await this.#parts.store.isProjectNameTaken(sampleProjectName);
    return isTaken ? `${sampleProjectName} (sample)` : sampleProjectName;
  }

  async #fillProject(record: SampleRecord, projectId: string, instances: readonly string[]): Promise<void> {
    const { inventory, store } = this.#parts;
    const names = sampleDatabases.map(({ name }) => name);
    let databases = await store.databasesRead(instances, names);
    if (databases.length < names.length) {
      // Registering did not wait for its first sync to the end, or was killed in it.
      for (const id of instances) await inventory.sync.syncInstance(id, record.adminPersonId);
      databases = await store.databasesRead(instances, names);
    }
    if (databases.length < names.length) throw new Error('the sample databases were not found on their instances');
    await inventory.transfers.transfer(transferAuthorOf(record), projectId, databases);
  }

  async #makePerson(record: SampleRecord): Promise<void> {
    const { db, store, audit, feed } = this.#parts;
    await db.transaction().execute(async (tx) => {
      const personId = await store.ensureSamplePerson(tx);
      await store.ensureDeveloper(tx, personId, record.adminPersonId);
      await feed.publish(tx, {
        event: { topic: 'person', id: personId, projectId: null },
        audience: { personIds: [], projectId: null, isEverybody: true },
      });
      await audit.append(tx, {
        kind: 'sample.person_added',
        actorId: record.adminPersonId,
        data: { person: { id: personId, name: samplePerson.name }, role: 'project_developer' },
      });
    });
  }
}

/** The samples are moved whoever looks: what they are made of is theirs. */
export function transferAuthorOf(record: SampleRecord) {
  return {
    ...authorOfSamples(record),
    visibility: { projects: 'all', seesUnassigned: true },
    mayTransferFrom: () => true,
  } as const;
}

function connectionTo(port: number) {
  return {
    engine: 'postgresql',
    host: '127.0.0.1',
    port,
    user: connectingUser,
    tlsMode: 'disable',
    tlsCa: null,
  } as const;
}
