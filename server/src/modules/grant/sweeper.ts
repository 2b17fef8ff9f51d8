import type { Log } from '../../platform/log/log.ts';
import type { AuditLog } from '../audit/index.ts';
import { accountPrefix, type InstanceTargets } from '../inventory/index.ts';
import { isAccountName } from './account-name.ts';
import type { AccountReconciler } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import type { StoreLocks } from './store-locks.ts';

const everyMs = 60_000;
const endTimeoutMs = 5_000;

interface Parts {
  readonly log: Log;
  readonly audit: AuditLog;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly locks: StoreLocks;
  readonly targets: InstanceTargets;
  readonly installation: string;
}

/**
 * Looks at every instance each minute: accounts that were changed by hand are brought in line, and what carries our
 * prefix without being known is dropped. Never touches a name with another installation's or instance's prefix.
 */
export class Sweeper {
  readonly #parts: Parts;
  readonly #wakeRunner: () => void;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
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

  /** Once over everything; an instance that cannot be reached is left for the next time. */
  async sweep(): Promise<void> {
    const { accounts, locks, log } = this.#parts;
    for (const { id, shortId } of await accounts.listInstances()) {
      if (this.#isStopped) return;
      // Where another server process is at work, it sweeps too.
      await locks
        .tryInstance('sweep', id, () => this.#sweepInstance(id, shortId))
        .catch((err: unknown) => log.warn({ err, instanceId: id }, 'an instance could not be swept'));
    }
    this.#wakeRunner();
  }

  async #sweepInstance(instanceId: string, shortId: string): Promise<void> {
    const { accounts, reconciler } = this.#parts;
    await this.#dropLeftOver(instanceId, shortId);
    const drifted: DatabaseAccount[] = [];
    for (const account of await accounts.listLive(instanceId)) {
      if (this.#isStopped) return;
      if (!account.isDirty && !(await reconciler.isInLine(account))) drifted.push(account);
    }
    await accounts.markDirty(drifted.map((account) => account.id));
  }

  async #dropLeftOver(instanceId: string, shortId: string): Promise<void> {
    const { accounts, targets, installation, audit } = this.#parts;
    const prefix = accountPrefix(installation, shortId);
    const { instance, admin } = await targets.get(instanceId);
    const begun = await accounts.clock();
    // Names at the server first, then ours: an account that is made meanwhile is known before it exists there.
    const found = (await admin().listAccounts(prefix)).filter((name) => isAccountName(prefix, name));
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
    }
  }
}
