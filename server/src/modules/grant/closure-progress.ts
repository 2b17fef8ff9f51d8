import type { Log } from '../../platform/log/log.ts';
import type { AccountOutcome, ClosureRecord } from './closure-record.ts';

/** Nobody misses a step of a closure that is over sooner, and it costs nothing more. */
const everyMs = 250;

interface Parts {
  readonly record: Pick<ClosureRecord, 'keepBegun'>;
  readonly log: Log;
}

/**
 * A closure that takes its time is seen step by step: what was done so far goes on record while it goes on. The work
 * never waits for that, until it ends itself. Its own last entry is what proves it, with the steps that are not there yet.
 */
export class ClosureProgress {
  readonly #parts: Parts;
  readonly #kept = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #outcomes: readonly AccountOutcome[];
  #keeping: Promise<void> = Promise.resolve();
  #isKeeping = false;

  /** `outcomes` grow by their steps meanwhile. */
  constructor(parts: Parts, outcomes: readonly AccountOutcome[]) {
    this.#parts = parts;
    // Tried again and again, the same steps would fill the record.
    this.#outcomes = outcomes.filter(({ account, grantIds }) => account.attempts === 0 && grantIds.length > 0);
    this.#timer = setInterval(() => this.#keep(), everyMs);
  }

  /** This one is being finished: with how many of its steps are on record already. */
  async finish(outcome: AccountOutcome): Promise<AccountOutcome> {
    this.#outcomes = this.#outcomes.filter(({ account }) => account.id !== outcome.account.id);
    await this.#keeping;
    return this.#withKept(outcome);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #withKept(outcome: AccountOutcome): AccountOutcome {
    return { ...outcome, keptSteps: this.#kept.get(outcome.account.id) ?? 0 };
  }

  #keep(): void {
    if (this.#isKeeping) return;
    const shown = this.#outcomes
      // As they are now: more may follow while these are written.
      .map((outcome) => ({ ...this.#withKept(outcome), steps: [...outcome.steps] }))
      .filter(({ steps, keptSteps = 0 }) => steps.length > keptSteps);
    if (shown.length === 0) return;
    this.#isKeeping = true;
    this.#keeping = this.#parts.record
      .keepBegun(shown)
      .then(() => {
        for (const { account, steps } of shown) this.#kept.set(account.id, steps.length);
      })
      // They are still there for the next time, and for the last.
      .catch((err: unknown) => this.#parts.log.warn({ err }, 'the steps of a closure could not be shown yet'))
      .finally(() => {
        this.#isKeeping = false;
      });
  }
}
