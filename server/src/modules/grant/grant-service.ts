import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { EndCause } from './grant.ts';
import type { Ledger } from './ledger.ts';

/** Who holds a row now, for the locks; null when there is no such row. */
export type HoldersOf = (grantId: string, tx?: Tx) => Promise<readonly string[] | null>;

/** How often a group may change between reading who is in it and locking them. */
const mostTries = 5;

/** Ending grants by a person's decision. */
export class GrantService {
  readonly #ledger: Ledger;
  readonly #holdersOf: HoldersOf;

  constructor(parts: { ledger: Ledger; holdersOf: HoldersOf }) {
    this.#ledger = parts.ledger;
    this.#holdersOf = parts.holdersOf;
  }

  /** Refuses with `grant.not_active` when it has ended already: an end latches. */
  async end(grantId: string, cause: EndCause): Promise<void> {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const people = await this.#holdersOf(grantId);
      if (people === null) throw notFound('grant');
      const ended = await this.#ledger.withChanging(people, async (tx) => {
        const now = (await this.#holdersOf(grantId, tx)) ?? [];
        // Somebody came into the group meanwhile and is not locked: again, with him.
        if (tries < mostTries && now.some((id) => !people.includes(id))) return null;
        return await this.#ledger.endGrants(tx, [grantId], cause);
      });
      if (ended === null) continue;
      if (ended.length === 0) throw new AppError('grant.not_active', 'This grant has already ended.');
      return;
    }
  }
}
