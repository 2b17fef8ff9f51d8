import { type Selectable, sql } from 'kysely';
import type { EnvironmentTable } from '../../platform/store/store-schema.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { Environment, EnvironmentChange, NewEnvironment } from './environment.ts';

export class EnvironmentStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** In their order. */
  async list(): Promise<Environment[]> {
    const rows = await this.#db.selectFrom('environment').selectAll().orderBy('position').orderBy('name').execute();
    return rows.map(toEnvironment);
  }

  async find(id: string): Promise<Environment | null> {
    const row = await this.#db.selectFrom('environment').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : toEnvironment(row);
  }

  /** All, locked in their order, so that two people who reorder or delete follow each other. */
  async listForChange(tx: Tx): Promise<Environment[]> {
    const rows = await tx.selectFrom('environment').selectAll().orderBy('position').orderBy('id').forUpdate().execute();
    return rows.map(toEnvironment);
  }

  async insert(tx: Tx, environment: NewEnvironment): Promise<Environment> {
    const row = await tx
      .insertInto('environment')
      .values({
        name: environment.name,
        color: environment.color,
        is_protected: environment.isProtected,
        allows_read_by_role: environment.allowsReadByRole,
        position: sql<number>`(select coalesce(max(position), 0) + 1 from tidegate.environment)`,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toEnvironment(row);
  }

  async update(tx: Tx, id: string, change: EnvironmentChange): Promise<void> {
    const values = {
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.color === undefined ? {} : { color: change.color }),
      ...(change.isProtected === undefined ? {} : { is_protected: change.isProtected }),
      ...(change.allowsReadByRole === undefined ? {} : { allows_read_by_role: change.allowsReadByRole }),
    };
    if (Object.keys(values).length === 0) return;
    await tx.updateTable('environment').set(values).where('id', '=', id).execute();
  }

  /** Numbers the environments from 1 in the given order. */
  async reorder(tx: Tx, ids: readonly string[]): Promise<void> {
    await sql`
      update tidegate.environment set position = wanted.place
      from unnest(${ids}::uuid[]) with ordinality as wanted (id, place)
      where environment.id = wanted.id and environment.position <> wanted.place
    `.execute(tx);
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.deleteFrom('environment').where('id', '=', id).execute();
  }

  /** What instances and databases use it; those that are gone are not counted. */
  async useOf(tx: Tx, id: string): Promise<{ instances: number; databases: number }> {
    const { rows } = await sql<{ instances: number; databases: number }>`
      select
        (select count(*)::int from tidegate.instance where environment_id = ${id} and unregistered_at is null) as instances,
        (select count(*)::int from tidegate.database where environment_id = ${id} and vanished_at is null) as databases
    `.execute(tx);
    if (rows[0] === undefined) throw new Error('the store did not count');
    return rows[0];
  }

  /** Rows that are kept for the record alone let go of an environment that is deleted. */
  async releaseFromRecord(tx: Tx, id: string, successorId: string): Promise<void> {
    await tx
      .updateTable('instance')
      .set({ environment_id: successorId })
      .where('environment_id', '=', id)
      .where('unregistered_at', 'is not', null)
      .execute();
    await tx
      .updateTable('database')
      .set({ environment_id: null })
      .where('environment_id', '=', id)
      .where('vanished_at', 'is not', null)
      .execute();
  }

  /** Registered instances of each environment. */
  async countInstances(): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('instance')
      .select(['environment_id', sql<number>`count(*)::int`.as('instances')])
      .where('unregistered_at', 'is', null)
      .groupBy('environment_id')
      .execute();
    return new Map(rows.map((row) => [row.environment_id, row.instances]));
  }

  /** Databases whose own or inherited environment it is. */
  async databasesIn(tx: Tx, id: string): Promise<string[]> {
    const rows = await tx
      .selectFrom('database')
      .innerJoin('instance', 'instance.id', 'database.instance_id')
      .select('database.id')
      .where('database.vanished_at', 'is', null)
      .where(sql<boolean>`coalesce(database.environment_id, instance.environment_id) = ${id}`)
      .execute();
    return rows.map((row) => row.id);
  }
}

export function toEnvironment(row: Selectable<EnvironmentTable>): Environment {
  return {
    id: row.id,
    name: row.name,
    color: row.color,
    isProtected: row.is_protected,
    allowsReadByRole: row.allows_read_by_role,
    position: row.position,
  };
}
