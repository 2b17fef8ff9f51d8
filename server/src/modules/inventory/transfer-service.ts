import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { type Author, authorOf } from './author.ts';
import type { DatabaseRecord, DatabaseStore } from './database-store.ts';
import { type DatabaseVisibility, isVisible } from './database-visibility.ts';
import { announceDatabase, announceProject } from './inventory-events.ts';
import type { Project } from './project.ts';
import { archived } from './project-service.ts';
import type { ProjectStore } from './project-store.ts';

/** Who transfers: what he sees, and out of which projects (null: the unassigned) he may take databases. */
export interface TransferAuthor extends Author {
  readonly visibility: DatabaseVisibility;
  mayTransferFrom(projectId: string | null): boolean;
}

interface Parts {
  readonly db: Db;
  readonly databases: DatabaseStore;
  readonly projects: ProjectStore;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

/**
 * Moves databases between projects. Whoever calls has checked `project.transfer` in the project that receives (or, for
 * unassigning, gives). All or nothing: one database that may not move refuses the whole transfer.
 */
export class TransferService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Refuses with `object.not_found` for databases that the author does not see, with `auth.forbidden` for those that he
   * may not take from where they are, with `project.archived`, and with `object.conflict` when another transfer was
   * quicker. Answers how many moved; those already there are not counted.
   */
  async transfer(author: TransferAuthor, projectId: string, databaseIds: readonly string[]): Promise<number> {
    const databases = await this.#load(author, databaseIds);
    const moving = databases.filter((database) => database.projectId !== projectId);
    const forbidden = moving.filter((database) => !author.mayTransferFrom(database.projectId));
    if (forbidden.length > 0) throw mayNotTake(forbidden);
    if (moving.length > 0) await this.#move(author, moving, projectId);
    return moving.length;
  }

  /** Takes databases out of the project; refuses with `database.not_in_project` for those that are not in it. */
  async unassign(author: TransferAuthor, projectId: string, databaseIds: readonly string[]): Promise<number> {
    const databases = await this.#load(author, databaseIds);
    const elsewhere = databases.filter((database) => database.projectId !== projectId);
    if (elsewhere.length > 0) {
      throw new AppError('database.not_in_project', `${named(elsewhere)}: not in this project.`);
    }
    await this.#move(author, databases, null);
    return databases.length;
  }

  async #load(author: TransferAuthor, ids: readonly string[]): Promise<DatabaseRecord[]> {
    const unique = [...new Set(ids)];
    const databases = await this.#parts.databases.findMany(unique);
    const isAllSeen = databases.every((database) => isVisible(author.visibility, database.projectId));
    if (databases.length !== unique.length || !isAllSeen) throw notFound('database');
    return databases;
  }

  /** The people first, then the rows: what was authorized is looked at again once nothing can move any more. */
  async #move(author: Author, authorized: readonly DatabaseRecord[], to: string | null): Promise<void> {
    const { db, databases, guard } = this.#parts;
    const ids = authorized.map(({ id }) => id);
    await db.transaction().execute(async (tx) => {
      const people = await guard.peopleOfDatabases(tx, ids);
      await guard.lockPeople(tx, people);
      const projects = await this.#holdProjects(tx, [to, ...authorized.map(({ projectId }) => projectId)]);
      const current = await databases.findManyForChange(tx, ids);
      if (!isAsAuthorized(authorized, current)) {
        throw new AppError('object.conflict', 'These databases were moved a moment ago. Look again.');
      }
      await databases.setProject(tx, ids, to);
      await guard.accessChanged(tx, people, { kind: 'database_moved', by: author.personId });
      await this.#announceAndRecord(tx, author, authorized, to, projects);
    });
  }

  async #holdProjects(tx: Tx, ids: readonly (string | null)[]): Promise<Map<string, Project>> {
    const wanted = [...new Set(ids.filter((id) => id !== null))];
    const projects = wanted.length === 0 ? [] : await this.#parts.projects.findManyForShare(tx, wanted);
    if (projects.length !== wanted.length) throw notFound('project');
    const frozen = projects.find(({ state }) => state === 'archived');
    if (frozen !== undefined) throw archived(frozen);
    return new Map(projects.map((project) => [project.id, project]));
  }

  async #announceAndRecord(
    tx: Tx,
    author: Author,
    moved: readonly DatabaseRecord[],
    to: string | null,
    projects: ReadonlyMap<string, Project>,
  ): Promise<void> {
    const { feed, audit } = this.#parts;
    const touched = [to, ...moved.map(({ projectId }) => projectId)];
    await announceDatabase(feed, tx, null, touched);
    for (const id of projects.keys()) await announceProject(feed, tx, id);
    const nameOf = (id: string | null) => (id === null ? null : (projects.get(id)?.name ?? null));
    await audit.appendMany(
      tx,
      moved.map((database) => ({
        kind: to === null ? 'database.unassigned' : 'database.transferred',
        ...authorOf(author),
        // Both projects are named; the event stands with the one that lost the database, if one did.
        projectId: database.projectId ?? to,
        instanceId: database.instanceId,
        databaseId: database.id,
        data: {
          database: database.name,
          fromProject: nameOf(database.projectId),
          fromProjectId: database.projectId,
          toProject: nameOf(to),
          toProjectId: to,
        },
      })),
    );
  }
}

function isAsAuthorized(authorized: readonly DatabaseRecord[], current: readonly DatabaseRecord[]): boolean {
  const projects = new Map(current.map(({ id, projectId }) => [id, projectId]));
  return authorized.every(({ id, projectId }) => projects.has(id) && projects.get(id) === projectId);
}

function mayNotTake(databases: readonly DatabaseRecord[]): AppError {
  return new AppError(
    'auth.forbidden',
    `You may not take ${named(databases)} from where it is. Its Project Owner or an administrator can.`,
    { details: { databaseIds: databases.map(({ id }) => id) } },
  );
}

function named(databases: readonly DatabaseRecord[]): string {
  const names = databases.slice(0, 3).map(({ name }) => name);
  const more = databases.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
