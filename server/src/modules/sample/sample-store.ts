import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { type SampleName, type SampleRecord, type SampleState, samplePerson } from './sample.ts';

const key = 'samples';

export interface SampleInstance {
  readonly id: string;
  readonly port: number;
}

/** The record of the samples, and where the things stand that they are made of. */
export class SampleStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(db: Db | Tx = this.#db): Promise<SampleRecord | null> {
    const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst();
    // Written here alone, in this shape.
    return row === undefined ? null : (row.value as SampleRecord);
  }

  /** False when there is a record already: two people, or two server processes, may begin at once. */
  async insert(tx: Tx, record: SampleRecord): Promise<boolean> {
    const result = await tx
      .insertInto('setting')
      .values({ key, value: JSON.stringify(record) })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  /** False when the record was not in that state any more. */
  async update(tx: Tx, from: readonly SampleState[], change: Partial<SampleRecord>): Promise<boolean> {
    const result = await tx
      .updateTable('setting')
      .set({ value: sql<string>`value || ${JSON.stringify(change)}::jsonb`, updated_at: sql<Date>`clock_timestamp()` })
      .where('key', '=', key)
      .where(sql<boolean>`value ->> 'state' = any(${from}::text[])`)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async delete(tx: Tx): Promise<void> {
    await tx.deleteFrom('setting').where('key', '=', key).execute();
  }

  /** The registered sample instance that holds the database of this name, or listens on this port. */
  async findInstance(name: SampleName, port: number): Promise<SampleInstance | null> {
    const row = await this.#db
      .selectFrom('instance')
      .select(['instance.id', 'instance.port'])
      .where('instance.is_sample', '=', true)
      .where('instance.unregistered_at', 'is', null)
      .where((eb) =>
        eb.or([
          eb('instance.port', '=', port),
          eb.exists(
            eb
              .selectFrom('database')
              .select('database.id')
              .whereRef('database.instance_id', '=', 'instance.id')
              .where('database.name', '=', name),
          ),
        ]),
      )
      .executeTakeFirst();
    return row ?? null;
  }

  async sampleInstances(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('instance')
      .select('id')
      .where('is_sample', '=', true)
      .where('unregistered_at', 'is', null)
      .execute();
    return rows.map((row) => row.id);
  }

  /** The environment of this name; without one the first, or for the last of the list the last. */
  async chooseEnvironment(name: string): Promise<string> {
    const rows = await this.#db.selectFrom('environment').select(['id', 'name']).orderBy('position').execute();
    const chosen = rows.find((row) => row.name === name) ?? (name === 'Prod' ? rows.at(-1) : rows[0]);
    if (chosen === undefined) throw new Error('there is no environment');
    return chosen.id;
  }

  async isTitleTaken(title: string): Promise<boolean> {
    const { rows } = await sql`
      select from tidegate.instance where lower(title) = lower(${title}) and unregistered_at is null`.execute(this.#db);
    return rows.length > 0;
  }

  /** Those whose tables have been read: a name alone may be all that a killed run has left. */
  async databasesRead(instanceIds: readonly string[], names: readonly string[]): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('database')
      .select('id')
      .where('instance_id', 'in', instanceIds)
      .where('name', 'in', names)
      .where('vanished_at', 'is', null)
      .where('synced_at', 'is not', null)
      .execute();
    return rows.map((row) => row.id);
  }

  async databasesOfProject(projectId: string): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('database')
      .select('id')
      .where('project_id', '=', projectId)
      .where('vanished_at', 'is', null)
      .execute();
    return rows.map((row) => row.id);
  }

  async findProject(): Promise<{ id: string; state: 'active' | 'archived' } | null> {
    const row = await this.#db
      .selectFrom('project')
      .select(['id', 'state'])
      .where('is_sample', '=', true)
      .orderBy('created_at')
      .executeTakeFirst();
    return row ?? null;
  }

  async isProjectNameTaken(name: string): Promise<boolean> {
    const { rows } = await sql`select from tidegate.project where lower(name) = lower(${name})`.execute(this.#db);
    return rows.length > 0;
  }

  async ensureOwner(tx: Tx, projectId: string, personId: string): Promise<void> {
    await sql`
      insert into tidegate.project_member (project_id, role, person_id, added_by, added_at)
      select ${projectId}, 'project_owner', ${personId}, ${personId}, tidegate.now()
      where not exists (select from tidegate.project_member
        where project_id = ${projectId} and role = 'project_owner' and person_id = ${personId})`.execute(tx);
  }

  /** Deletes a project that no record speaks of; the store refuses otherwise (foreign keys). */
  async deleteProject(tx: Tx, projectId: string): Promise<void> {
    await tx.deleteFrom('project_member').where('project_id', '=', projectId).execute();
    await tx.deleteFrom('project').where('id', '=', projectId).execute();
  }

  async findSamplePerson(db: Db | Tx = this.#db): Promise<{ id: string } | null> {
    const row = await db.selectFrom('person').select('id').where('is_sample', '=', true).executeTakeFirst();
    return row ?? null;
  }

  /** The sample person, active; who was there before comes back. His address is another one where it is taken. */
  async ensureSamplePerson(tx: Tx): Promise<string> {
    const known = await this.findSamplePerson(tx);
    if (known !== null) {
      await tx.updateTable('person').set({ state: 'active' }).where('id', '=', known.id).execute();
      return known.id;
    }
    const { name, email } = samplePerson;
    const taken = await tx.selectFrom('person').select('id').where('email', '=', email).executeTakeFirst();
    const values = { name, email: taken === undefined ? email : 'dev+sample@example.com', is_sample: true };
    const row = await tx.insertInto('person').values(values).returning('id').executeTakeFirstOrThrow();
    return row.id;
  }

  async ensureDeveloper(tx: Tx, personId: string, by: string): Promise<void> {
    await tx
      .insertInto('workspace_role')
      .values({ role: 'project_developer', person_id: personId, added_by: by, added_at: sql<Date>`tidegate.now()` })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Signs the person out everywhere and takes all roles and links away; the row stays, the record speaks of it. */
  async retirePerson(tx: Tx, personId: string): Promise<void> {
    await tx.updateTable('person').set({ state: 'deactivated' }).where('id', '=', personId).execute();
    await tx.deleteFrom('sign_in').where('person_id', '=', personId).execute();
    await tx.deleteFrom('invitation').where('person_id', '=', personId).execute();
    await tx.deleteFrom('workspace_role').where('person_id', '=', personId).execute();
    await tx.deleteFrom('project_member').where('person_id', '=', personId).execute();
    await tx.deleteFrom('group_member').where('person_id', '=', personId).execute();
  }
}
