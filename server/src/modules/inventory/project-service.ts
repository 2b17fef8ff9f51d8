import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { type Author, authorOf } from './author.ts';
import { violatedConstraint } from './constraint-violation.ts';
import { announceProject } from './inventory-events.ts';
import type { Project, ProjectChange } from './project.ts';
import type { ProjectStore } from './project-store.ts';

interface Parts {
  readonly db: Db;
  readonly projects: ProjectStore;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

export class ProjectService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async get(id: string): Promise<Project> {
    const project = await this.#parts.projects.find(id);
    if (project === null) throw notFound('project');
    return project;
  }

  /** Whoever creates a project is its Project Owner. */
  async create(author: Author, name: string, isSample = false): Promise<Project> {
    return await this.#saved(name, async (tx) => {
      const project = await this.#parts.projects.insert(tx, { name, createdBy: author.personId, isSample });
      await announceProject(this.#parts.feed, tx, project.id);
      await this.#record(tx, author, project, 'project.created', { owner: author.personId });
      return project;
    });
  }

  /**
   * Renames, archives or restores. Archiving closes all access to the project's databases that came through it, in the
   * same transaction; restoring gives nothing back. An archived project is only restored, nothing else.
   */
  async update(author: Author, id: string, change: ProjectChange): Promise<void> {
    const isArchiving = change.state === 'archived';
    await this.#saved(change.name ?? '', async (tx) => {
      const people = isArchiving ? await this.#parts.guard.peopleOfProject(tx, id) : [];
      if (isArchiving) await this.#parts.guard.lockPeople(tx, people);
      const before = await this.#parts.projects.findForChange(tx, id);
      if (before === null) throw notFound('project');
      if (before.state === 'archived' && change.state !== 'active') throw archived(before);
      await this.#parts.projects.update(tx, id, change);
      if (isArchiving) {
        await this.#parts.guard.accessChanged(tx, people, { kind: 'project_archived', by: author.personId });
      }
      await announceProject(this.#parts.feed, tx, id);
      await this.#record(tx, author, before, kindOf(before, change), { ...change, formerName: before.name });
    });
  }

  /** Refuses with `project.not_archived`, and with `project.closing` while the end of any access is not proven yet. */
  async delete(author: Author, id: string): Promise<void> {
    const { db, projects, guard, feed } = this.#parts;
    await db.transaction().execute(async (tx) => {
      const people = await guard.peopleOfProject(tx, id);
      await guard.lockPeople(tx, people);
      const project = await projects.findForChange(tx, id);
      if (project === null) throw notFound('project');
      if (project.state !== 'archived') {
        throw new AppError('project.not_archived', `Archive ${project.name} first: its access has to be closed.`);
      }
      if ((await projects.countOpenGrants(tx, id)) > 0) {
        throw new AppError(
          'project.closing',
          `Access of ${project.name} is still being closed. Delete it when every closure has passed.`,
        );
      }
      await announceProject(feed, tx, id);
      await projects.delete(tx, id);
      await guard.accessChanged(tx, people, { kind: 'project_archived', by: author.personId });
      await this.#record(tx, author, project, 'project.deleted', {});
    });
  }

  async #saved<T>(name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.#parts.db.transaction().execute(work);
    } catch (error) {
      if (violatedConstraint(error) !== 'project_name_unique') throw error;
      throw new AppError('project.name_taken', `There is a project named ${name} already.`);
    }
  }

  async #record(
    tx: Tx,
    author: Author,
    project: Project,
    kind: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.#parts.audit.append(tx, {
      kind,
      ...authorOf(author),
      projectId: project.id,
      data: { project: project.name, ...data },
    });
  }
}

function kindOf(before: Project, change: ProjectChange): string {
  if (change.hidesNames !== undefined && change.hidesNames !== before.hidesNames) {
    return change.hidesNames ? 'project.names_hidden' : 'project.names_shown';
  }
  if (change.state === undefined || change.state === before.state) return 'project.changed';
  return change.state === 'archived' ? 'project.archived' : 'project.restored';
}

/** What cannot be done with an archived project. */
export function archived(project: Pick<Project, 'name'>): AppError {
  return new AppError('project.archived', `${project.name} is archived. Restore it first.`);
}
