import { randomBytes } from 'node:crypto';
import { AppError } from '../../platform/errors/app-error.ts';
import { accountPrefix, type InstanceTargets, type SecretSealer } from '../inventory/index.ts';
import { makeAccountName } from './account-name.ts';
import type { AccountReconciler } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import type { Ledger } from './ledger.ts';
import type { StoreLocks } from './store-locks.ts';

export interface ReadyAccount {
  readonly accountId: string;
  readonly name: string;
  readonly password: string;
}

interface Parts {
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly locks: StoreLocks;
  readonly targets: InstanceTargets;
  readonly sealer: SecretSealer;
  readonly installation: string;
}

export const passwordPurpose = (accountId: string) => `account:${accountId}`;

/** Accounts as opening a session needs them: made when first needed, never ahead. */
export class AccountService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The person's account on the instance, in line with the ledger and able to log in. Sessions of one person share it
   * and its password, which is new whenever login was enabled anew. With `isBroken` the caller has seen the login fail,
   * so what we remember is not believed: everything is made anew. Refuses with `session.no_access` where no row of the
   * ledger is left.
   */
  async ensureAccount(personId: string, instanceId: string, isBroken = false): Promise<ReadyAccount> {
    const known = await this.#findOrInsert(personId, instanceId);
    const ready = isBroken ? null : this.#readyIfClean(known);
    if (ready !== null) return ready;
    return await this.#parts.locks.withAccount(known.id, async (assertHeld) => {
      const account = await this.#getLive(known.id);
      const madeMeanwhile = isBroken ? null : this.#readyIfClean(account);
      if (madeMeanwhile !== null) return madeMeanwhile;
      if (account.isDirty || isBroken) await this.#parts.reconciler.reconcile(account, assertHeld);
      return await this.#enable(account.id, isBroken);
    });
  }

  #readyIfClean(account: DatabaseAccount): ReadyAccount | null {
    return account.isDirty ? null : this.#withKeptPassword(account);
  }

  #withKeptPassword({ id, name, passwordSealed }: DatabaseAccount): ReadyAccount | null {
    if (passwordSealed === null) return null;
    return { accountId: id, name, password: this.#parts.sealer.open(passwordSealed, passwordPurpose(id)) };
  }

  async #enable(accountId: string, isBroken: boolean): Promise<ReadyAccount> {
    const { accounts, targets, sealer } = this.#parts;
    const account = await this.#getLive(accountId);
    const kept = isBroken ? null : this.#withKeptPassword(account);
    if (kept !== null) return kept;
    const { target, admin: adminOf } = await targets.get(account.instanceId);
    // An account that signs in by token has none; an empty one is kept as the mark that it may log in.
    const hasPassword = (target.tokens?.accounts ?? null) === null;
    const password = hasPassword ? randomBytes(24).toString('base64url') : '';
    const admin = adminOf();
    await admin.enableLogin(account.name, password);
    // Kept after it works: a crash in between leaves a password that nobody knows, and the next opening makes another.
    await accounts.keepPassword(accountId, sealer.seal(password, passwordPurpose(accountId)));
    return { accountId, name: account.name, password };
  }

  async #getLive(accountId: string): Promise<DatabaseAccount> {
    const account = await this.#parts.accounts.find(accountId);
    if (account !== null && account.state === 'live') return account;
    throw new AppError('session.no_access', 'Your access ended while the session was being opened.');
  }

  async #findOrInsert(personId: string, instanceId: string): Promise<DatabaseAccount> {
    const { accounts, ledger, targets, installation } = this.#parts;
    const found = await accounts.findLive(personId, instanceId);
    if (found !== null) return found;
    const { instance } = await targets.get(instanceId);
    const name = makeAccountName(accountPrefix(installation, instance.shortId), await accounts.emailOf(personId));
    await ledger.withOpening(personId, (tx) => accounts.insert(tx, { personId, instanceId, name }));
    const made = await accounts.findLive(personId, instanceId);
    if (made !== null) return made;
    throw new AppError('session.no_access', 'Your access ended while the session was being opened.');
  }
}
