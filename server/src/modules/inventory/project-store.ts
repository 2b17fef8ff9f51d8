import { type Selectable, sql } from 'kysely';
import type { ProjectTable } from '../../platform/store/store-schema.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { Project, ProjectChange } from './project.ts';

export class ProjectStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<Project | null> {
    const row = await this.#db
      .selectFrom('project')
      .selectAll()
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return row === undefined ? null : toProject(row);
  }

  async findForChange(tx: Tx, id: string): Promise<Project | null> {
    const row = await tx
      .selectFrom('project')
      .selectAll()
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    return row === undefined ? null : toProject(row);
  }

  /** Held so that none of them is archived meanwhile. */
  async findManyForShare(tx: Tx, ids: readonly string[]): Promise<Project[]> {
    const rows = await tx
      .selectFrom('project')
      .selectAll()
      .where('id', 'in', ids)
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .forShare()
      .execute();
    return rows.map(toProject);
  }

  /** With its creator as Project Owner: a project without an owner never exists. */
  async insert(tx: Tx, project: { name: string; createdBy: string; isSample: boolean }): Promise<Project> {
    const row = await tx
      .insertInto('project')
      .values({ name: project.name, created_by: project.createdBy, is_sample: project.isSample })
      .returningAll()
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('project_member')
      .values({
        project_id: row.id,
        role: 'project_owner',
        person_id: project.createdBy,
        added_by: project.createdBy,
        added_at: sql<Date>`tidegate.now()`,
      })
      .execute();
    return toProject(row);
  }

  async update(tx: Tx, id: string, change: ProjectChange): Promise<void> {
    const values = {
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.state === undefined ? {} : { state: change.state }),
      ...(change.hidesNames === undefined ? {} : { hides_names: change.hidesNames }),
    };
    if (Object.keys(values).length === 0) return;
    await tx.updateTable('project').set(values).where('id', '=', id).execute();
  }

  /** Grants of the project whose end has not been proven yet. */
  async countOpenGrants(tx: Tx, id: string): Promise<number> {
    const query = tx.selectFrom('access_grant').where('project_id', '=', id).where('ended_at', 'is', null);
    const { count } = await query.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
    return count;
  }

  /** The row stays for the record; its databases are in no project, nobody is a member, nothing waits for a decision. */
  async delete(tx: Tx, id: string): Promise<void> {
    await tx.updateTable('database').set({ project_id: null }).where('project_id', '=', id).execute();
    await tx.deleteFrom('project_member').where('project_id', '=', id).execute();
    await tx
      .updateTable('access_request')
      .set({ state: 'expired', decided_at: sql<Date>`tidegate.now()` })
      .where('project_id', '=', id)
      .where('state', '=', 'pending')
      .execute();
    await tx.updateTable('project').set({ deleted_at: sql<Date>`tidegate.now()` }).where('id', '=', id).execute();
  }
}

function toProject(row: Selectable<ProjectTable>): Project {
  const { id, name, state } = row;
  return { id, name, state, isSample: row.is_sample, hidesNames: row.hides_names };
}
