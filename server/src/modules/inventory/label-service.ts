import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { type Author, authorOf } from './author.ts';
import { violatedConstraint } from './constraint-violation.ts';
import { announceDatabase } from './inventory-events.ts';
import type { LabelPattern } from './label-pattern.ts';
import type { LabelPlace, LabelStore, SetLabel } from './label-store.ts';

interface Parts {
  readonly db: Db;
  readonly labels: LabelStore;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

export interface LabeledDatabase {
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
}

/** Labels of tables and columns: they change no access, they change what rules say of the next request. */
export class LabelService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Answers how many were not set before. Refuses with `label.place_unknown` what the catalog does not have. */
  async add(
    author: Author,
    database: LabeledDatabase,
    items: readonly (LabelPlace & { label: string })[],
    origin: SetLabel['origin'],
  ): Promise<number> {
    const { db, labels } = this.#parts;
    return await db.transaction().execute(async (tx) => {
      const unknown = await labels.unknownPlaces(tx, database.id, items);
      if (unknown.length > 0) {
        throw new AppError(
          'label.place_unknown',
          `${database.name} has no ${unknown.join(', ')}. Synchronise it first.`,
        );
      }
      const added = await labels.add(tx, database.id, items, { origin, personId: author.personId });
      if (added.length === 0) return 0;
      await this.#record(tx, author, database, 'label.added', { labels: added.map(placeWords), origin });
      return added.length;
    });
  }

  async remove(author: Author, database: LabeledDatabase, labelId: string): Promise<void> {
    const { db, labels } = this.#parts;
    await db.transaction().execute(async (tx) => {
      const removed = await labels.remove(tx, database.id, labelId);
      if (removed === null) throw notFound('label');
      await this.#record(tx, author, database, 'label.removed', { labels: [placeWords(removed)] });
    });
  }

  /** For the project of the database, or for every database. */
  async addPattern(
    author: Author,
    database: LabeledDatabase,
    pattern: Omit<LabelPattern, 'id' | 'projectId'> & { isForAll: boolean },
  ): Promise<string> {
    const { isForAll, ...rest } = pattern;
    const projectId = isForAll ? null : database.projectId;
    try {
      return await this.#parts.db.transaction().execute(async (tx) => {
        const id = await this.#parts.labels.addPattern(tx, { ...rest, projectId }, author.personId);
        await this.#record(tx, author, database, 'label.pattern_added', { ...rest, isForAll });
        return id;
      });
    } catch (error) {
      if (violatedConstraint(error) !== 'label_pattern_once') throw error;
      throw new AppError('label.pattern_taken', `${rest.pattern} gives the label ${rest.label} already.`);
    }
  }

  async removePattern(author: Author, database: LabeledDatabase, found: LabelPattern): Promise<void> {
    const { id, projectId, ...rest } = found;
    await this.#parts.db.transaction().execute(async (tx) => {
      if (!(await this.#parts.labels.removePattern(tx, id))) throw notFound('pattern');
      await this.#record(tx, author, database, 'label.pattern_removed', { ...rest, isForAll: projectId === null });
    });
  }

  async #record(
    tx: Tx,
    author: Author,
    database: LabeledDatabase,
    kind: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await announceDatabase(this.#parts.feed, tx, database.id, [database.projectId]);
    await this.#parts.audit.append(tx, {
      kind,
      ...authorOf(author),
      projectId: database.projectId,
      databaseId: database.id,
      data: { database: database.name, ...data },
    });
  }
}

/** `pii on public.employee.email` */
function placeWords({ schema, table, column, label }: SetLabel): string {
  return `${label} on ${[schema, table, column].filter((part) => part !== null && part !== '').join('.')}`;
}
