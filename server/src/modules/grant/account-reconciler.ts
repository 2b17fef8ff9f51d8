import type { AccountSpec, AccountState, EndedSession, EngineAdmin } from '../../engines/engine.ts';
import type { Db } from '../../platform/store/tx.ts';
import { accountPrefix, type InstanceTargets } from '../inventory/index.ts';
import { excessOf } from './access-difference.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import { type ClosureRecord, type ClosureStep, describeEnded } from './closure-record.ts';
import type { DesiredAccess, Ledger } from './ledger.ts';

/** Sessions of the editor plus what cancelling and closing need for a moment. */
const connectionLimit = 30;
const endTimeoutMs = 5_000;
/** `VALID UNTIL` is the backstop behind closure, never the mechanism. */
const backstopMs = 5 * 60_000;

/** Told when sessions were ended at the server, so that the person who had them open hears why. */
export interface SessionEnder {
  /** `databases` are names on the account's instance; null: all. */
  endLocal(accountId: string, databases: readonly string[] | null): Promise<void>;
}

interface Parts {
  readonly db: Db;
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly record: ClosureRecord;
  readonly targets: InstanceTargets;
  readonly sessions: SessionEnder;
  readonly installation: string;
}

/**
 * Makes one account at a server match the ledger: desired from the rows and the clock, actual from the server's own
 * catalogs. Idempotent; killed anywhere and run again, it finishes the work. The caller holds the account's lock.
 */
export class AccountReconciler {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Rejects when the server could not be brought in line; nothing is recorded as done then. */
  async reconcile(account: DatabaseAccount): Promise<void> {
    const { ledger, record, targets, db, installation } = this.#parts;
    const grantIds = await record.openGrantsOf(account.id);
    const steps: ClosureStep[] = [];
    try {
      const admin = (await targets.get(account.instanceId)).admin();
      const prefix = accountPrefix(installation, account.instanceShortId);
      const desired = await ledger.desiredOn(db, account.personId, account.instanceId);
      if (desired.access.length === 0) await this.#remove(admin, account, prefix, steps);
      else await this.#align(admin, account, prefix, desired, steps);
      await this.#keep(account, grantIds, steps, desired.access.length === 0);
    } catch (error) {
      if (account.attempts === 0) await this.#keepFailure(account, grantIds, steps, error);
      throw error;
    }
  }

  /** Nothing explains the account any more: no login, no session, no account. */
  async #remove(admin: EngineAdmin, account: DatabaseAccount, prefix: string, steps: ClosureStep[]): Promise<void> {
    const before = await admin.inspectAccount(account.name, prefix);
    if (before.exists) {
      await admin.blockLogin(account.name);
      await this.#note(steps, 'block', `Login of ${account.name} was blocked.`, { account: account.name });
      await this.#end(admin, account, null, steps);
      const removed = await admin.dropAccount(account.name);
      await this.#note(steps, 'drop', `${account.name} was dropped with everything it held.`, { actions: removed });
    }
    const after = await admin.inspectAccount(account.name, prefix);
    if (after.exists || after.sessions.length > 0) throw new Error(`${account.name} still exists or has sessions.`);
    await this.#note(steps, 'check', noTrace(account.name, after), { rollingBack: after.rollingBack });
  }

  /** Adds what is missing; where something is too much, ends the sessions there and takes it away. */
  async #align(
    admin: EngineAdmin,
    account: DatabaseAccount,
    prefix: string,
    desired: DesiredAccess,
    steps: ClosureStep[],
  ): Promise<void> {
    const before = await admin.inspectAccount(account.name, prefix);
    const excess = excessOf(before.access, desired.access);
    for (const database of excess.keys()) await this.#end(admin, account, database, steps);
    const change = await admin.applyAccount(this.#specOf(account, prefix, desired));
    if (excess.size === 0) return;
    const lost = [...excess].map(([database, items]) => `${items.join(', ')} in ${database}`).join('; ');
    await this.#note(steps, 'revoke', `${account.name} lost ${lost}.`, { actions: change.actions });
    // Who had opened in between did so with what was still held: ended as well, then looked at again.
    for (const database of excess.keys()) await this.#endQuietly(admin, account, database);
    const after = await admin.inspectAccount(account.name, prefix);
    const left = excessOf(after.access, desired.access);
    if (left.size > 0) throw new Error(`${account.name} still holds ${[...left.values()].flat().join(', ')}.`);
    await this.#note(steps, 'check', `${account.name} holds nothing beyond the ledger.`, {
      sessions: after.sessions.length,
      rollingBack: after.rollingBack,
    });
  }

  async #end(
    admin: EngineAdmin,
    account: DatabaseAccount,
    database: string | null,
    steps: ClosureStep[],
  ): Promise<void> {
    const ended = await this.#endQuietly(admin, account, database);
    await this.#note(steps, 'end', describeEnded(ended), { database, sessions: ended });
  }

  async #endQuietly(
    admin: EngineAdmin,
    account: DatabaseAccount,
    database: string | null,
  ): Promise<readonly EndedSession[]> {
    const ended = await admin.endSessions(account.name, database, endTimeoutMs);
    await this.#parts.sessions.endLocal(account.id, database === null ? null : [database]);
    return ended;
  }

  #specOf(account: DatabaseAccount, prefix: string, desired: DesiredAccess): AccountSpec {
    return {
      name: account.name,
      prefix,
      personLabel: account.personEmail,
      access: desired.access,
      validUntil: desired.until === null ? null : new Date(desired.until.getTime() + backstopMs),
      connectionLimit,
    };
  }

  async #keep(
    account: DatabaseAccount,
    grantIds: readonly string[],
    steps: readonly ClosureStep[],
    isDropped: boolean,
  ): Promise<void> {
    const { db, record, accounts, ledger } = this.#parts;
    const shown = steps.some((step) => step.step === 'check')
      ? steps
      : [...steps, unchanged(account.name, await ledger.now())];
    await db.transaction().execute(async (tx) => {
      await record.addSteps(tx, account, grantIds, shown);
      await record.markDone(tx, account.id, grantIds);
      if (isDropped) await accounts.markDropped(tx, account.id);
      else await accounts.markClean(tx, account.id, account.dirtyAt);
    });
  }

  /** Once a streak: what was reached before it failed, and why. */
  async #keepFailure(
    account: DatabaseAccount,
    grantIds: readonly string[],
    steps: readonly ClosureStep[],
    error: unknown,
  ) {
    const { db, record, ledger } = this.#parts;
    const message = error instanceof Error ? error.message : 'unknown';
    const failed: ClosureStep = {
      step: 'check',
      ok: false,
      summary: `${account.instanceTitle} could not be brought in line yet: ${message} It is tried again.`,
      details: {},
      at: await ledger.now(),
    };
    await record.addSteps(db, account, grantIds, [...steps, failed]);
  }

  async #note(
    steps: ClosureStep[],
    step: ClosureStep['step'],
    summary: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    steps.push({ step, ok: true, summary, details, at: await this.#parts.ledger.now() });
  }
}

function noTrace(name: string, state: AccountState): string {
  const rolling = state.rollingBack > 0 ? ` ${state.rollingBack} ended statements are still rolling back.` : '';
  return `${name} has no session, no privilege and no login: it does not exist any more.${rolling}`;
}

function unchanged(name: string, at: Date): ClosureStep {
  return {
    step: 'check',
    ok: true,
    summary: `${name} holds nothing beyond the ledger: other grants explain what it has.`,
    details: {},
    at,
  };
}
