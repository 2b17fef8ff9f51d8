import type { Log } from '../../platform/log/log.ts';
import type { AccountReconciler } from './account-reconciler.ts';
import type { AccountRemoval } from './account-removal.ts';
import type { AccountStore } from './account-store.ts';
import type { ClosureRecord } from './closure-record.ts';
import { InstanceQueue } from './instance-queue.ts';
import type { StoreLocks } from './store-locks.ts';

/** The store, or an instance, did not answer: look again soon. */
const lookAgainMs = 1_000;
/** Another server process is at work on an instance. It does what it knows of; what it does not may not wait long. */
const lookAfterOtherMs = 100;

interface Parts {
  readonly log: Log;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly removal: AccountRemoval;
  readonly record: ClosureRecord;
  readonly locks: StoreLocks;
}

/** Brings dirty accounts in line whenever it is woken, and closes the grants for which that was the last thing to do. */
export class ReconcileRunner {
  readonly #parts: Parts;
  readonly #queues = new Map<string, InstanceQueue>();
  #timer: NodeJS.Timeout | null = null;
  #wakesAtMs = 0;
  #isStopped = false;
  #pass: Promise<void> | null = null;
  #isAnotherWanted = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What has begun is finished. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#pass;
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }

  /** Something may be dirty: look now. Cheap to call. */
  wake(): void {
    if (this.#isStopped) return;
    if (this.#pass !== null) {
      this.#isAnotherWanted = true;
      return;
    }
    this.#pass = this.#lookThrough()
      .catch((err: unknown) => {
        this.#parts.log.error({ err }, 'the reconciler could not read the store');
        this.#wakeIn(lookAgainMs);
      })
      .finally(() => {
        this.#pass = null;
        if (!this.#isAnotherWanted) return;
        this.#isAnotherWanted = false;
        this.wake();
      });
  }

  /** Looks now, and resolves when everything is done that can be done now; what has failed waits for its next attempt. */
  async whenIdle(): Promise<void> {
    this.wake();
    while (this.#pass !== null) {
      await this.#pass;
      await Promise.all([...this.#queues.values()].map((queue) => queue.whenIdle()));
    }
  }

  async #lookThrough(): Promise<void> {
    const { accounts, record } = this.#parts;
    await record.finishGrants();
    const { due, nextMs } = await accounts.listDue();
    if (nextMs !== null) this.#wakeIn(nextMs);
    for (const [instanceId, items] of Map.groupBy(due, (item) => item.instanceId)) {
      this.#queueOf(instanceId).add(items.map((item) => item.id));
    }
  }

  #queueOf(instanceId: string): InstanceQueue {
    const known = this.#queues.get(instanceId);
    if (known !== undefined) return known;
    const { locks, log } = this.#parts;
    const queue = new InstanceQueue({
      asRunner: (work) => locks.tryInstance('reconcile', instanceId, work),
      bringInLine: (accountId) => this.#bringInLine(accountId),
      removeTogether: (accountIds) => this.#removeTogether(instanceId, accountIds),
      onElsewhere: () => this.#wakeIn(lookAfterOtherMs),
      onError: (err) => {
        log.error({ err, instanceId }, 'the reconciler failed on an instance');
        this.#wakeIn(lookAgainMs);
      },
    });
    this.#queues.set(instanceId, queue);
    return queue;
  }

  async #removeTogether(instanceId: string, accountIds: readonly string[]): Promise<readonly string[]> {
    const { log, removal } = this.#parts;
    try {
      return await removal.removeTogether(instanceId, accountIds, () => this.wake());
    } catch (err) {
      log.warn({ err, instanceId }, 'accounts could not be removed together; they are looked at one by one');
      return accountIds;
    }
  }

  async #bringInLine(accountId: string): Promise<void> {
    const { accounts, locks, log, reconciler } = this.#parts;
    try {
      await locks.withAccount(accountId, async (assertHeld) => {
        const account = await accounts.find(accountId);
        if (account === null || account.state === 'dropped' || !account.isDirty) return;
        await reconciler.reconcile(account, assertHeld);
      });
    } catch (err) {
      // The next attempt is on record with the account; it comes by the timer of a pass.
      log.warn({ err, accountId }, 'an account could not be brought in line');
    }
    // Closes what this was the last thing for, and sees what became dirty again meanwhile.
    this.wake();
  }

  /** The soonest of what was asked for: a later one must not put it off. */
  #wakeIn(ms: number): void {
    if (this.#isStopped) return;
    const at = performance.now() + ms + 5;
    if (this.#timer !== null && this.#wakesAtMs <= at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakesAtMs = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.wake();
    }, ms + 5);
  }
}
