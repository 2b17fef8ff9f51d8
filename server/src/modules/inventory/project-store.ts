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
    const row = await this.#db.selectFrom('project').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : toProject(row);
  }

  async findForChange(tx: Tx, id: string): Promise<Project | null> {
    const row = await tx.selectFrom('project').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    return row === undefined ? null : toProject(row);
  }

  /** Held so that none of them is archived meanwhile. */
  async findManyForShare(tx: Tx, ids: readonly string[]): Promise<Project[]> {
    const rows = await tx.selectFrom('project').selectAll().where('id', 'in', ids).orderBy('id').forShare().execute();
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
    };
    if (Object.keys(values).length === 0) return;
    await tx.updateTable('project').set(values).where('id', '=', id).execute();
  }
}

function toProject(row: Selectable<ProjectTable>): Project {
  return { id: row.id, name: row.name, state: row.state, isSample: row.is_sample };
}
