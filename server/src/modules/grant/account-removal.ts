import { EngineError } from '../../engines/engine.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import { accountPrefix, type InstanceTargets, type ReachableInstance, type SecretSealer } from '../inventory/index.ts';
import type { SessionEnder } from './account-reconciler.ts';
import { passwordPurpose } from './account-service.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import { ClosureProgress } from './closure-progress.ts';
import { type AccountOutcome, type ClosureRecord, type ClosureStep, describeEnded } from './closure-record.ts';
import type { Ledger } from './ledger.ts';
import type { AssertHeld, StoreLocks } from './store-locks.ts';

const endTimeoutMs = 5_000;
/** Dropped, checked and recorded together: the first of many need not wait for the last. */
const atOnce = 125;
/** With many accounts, a login is really tried for one in so many of them. */
const oneIn = 20;
/** In a greater crowd nobody is shown his steps one by one: that would keep the others waiting. */
const mostShown = 50;

interface Parts {
  readonly db: Db;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly record: ClosureRecord;
  readonly locks: StoreLocks;
  readonly targets: InstanceTargets;
  readonly sealer: SecretSealer;
  readonly sessions: SessionEnder;
  readonly installation: string;
}

interface Removal {
  readonly account: DatabaseAccount;
  readonly grantIds: readonly string[];
  readonly steps: ClosureStep[];
}

/**
 * Many accounts of one instance that nothing explains any more, because many grants ended together: the same steps as
 * the reconciler takes for one, in few statements. Whatever does not go smoothly is left to the reconciler, which finds
 * it half done and finishes it.
 */
