import type { AccountReconciler, Comparison } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import { describeEnded } from './closure-record.ts';
import type { InstanceFindings } from './instance-findings.ts';

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
    const { reconciler, findings } = this.#parts;
    const comparison = await reconciler.compare(account);
    const now = (await this.among(new Map([[account.id, comparison]]))).get(account.id) ?? new Set();
    const strangers = [...suspect].filter((backendId) => now.has(backendId));
    if (strangers.length > 0) {
      const ended = await reconciler.endStrangers(account, strangers);
      await findings.strangersEnded(account, strangers, describeEnded(ended, null));
    }
    return comparison;
  }

  /** The caller holds the account's lock. */
  async endAll(account: DatabaseAccount): Promise<void> {
    const comparison = await this.#parts.reconciler.compare(account);
    const suspect = (await this.among(new Map([[account.id, comparison]]))).get(account.id);
    if (suspect !== undefined) await this.endAmong(account, suspect);
  }
}
