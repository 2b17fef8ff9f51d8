import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { type Author, authorOf } from './author.ts';
import { violatedConstraint } from './constraint-violation.ts';
import type { Environment, EnvironmentChange, NewEnvironment } from './environment.ts';
import type { EnvironmentStore } from './environment-store.ts';
import { announceEnvironment } from './inventory-events.ts';
import { lockRoleReaders } from './role-readers.ts';

interface Parts {
  readonly db: Db;
  readonly environments: EnvironmentStore;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

export class EnvironmentService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async get(id: string): Promise<Environment> {
    const environment = await this.#parts.environments.find(id);
    if (environment === null) throw notFound('environment');
    return environment;
  }

  async create(author: Author, input: NewEnvironment): Promise<Environment> {
    return await this.#change(input.name, async (tx) => {
      const environment = await this.#parts.environments.insert(tx, input);
      await announceEnvironment(this.#parts.feed, tx, environment.id);
      await this.#record(tx, author, 'environment.created', environment);
      return environment;
    });
  }

  /** Switching off reading by role ends the grants that came from it, in the same transaction. */
  async update(author: Author, id: string, change: EnvironmentChange): Promise<void> {
    await this.#change(change.name ?? '', async (tx) => {
      const before = await this.get(id);
      const isClosing = before.allowsReadByRole && change.allowsReadByRole === false;
      // People first, rows second, as everywhere: or two changes could wait for each other.
      const readers = isClosing ? await this.#lockReaders(tx, id) : [];
      const all = await this.#parts.environments.listForChange(tx);
      if (!all.some((environment) => environment.id === id)) throw notFound('environment');
      await this.#parts.environments.update(tx, id, change);
      if (change.position !== undefined) await this.#parts.environments.reorder(tx, moved(all, id, change.position));
      if (isClosing) {
        const note = `Reading by role was switched off for ${before.name}`;
        await this.#parts.guard.accessChanged(tx, readers, { kind: 'role_lost', by: author.personId, note });
      }
      await announceEnvironment(this.#parts.feed, tx, id);
      await this.#record(tx, author, 'environment.changed', { ...before, ...change });
    });
  }

  /** Refuses with `environment.in_use` while an instance or database uses it, and for the last one. */
  async delete(author: Author, id: string): Promise<void> {
    const { db, environments } = this.#parts;
    await db.transaction().execute(async (tx) => {
      const all = await environments.listForChange(tx);
      const environment = all.find((candidate) => candidate.id === id);
      if (environment === undefined) throw notFound('environment');
      const successor = all.find((candidate) => candidate.id !== id);
      if (successor === undefined) throw new AppError('environment.in_use', 'The last environment cannot be deleted.');
      const use = await environments.useOf(tx, id);
      if (use.instances + use.databases > 0) throw inUse(environment, use);
      await environments.releaseFromRecord(tx, id, successor.id);
      await environments.delete(tx, id);
      await environments.reorder(
        tx,
        all.filter((candidate) => candidate.id !== id).map((candidate) => candidate.id),
      );
      await announceEnvironment(this.#parts.feed, tx, id);
      await this.#record(tx, author, 'environment.deleted', environment);
    });
  }

  async #lockReaders(tx: Tx, id: string): Promise<string[]> {
    return await lockRoleReaders(this.#parts.guard, tx, await this.#parts.environments.databasesIn(tx, id));
  }

  async #change<T>(name: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.#parts.db.transaction().execute(work);
    } catch (error) {
      if (violatedConstraint(error) !== 'environment_name_unique') throw error;
      throw new AppError('environment.name_taken', `There is an environment named ${name} already.`);
    }
  }

  async #record(tx: Tx, author: Author, kind: string, environment: Environment): Promise<void> {
    const { id, name, color, isProtected, allowsReadByRole, position } = environment;
    await this.#parts.audit.append(tx, {
      kind,
      ...authorOf(author),
      data: { environment: name, environmentId: id, color, isProtected, allowsReadByRole, position },
    });
  }
}

/** The ids with one of them moved to a place that counts from 1. */
function moved(all: readonly Environment[], id: string, position: number): string[] {
  const others = all.filter((environment) => environment.id !== id).map((environment) => environment.id);
  return others.toSpliced(Math.max(0, position - 1), 0, id);
}

function inUse(environment: Environment, use: { instances: number; databases: number }): AppError {
  return new AppError(
    'environment.in_use',
    `${environment.name} is used by ${use.instances} instances and ${use.databases} databases. Give them another environment first.`,
    { details: use },
  );
}
