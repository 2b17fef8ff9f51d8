import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { grantChanged } from './dirty-accounts.ts';

/** How far back to look; the sweeper finds whatever began before, in a time when nobody looked. */
const lookBackMinutes = 5;

/**
 * Rows that begin later than they were made: accounts that exist get what they give when it begins, as they get at once
 * what begins at once. Each row once in a process; nobody is disconnected.
 */
export class GrantsThatBegin {
  readonly #db: Db;
  #seen: ReadonlySet<string> = new Set();

  constructor(db: Db) {
    this.#db = db;
  }

  async look(): Promise<void> {
    const { rows } = await sql<{ id: string }>`
      select id from tidegate.access_grant
      where closing_at is null and starts_at > created_at and starts_at <= (select tidegate.now())
        and starts_at > (select tidegate.now()) - make_interval(mins => ${lookBackMinutes})`.execute(this.#db);
    const ids = rows.map((row) => row.id);
    const begun = ids.filter((id) => !this.#seen.has(id));
    if (begun.length > 0) await this.#db.transaction().execute((tx) => grantChanged(tx, begun));
    this.#seen = new Set(ids);
  }
}
