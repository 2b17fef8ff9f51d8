import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Db } from '../../platform/store/tx.ts';
import { accountPrefix, type InstanceTargets, type SecretSealer } from '../inventory/index.ts';
import { withAccountLock } from './account-lock.ts';
import { makeAccountName } from './account-name.ts';
import type { AccountReconciler } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';

export interface ReadyAccount {
  readonly accountId: string;
  readonly name: string;
  readonly password: string;
}

interface Parts {
  readonly db: Db;
  readonly pool: Pool;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly targets: InstanceTargets;
  readonly sealer: SecretSealer;
  readonly installation: string;
}

const passwordPurpose = (accountId: string) => `account:${accountId}`;

/** Accounts as opening a session needs them: made when first needed, never ahead. */
export class AccountService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The person's account on the instance, in line with the ledger and able to log in. With `isBroken` the caller has
   * seen the login fail, so what we remember is not believed: everything is made anew, with a new password.
   */
  async ensureAccount(personId: string, instanceId: string, isBroken = false): Promise<ReadyAccount> {
    const known = await this.#findOrInsert(personId, instanceId);
    const ready = this.#readyIfClean(known, isBroken);
    if (ready !== null) return ready;
    return await withAccountLock(this.#parts.pool, known.id, async () => {
      const account = await this.#parts.accounts.find(known.id);
      if (account === null || account.state === 'dropped') {
        throw new AppError('session.no_access', 'Your access ended while the session was being opened.');
      }
      const madeMeanwhile = this.#readyIfClean(account, isBroken);
      if (madeMeanwhile !== null) return madeMeanwhile;
      if (account.dirtyAt !== null || isBroken) await this.#parts.reconciler.reconcile(account);
      return await this.#enable(account.id, isBroken);
    });
  }

  #readyIfClean(account: DatabaseAccount, isBroken: boolean): ReadyAccount | null {
    if (isBroken || account.dirtyAt !== null || account.passwordSealed === null) return null;
    return {
      accountId: account.id,
      name: account.name,
      password: this.#parts.sealer.open(account.passwordSealed, passwordPurpose(account.id)),
    };
  }

  async #enable(accountId: string, isBroken: boolean): Promise<ReadyAccount> {
    const { accounts, targets, sealer } = this.#parts;
    const account = await accounts.find(accountId);
    if (account === null || account.state === 'dropped') {
      throw new AppError('session.no_access', 'Your access ended while the session was being opened.');
    }
    if (account.passwordSealed !== null && !isBroken) {
      return {
        accountId,
        name: account.name,
        password: sealer.open(account.passwordSealed, passwordPurpose(accountId)),
      };
    }
    const password = randomBytes(24).toString('base64url');
    const admin = (await targets.get(account.instanceId)).admin();
    await admin.enableLogin(account.name, password);
    // Kept after it works: a crash in between leaves a password that nobody knows, and the next opening makes another.
    await accounts.keepPassword(accountId, sealer.seal(password, passwordPurpose(accountId)));
    return { accountId, name: account.name, password };
  }

  async #findOrInsert(personId: string, instanceId: string): Promise<DatabaseAccount> {
    const { accounts, db, targets, installation } = this.#parts;
    const found = await accounts.findLive(personId, instanceId);
    if (found !== null) return found;
    const { instance } = await targets.get(instanceId);
    const { email } = await db
      .selectFrom('person')
      .where('id', '=', personId)
      .select('email')
      .executeTakeFirstOrThrow();
    const name = makeAccountName(accountPrefix(installation, instance.shortId), email);
    await accounts.insert({ personId, instanceId, name });
    const made = await accounts.findLive(personId, instanceId);
    if (made === null) throw new Error('The account was dropped while it was being made.');
    return made;
  }
}
