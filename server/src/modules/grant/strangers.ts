import { setTimeout as wait } from 'node:timers/promises';
import type { AccountReconciler, Comparison } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import { describeEnded } from './closure-record.ts';
import type { InstanceFindings } from './instance-findings.ts';

/** Longer than a connection of ours lives that cancels a statement. */
const [looks, lookMs] = [10, 25];

interface Parts {
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly findings: InstanceFindings;
}

/** Sessions of our accounts that nobody opened through Tidegate. */
export class Strangers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Backend ids by account; a session of ours that is being opened or ended just now may be among them. */
  async among(found: ReadonlyMap<string, Comparison>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    return await this.#parts.accounts.strangersAmong(
      [...found].flatMap(([accountId, { backendIds }]) => backendIds.map((backendId) => ({ accountId, backendId }))),
    );
  }

  /** The caller holds the account's lock: nobody opens or closes. Ends those of `suspect` whom nobody knows still. */
  async endAmong(account: DatabaseAccount, suspect: ReadonlySet<string>): Promise<Comparison> {
    const comparison = await this.#parts.reconciler.compare(account);
    const now = (await this.among(new Map([[account.id, comparison]]))).get(account.id) ?? new Set();
    const strangers = [...suspect].filter((backendId) => now.has(backendId));
    if (strangers.length > 0) await this.#end(account, strangers);
    return comparison;
  }

  /**
   * The same of sessions that have just been `seen`; `look` sees them anew. Answers whether there were any, and then all of
   * the account's have ended. With few rights on MySQL a connection of Tidegate's own is among them for a moment.
   */
  async turnOut(
    account: DatabaseAccount,
    seen: readonly string[],
    look: () => Promise<readonly string[]>,
  ): Promise<boolean> {
    let suspect = [...(await this.#unknown(account, seen))];
    for (let again = 0; suspect.length > 0 && again < looks; again += 1) {
      await wait(lookMs);
      const still = await this.#unknown(account, await look());
      suspect = suspect.filter((backendId) => still.has(backendId));
    }
    if (suspect.length > 0) await this.#end(account, suspect);
    return suspect.length > 0;
  }

  async #unknown({ id }: DatabaseAccount, backendIds: readonly string[]): Promise<ReadonlySet<string>> {
    const seen = backendIds.map((backendId) => ({ accountId: id, backendId }));
    return (await this.#parts.accounts.strangersAmong(seen)).get(id) ?? new Set();
  }

  async #end(account: DatabaseAccount, strangers: readonly string[]): Promise<void> {
    const { reconciler, findings } = this.#parts;
    const ended = await reconciler.endStrangers(account, strangers);
    await findings.strangersEnded(account, strangers, describeEnded(ended, null));
  }

  /** The caller holds the account's lock. */
  async endAll(account: DatabaseAccount): Promise<void> {
    const comparison = await this.#parts.reconciler.compare(account);
    const suspect = (await this.among(new Map([[account.id, comparison]]))).get(account.id);
    if (suspect !== undefined) await this.endAmong(account, suspect);
  }
}
