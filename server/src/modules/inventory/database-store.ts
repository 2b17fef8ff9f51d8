import type { Db, Tx } from '../../platform/store/tx.ts';

/** One database with what decides about it. */
export interface DatabaseRecord {
  readonly id: string;
  readonly name: string;
  readonly instanceId: string;
  readonly projectId: string | null;
  /** Its own; null: its instance's. */
  readonly environmentId: string | null;
  readonly instanceEnvironmentId: string;
}

/** Databases that are on their servers; those that vanished are not found. */
export class DatabaseStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async findMany(ids: readonly string[], db: Db | Tx = this.#db): Promise<DatabaseRecord[]> {
    if (ids.length === 0) return [];
    return await this.#present(db).where('database.id', 'in', ids).execute();
  }

  /** Locked in the order of their ids, so that two transfers of the same ones follow each other. */
  async findManyForChange(tx: Tx, ids: readonly string[]): Promise<DatabaseRecord[]> {
    if (ids.length === 0) return [];
    return await this.#present(tx)
      .where('database.id', 'in', ids)
      .orderBy('database.id')
      .forUpdate('database')
      .execute();
  }

  async setProject(tx: Tx, ids: readonly string[], projectId: string | null): Promise<void> {
    await tx.updateTable('database').set({ project_id: projectId }).where('id', 'in', ids).execute();
  }

  async setEnvironment(tx: Tx, id: string, environmentId: string | null): Promise<void> {
    await tx.updateTable('database').set({ environment_id: environmentId }).where('id', '=', id).execute();
  }

  #present(db: Db | Tx) {
    return db
      .selectFrom('database')
      .innerJoin('instance', 'instance.id', 'database.instance_id')
      .where('database.vanished_at', 'is', null)
      .select([
        'database.id',
        'database.name',
        'database.instance_id as instanceId',
        'database.project_id as projectId',
        'database.environment_id as environmentId',
        'instance.environment_id as instanceEnvironmentId',
      ]);
  }
}