export class AccountRemoval {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Answers the accounts that are left to be looked at one by one. `onRecorded` is called when some are done. */
  async removeTogether(
    instanceId: string,
    accountIds: readonly string[],
    onRecorded: () => void,
  ): Promise<readonly string[]> {
    const left = new Set(accountIds);
    await this.#parts.locks.tryAccounts(accountIds, async (held, assertHeld) => {
      const removals = await this.#unexplained(instanceId, held);
      if (removals.length === 0) return;
      const progress = new ClosureProgress(this.#parts, removals.length > mostShown ? [] : removals);
      try {
        for await (const outcome of this.#remove(instanceId, removals, assertHeld, progress)) {
          for (const { account } of outcome) left.delete(account.id);
          onRecorded();
        }
      } finally {
        progress.stop();
        const begun = removals.filter(({ account }) => left.has(account.id));
        await this.#parts.record.keepBegun(await Promise.all(begun.map((removal) => progress.finish(removal))));
      }
    });
    return [...left];
  }

  async #unexplained(instanceId: string, accountIds: readonly string[]): Promise<Removal[]> {
    const { db, accounts, record, ledger } = this.#parts;
    const found = await accounts.listDirty(accountIds);
    // In this order, as in the reconciler: a row that ends from now on is not among these grants.
    const grantIds = await record.openGrantsOfMany(found.map((account) => account.id));
    const people = found.map((account) => account.personId);
    const without = await ledger.peopleWithout(db, people, instanceId);
    return found
      .filter((account) => without.has(account.personId))
      .map((account) => ({ account, grantIds: grantIds.get(account.id) ?? [], steps: [] }));
  }

  async *#remove(
    instanceId: string,
    removals: readonly Removal[],
    assertHeld: AssertHeld,
    progress: ClosureProgress,
  ): AsyncGenerator<readonly AccountOutcome[]> {
    const { targets, record } = this.#parts;
    const instance = await targets.get(instanceId);
    const there = await this.#present(instance, removals);
    // Forgotten first: should the work stop here and access come back, new passwords are made.
    const ended = await this.#shut(instance, there);
    const telling = Promise.allSettled(ended.map(({ account }) => this.#tell(account)));
    for (let at = 0; at < ended.length; at += atOnce) {
      const dropped = await this.#drop(instance, ended.slice(at, at + atOnce));
      // Whoever has taken over meanwhile writes his own record.
      assertHeld();
      if (dropped.length > 0)
        await record.keepDropped(await Promise.all(dropped.map((removal) => progress.finish(removal))));
      yield dropped;
    }
    await telling;
  }

  /** Those that the server has. The others, dropped by hand, may have sessions without an account. */
  async #present({ instance, admin }: ReachableInstance, removals: readonly Removal[]): Promise<Removal[]> {
    const prefix = accountPrefix(this.#parts.installation, instance.shortId);
    const names = new Set(await admin().listAccounts(prefix));
    return removals.filter(({ account }) => names.has(account.name));
  }

  async #shut({ admin }: ReachableInstance, removals: readonly Removal[]): Promise<Removal[]> {
    const ended = await admin().many.shut(namesOf(removals), endTimeoutMs);
    const done = removals.filter(({ account }) => ended.has(account.name));
    await this.#note(done, 'block', ({ name }) => [`Login of ${name} was blocked.`, { account: name }]);
    await this.#note(done, 'end', ({ name }) => {
      const sessions = ended.get(name) ?? [];
      return [describeEnded(sessions, null), { database: null, sessions }];
    });
    return done;
  }

  async #drop(instance: ReachableInstance, removals: readonly Removal[]): Promise<Removal[]> {
    const actions = await instance.admin().many.dropAccounts(namesOf(removals));
    const gone = removals.filter(({ account }) => actions.has(account.name));
    await this.#note(gone, 'drop', ({ name }) => [
      `${name} was dropped with everything it held.`,
      { actions: actions.get(name) ?? [] },
    ]);
    const logins = await this.#tryLogins(instance, gone);
    const checked = gone.filter(({ account }) => logins.get(account.name) !== 'admitted');
    await this.#note(checked, 'check', ({ name }) => {
      const tried = logins.has(name) ? ' A login with its last password was refused.' : '';
      const summary = `${name} has no session, no privilege and no login: it does not exist.${tried}`;
      return [summary, { together: gone.length, loginTried: logins.has(name) }];
    });
    return checked;
  }

  /** One in twenty logs in for real, with the password that was good before. By name what the server said. */
  async #tryLogins(instance: ReachableInstance, removals: readonly Removal[]): Promise<Map<string, LoginAnswer>> {
    const { sealer, log } = this.#parts;
    const answers = new Map<string, LoginAnswer>();
    for (const { account } of removals.filter((_, index) => index % oneIn === oneIn - 1)) {
      const { id, name, passwordSealed } = account;
      if (passwordSealed === null) continue;
      const answer = await tryLogin(instance, name, sealer.open(passwordSealed, passwordPurpose(id)));
      answers.set(name, answer);
      if (answer === 'admitted') log.error({ account: name }, 'a login was not refused after its account was dropped');
    }
    return answers;
  }

  /** They have ended at the server; that somebody could not be told why keeps nothing open. */
  async #tell(account: DatabaseAccount): Promise<void> {
    await this.#parts.sessions.endLocal(account.id, null).catch((err: unknown) => {
      this.#parts.log.warn({ err, account: account.name }, 'nobody could be told why sessions ended');
    });
  }

  async #note(
    removals: readonly Removal[],
    step: ClosureStep['step'],
    describe: (account: DatabaseAccount) => readonly [string, Readonly<Record<string, unknown>>],
  ): Promise<void> {
    const at = await this.#parts.ledger.now();
    for (const { account, steps } of removals) {
      const [summary, details] = describe(account);
      steps.push({ step, ok: true, summary, details, at });
    }
  }
}

const refusals: ReadonlySet<string> = new Set(['auth_failed', 'account_locked']);

type LoginAnswer = 'refused' | 'admitted';

/** Any other answer than a refusal counts as admitted. */
async function tryLogin(
  { engine, target }: ReachableInstance,
  account: string,
  password: string,
): Promise<LoginAnswer> {
  try {
    const options = { applicationName: 'Tidegate', database: '', isReadOnly: true, remainingMs: null };
    const session = await engine.openSession(target, { account, password, ...options });
    await session.close();
    return 'admitted';
  } catch (error) {
    return error instanceof EngineError && refusals.has(error.kind) ? 'refused' : 'admitted';
  }
}

function namesOf(removals: readonly Removal[]): string[] {
  return removals.map(({ account }) => account.name);
}
