import { randomBytes } from 'node:crypto';
import { EngineError, type EngineSession } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { accountPrefix, type InstanceTargets, type SecretSealer } from '../inventory/index.ts';
import { makeAccountName } from './account-name.ts';
import type { AccountReconciler } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import type { Ledger } from './ledger.ts';
import type { AssertHeld, StoreLocks } from './store-locks.ts';
import type { Strangers } from './strangers.ts';

export interface OpenAccount {
  readonly accountId: string;
  readonly name: string;
  readonly password: string;
}

interface Parts {
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly strangers: Strangers;
  readonly locks: StoreLocks;
  readonly targets: InstanceTargets;
  readonly sealer: SecretSealer;
  readonly installation: string;
}

export const passwordPurpose = (accountId: string) => `account:${accountId}`;

/** What a login says when the account is not as we left it. */
const brokenKinds: ReadonlySet<string> = new Set(['auth_failed', 'token_refused', 'account_locked', 'access_refused']);
/** What the server says when it is not there. */
const absentCodes: ReadonlySet<string> = new Set(['42704', '1133', '1396']);

/** Accounts as opening a session needs them: made when first needed, never ahead, and shut but for that moment. */
export class AccountService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The person's account has at the server what the ledger says. */
  async bringInLine(personId: string, instanceId: string): Promise<void> {
    const known = await this.#findOrInsert(personId, instanceId);
    if (!known.isDirty) return;
    await this.#parts.locks.withAccount(known.id, async (assertHeld) => {
      await this.#alignIfDirty(known.id, assertHeld);
    });
  }

  /**
   * Opens a connection as the person's account on the instance, in line with the ledger. The account can log in only
   * meanwhile, with a password made for this: a person may set another one for his account, like anybody at a database
   * server, but finds its door shut. One that was changed or dropped by hand is made anew, once. Refuses with
   * `session.no_access` where no row of the ledger is left.
   */
  async openAs(
    personId: string,
    instanceId: string,
    connect: (account: OpenAccount) => Promise<EngineSession>,
  ): Promise<{ readonly account: OpenAccount; readonly connection: EngineSession }> {
    const known = await this.#findOrInsert(personId, instanceId);
    return await this.#parts.locks.withAccount(known.id, async (assertHeld) => {
      await this.#alignIfDirty(known.id, assertHeld);
      try {
        return await this.#letIn(known.id, connect);
      } catch (error) {
        if (!isBroken(error)) throw error;
        // Whoever sets its password at that very instant makes ours fail, and may be in himself.
        await this.#parts.strangers.endAll(await this.#getLive(known.id));
        await this.#parts.reconciler.reconcile(await this.#getLive(known.id), assertHeld);
        return await this.#letIn(known.id, connect);
      }
    });
  }

  async #alignIfDirty(accountId: string, assertHeld: AssertHeld): Promise<void> {
    const account = await this.#getLive(accountId);
    if (account.isDirty) await this.#parts.reconciler.reconcile(account, assertHeld);
  }

  async #letIn(
    accountId: string,
    connect: (account: OpenAccount) => Promise<EngineSession>,
  ): Promise<{ readonly account: OpenAccount; readonly connection: EngineSession }> {
    const { accounts, targets, sealer } = this.#parts;
    const { name, instanceId } = await this.#getLive(accountId);
    const { target, admin } = await targets.get(instanceId);
    // An account that signs in by token has none.
    const hasPassword = (target.tokens?.accounts ?? null) === null;
    const account = { accountId, name, password: hasPassword ? randomBytes(24).toString('base64url') : '' };
    // For the proof of the end, which tries whether it is good for anything still.
    const count = await accounts.noteLetIn(accountId, sealer.seal(account.password, passwordPurpose(accountId)));
    const outcomes: PromiseSettledResult<EngineSession>[] = [];
    const login = async (): Promise<void> => {
      outcomes.push(...(await Promise.allSettled([connect(account)])));
    };
    try {
      await admin().letIn(name, account.password, login);
      await accounts.noteShut(accountId, count);
    } catch (error) {
      // Nobody is let in, and whoever brings accounts in line shuts it: it is noted as not in line.
      const connection = openedOf(outcomes);
      await connection?.close().catch(() => undefined);
      throw connection === null ? reasonOf(outcomes, error) : error;
    }
    const connection = openedOf(outcomes);
    if (connection === null) throw reasonOf(outcomes, new Error('Nobody tried to log in.'));
    await this.#refuseCompany(accountId, connection);
    return { account, connection };
  }

  /** Who came in at the same instant has a session off the record: it ends, with all others. */
  async #refuseCompany(accountId: string, connection: EngineSession): Promise<void> {
    const { strangers } = this.#parts;
    try {
      const seen = await connection.company();
      if (seen === null) return;
      const look = async (): Promise<readonly string[]> => (await connection.company()) ?? [];
      if (!(await strangers.turnOut(await this.#getLive(accountId), seen, look))) return;
    } catch (error) {
      await connection.close().catch(() => undefined);
      // He may have ended the session that would have seen him.
      if (error instanceof EngineError) await strangers.endAll(await this.#getLive(accountId));
      throw error;
    }
    await connection.close().catch(() => undefined);
    throw new AppError(
      'session.not_alone',
      'Somebody logged in with your account past Tidegate while this session was being opened. All of its sessions were ended, and it is on record. Connect again.',
    );
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

function openedOf([outcome]: readonly PromiseSettledResult<EngineSession>[]): EngineSession | null {
  return outcome?.status === 'fulfilled' ? outcome.value : null;
}

/** Why nobody came in says more than that the account could not be shut. */
function reasonOf([outcome]: readonly PromiseSettledResult<unknown>[], otherwise: unknown): unknown {
  return outcome?.status === 'rejected' ? outcome.reason : otherwise;
}

function isBroken(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  return brokenKinds.has(error.kind) || absentCodes.has(error.serverCode ?? '');
}
