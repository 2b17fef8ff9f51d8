import { EngineError } from '../../engines/engine.ts';
import type { Log } from '../../platform/log/log.ts';
import type { AuditLog } from '../audit/index.ts';
import { accountPrefix, type InstanceTargets } from '../inventory/index.ts';
import { isAccountName, isProbeName } from './account-name.ts';
import type { AccountReconciler, Comparison } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import type { InstanceFindings } from './instance-findings.ts';
import type { OpeningPause } from './opening-pause.ts';
import type { StoreLocks } from './store-locks.ts';
import type { Strangers } from './strangers.ts';

const everyMs = 60_000;
/** Enough that a look costs little for each, few enough that what is read of a server is not old when it is compared. */
const accountsAtOnce = 500;
const endTimeoutMs = 5_000;

interface Parts {
  readonly log: Log;
  readonly audit: AuditLog;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly strangers: Strangers;
  readonly findings: InstanceFindings;
  readonly locks: StoreLocks;
  readonly pause: OpeningPause;
  readonly targets: InstanceTargets;
  readonly installation: string;
}

/**
 * Looks at every instance each minute: accounts that were changed by hand are brought in line, and what carries our
 * prefix without being known is dropped; both are kept as findings of the instance. Never touches a name with another installation's or instance's prefix.
 */
export class Sweeper {
  readonly #parts: Parts;
  readonly #wakeRunner: () => void;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  /** Instances that were looked at since this process started. */
  readonly #examined = new Set<string>();
  #sweep: Promise<void> = Promise.resolve();

  constructor(parts: Parts, wakeRunner: () => void) {
    this.#parts = parts;
    this.#wakeRunner = wakeRunner;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#sweep = this.sweep()
      .catch((err: unknown) => this.#parts.log.error({ err }, 'the sweep failed'))
      .finally(() => {
        if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), everyMs);
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sweep;
  }

  /** Once over everything, unless paused: a restored store must not undo what it does not remember. An instance that cannot be reached is left for the next time. */
  async sweep(): Promise<void> {
    const { accounts, log, pause } = this.#parts;
    for (const { id, shortId } of await accounts.listInstances()) {
      if (this.#isStopped || (await pause.find()) !== null) return;
      await this.#asRunner(id, shortId).catch((err: unknown) =>
        log.warn({ err, instanceId: id }, 'an instance could not be swept'),
      );
    }
    this.#wakeRunner();
  }

  /** One instance, on the same terms; rejects where it could not be reached. */
  async sweepOne(instanceId: string): Promise<void> {
    const { accounts, pause } = this.#parts;
    const instance = (await accounts.listInstances()).find(({ id }) => id === instanceId);
    if (instance === undefined || this.#isStopped || (await pause.find()) !== null) return;
    await this.#asRunner(instanceId, instance.shortId);
    this.#wakeRunner();
  }

  /** Where another server process is at work, it sweeps too. */
  async #asRunner(instanceId: string, shortId: string): Promise<void> {
    await this.#parts.locks.tryInstance('sweep', instanceId, () => this.#sweepInstance(instanceId, shortId));
  }

  async #sweepInstance(instanceId: string, shortId: string): Promise<void> {
    const { accounts } = this.#parts;
    await this.#dropLeftOver(instanceId, shortId);
    let some: DatabaseAccount[] = [];
    do {
      some = await accounts.listLive(instanceId, some.at(-1)?.id ?? null, accountsAtOnce);
      await this.#compare(some);
    } while (some.length === accountsAtOnce && !this.#isStopped);
  }

  /** What differs is looked at twice, then with its lock: what was under way at the first look is no drift. */
  async #compare(some: readonly DatabaseAccount[]): Promise<void> {
    const { accounts, reconciler, strangers, findings, locks, log } = this.#parts;
    const together = await reconciler.compareTogether(some).catch((err: unknown) => {
      log.warn({ err }, 'accounts could not be compared together; they are looked at one by one');
      return new Map<string, Comparison>();
    });
    const suspects = await strangers.among(together);
    const drifted: string[] = [];
    for (const account of some) {
      const first = together.get(account.id);
      const suspect = suspects.get(account.id) ?? new Set();
      // What is not in line is being brought there; but strangers are ended whatever else is to be done.
      if (account.isDirty && suspect.size === 0) continue;
      if (first !== undefined && first.drift.length + first.owned.length + suspect.size === 0) continue;
      if (this.#isStopped) break;
      const { drift, owned } = await locks.withAccount(account.id, () => strangers.endAmong(account, suspect));
      if (!(await accounts.isUntouched(account))) continue;
      if (owned.length > 0) await findings.owns(account, owned);
      if (drift.length === 0) continue;
      drifted.push(account.id);
      // Nobody did that: it is brought in line, and told as the end or the beginning that it is.
      if (!(await accounts.isOvertakenByTime(account))) await findings.drifted(account, drift);
    }
    await accounts.markDirty(drifted);
  }

  async #dropLeftOver(instanceId: string, shortId: string): Promise<void> {
    const { accounts, targets, installation, audit, findings } = this.#parts;
    const prefix = accountPrefix(installation, shortId);
    const { instance, admin } = await targets.get(instanceId);
    const begun = await accounts.clock();
    // Names at the server first, then ours: an account that is made meanwhile is known before it exists there.
    const found = await this.#listNames(instanceId, prefix);
    if (await this.#knowsTooLittle(instanceId, instance.title, found)) return;
    for (const name of await accounts.listLeftOver(instanceId, found, begun)) {
      await admin().blockLogin(name);
      const ended = await admin().endSessions(name, null, endTimeoutMs);
      await admin().dropAccount(name);
      await audit.record({
        kind: 'account.orphan_dropped',
        actorId: null,
        instanceId,
        data: { instance: instance.title, account: name, sessionsEnded: ended.length },
      });
      await findings.orphanDropped(instanceId, name, ended.length);
    }
  }
  /** Where the connecting user may not list accounts, orphans are not found; the capability check says so. */
  async #listNames(instanceId: string, prefix: string): Promise<string[]> {
    const { admin } = await this.#parts.targets.get(instanceId);
    try {
      return (await admin().listAccounts(prefix)).filter((name) => isAccountName(prefix, name));
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'access_refused') return [];
      throw error;
    }
  }

  /**
   * An account is known to the store before it is made at a server. One that we have never heard of, when a server is
   * first looked at after a start, means that the store has forgotten: it was restored. Later on it is an orphan that
   * somebody made by hand.
   */
  async #knowsTooLittle(instanceId: string, title: string, found: readonly string[]): Promise<boolean> {
    if (this.#examined.has(instanceId)) return false;
    const unheardOf = await this.#parts.accounts.listUnheardOf(instanceId, found);
    const [first] = unheardOf.filter((name) => !isProbeName(name));
    this.#examined.add(instanceId);
    if (first === undefined) return false;
    await this.#parts.pause.begin(
      `${title} has accounts that the store knows nothing of (${first}${unheardOf.length > 1 ? ` and ${unheardOf.length - 1} more` : ''}), as after a restore from a backup. Once confirmed, they are dropped.`,
    );
    return true;
  }
}
