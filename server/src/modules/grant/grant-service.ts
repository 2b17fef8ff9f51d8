import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { EndCause } from './grant.ts';
import type { Ledger } from './ledger.ts';
import type { LostTables } from './lost-tables.ts';

/** Who holds a row now, for the locks; null when there is no such row. */
export type HoldersOf = (grantId: string, tx?: Tx) => Promise<readonly string[] | null>;

/** What ends when a row is ended, see `openRowsOf`. */
export type OpenRowsOf = (tx: Tx, grantId: string) => Promise<readonly string[]>;

/** How often a group may change between reading who is in it and locking them. */
const mostTries = 5;

/** What people decide about grants that exist. */
export class GrantService {
  readonly #ledger: Ledger;
  readonly #holdersOf: HoldersOf;
  readonly #openRowsOf: OpenRowsOf;
  readonly #lostTables: LostTables;

  constructor(parts: {
    ledger: Ledger;
    holdersOf: HoldersOf;
    openRowsOf: OpenRowsOf;
    lostTables: LostTables;
  }) {
    this.#ledger = parts.ledger;
    this.#holdersOf = parts.holdersOf;
    this.#openRowsOf = parts.openRowsOf;
    this.#lostTables = parts.lostTables;
  }

  /** Gives what has the names of lost tables now. Refuses with `member.self_grant` to whoever holds the grant. */
  async confirmTables(grantId: string, by: { personId: string; adminPersonId: string | null }): Promise<void> {
    // The caller's own lock: he must not come into the group meanwhile.
    await this.#ledger.withChanging([by.personId], async (tx) => {
      const holders = await this.#holdersOf(grantId, tx);
      if (holders === null) throw notFound('grant');
      if (holders.includes(by.personId) || (by.adminPersonId !== null && holders.includes(by.adminPersonId))) {
        throw new AppError('member.self_grant', 'Nobody confirms tables of a grant that he holds himself.');
      }
      await this.#lostTables.confirm(tx, grantId, by);
    });
  }

  /**
   * Refuses with `grant.not_active` when it has ended already: an end latches. What was added to it ends with it, and
   * where it was narrowed meanwhile, what is left of it.
   */
  async end(grantId: string, cause: EndCause): Promise<void> {
    const ended = await this.withHolders(grantId, async (tx) =>
      this.#ledger.endGrants(tx, await this.#openRowsOf(tx, grantId), cause),
    );
    if (ended.length === 0) throw new AppError('grant.not_active', 'This grant has already ended.');
  }

  /** Does the work under the exclusive locks of everybody who holds the row. */
  async withHolders<T>(grantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const people = await this.#holdersOf(grantId);
      if (people === null) throw notFound('grant');
      const done = await this.#ledger.withChanging(people, async (tx) => {
        const now = (await this.#holdersOf(grantId, tx)) ?? [];
        // Somebody came into the group meanwhile and is not locked: again, with him.
        if (tries < mostTries && now.some((id) => !people.includes(id))) return null;
        return { result: await work(tx) };
      });
      if (done !== null) return done.result;
    }
  }
}
