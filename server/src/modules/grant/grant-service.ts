import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { EndCause } from './grant.ts';
import type { Ledger } from './ledger.ts';

/** Who holds a row now, for the locks; null when there is no such row. */
export type HoldersOf = (grantId: string, tx?: Tx) => Promise<readonly string[] | null>;

/** The row, and what was added to it and is still open. */
export type WithAdditions = (tx: Tx, grantId: string) => Promise<readonly string[]>;

/** How often a group may change between reading who is in it and locking them. */
const mostTries = 5;

/** Ending grants by a person's decision. */
export class GrantService {
  readonly #ledger: Ledger;
  readonly #holdersOf: HoldersOf;
  readonly #withAdditions: WithAdditions;

  constructor(parts: { ledger: Ledger; holdersOf: HoldersOf; withAdditions: WithAdditions }) {
    this.#ledger = parts.ledger;
    this.#holdersOf = parts.holdersOf;
    this.#withAdditions = parts.withAdditions;
  }

  /** Refuses with `grant.not_active` when it has ended already: an end latches. What was added to it ends with it. */
  async end(grantId: string, cause: EndCause): Promise<void> {
    const ended = await this.withHolders(grantId, async (tx) =>
      this.#ledger.endGrants(tx, await this.#withAdditions(tx, grantId), cause),
    );
    if (!ended.includes(grantId)) throw new AppError('grant.not_active', 'This grant has already ended.');
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
