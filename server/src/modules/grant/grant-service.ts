import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { EndCause } from './grant.ts';
import type { Ledger } from './ledger.ts';

/** Who holds a row, for the locks. */
export type HoldersOf = (grantId: string) => Promise<readonly string[] | null>;

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
    const people = await this.#holdersOf(grantId);
    if (people === null) throw notFound('grant');
    const ended = await this.#ledger.withChanging(people, (tx) => this.#ledger.endGrants(tx, [grantId], cause));
    if (ended.length === 0) throw new AppError('grant.not_active', 'This grant has already ended.');
  }
}
