import { EngineError } from '../../engines/engine.ts';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { type Author, authorOf } from './author.ts';
import { violatedConstraint } from './constraint-violation.ts';
import type { DatabaseRecord, DatabaseStore } from './database-store.ts';
import type { EnvironmentService } from './environment-service.ts';
import type { InstanceTargets } from './instance-targets.ts';
import { announceDatabase } from './inventory-events.ts';
import type { InventorySync } from './inventory-sync.ts';
import { lockRoleReaders } from './role-readers.ts';

interface Parts {
  readonly db: Db;
  readonly databases: DatabaseStore;
  readonly environments: EnvironmentService;
  readonly targets: InstanceTargets;
  readonly sync: InventorySync;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

export class DatabaseService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async get(id: string): Promise<DatabaseRecord> {
    const [database] = await this.#parts.databases.findMany([id]);
    if (database === undefined) throw notFound('database');
    return database;
  }

  /**
   * Overrides the environment that a database has from its instance, or inherits it again (null). Where the new one
   * forbids reading by role, the grants that came from it end in the same transaction.
   */
  async setEnvironment(author: Author, id: string, environmentId: string | null): Promise<void> {
    const before = await this.get(id);
    const next = await this.#parts.environments.get(environmentId ?? before.instanceEnvironmentId);
    await this.#saved(async (tx) => {
      const people = next.allowsReadByRole ? null : await lockRoleReaders(this.#parts.guard, tx, [id]);
      await this.#parts.databases.setEnvironment(tx, id, environmentId);
      if (people !== null) {
        const note = `The environment of ${before.name} became ${next.name}`;
        await this.#parts.guard.accessChanged(tx, people, { kind: 'role_lost', by: author.personId, note });
      }
      await this.#announceAndRecord(tx, author, before, 'database.environment_changed', {
        environment: next.name,
        isInherited: environmentId === null,
      });
    });
  }

  /** Makes the sample tables. Refuses with `database.not_empty` where anything is already. */
  async loadSample(author: Author, id: string): Promise<void> {
    const database = await this.get(id);
    const { engine, target } = await this.#parts.targets.get(database.instanceId);
    try {
      await engine.loadSample(target, database.name);
    } catch (error) {
      if (error instanceof EngineError) throw sampleRefusal(error, database);
      throw error;
    }
    await this.#parts.db.transaction().execute(async (tx) => {
      await this.#announceAndRecord(tx, author, database, 'database.sample_loaded', {});
    });
    await this.#parts.sync.syncDatabase(id);
  }

  async #announceAndRecord(
    tx: Tx,
    author: Author,
    database: DatabaseRecord,
    kind: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { id, name, projectId, instanceId } = database;
    await announceDatabase(this.#parts.feed, tx, id, [projectId]);
    await this.#parts.audit.append(tx, {
      kind,
      ...authorOf(author),
      projectId,
      instanceId,
      databaseId: id,
      data: { database: name, ...data },
    });
  }

  async #saved(work: (tx: Tx) => Promise<void>): Promise<void> {
    try {
      await this.#parts.db.transaction().execute(work);
    } catch (error) {
      // The environment was deleted a moment ago.
      if (violatedConstraint(error) === 'database_environment_id_fkey') throw notFound('environment');
      throw error;
    }
  }
}

function sampleRefusal(error: EngineError, database: DatabaseRecord): AppError {
  if (error.kind === 'database_not_empty') {
    return new AppError(
      'database.not_empty',
      `${database.name} is not empty. The sample is only loaded where nothing is.`,
    );
  }
  return new AppError('instance.connection_failed', error.message, {
    details: { kind: error.kind, hint: error.hint },
    cause: error,
  });
}
