import type { Pool } from 'pg';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { accountPrefix, type InstanceTargets } from '../inventory/index.ts';
import { tryInstanceLock, withAccountLock } from './account-lock.ts';
import { isAccountName } from './account-name.ts';
import type { AccountReconciler } from './account-reconciler.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import type { ClosureRecord } from './closure-record.ts';

const sweepMs = 60_000;
/** Another server process is at work on an instance: look again soon whether it has finished. */
const elsewhereMs = 1_000;
/** Accounts of one instance that are worked on at once. */
const width = 4;

interface Parts {
  readonly db: Db;
  readonly pool: Pool;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly accounts: AccountStore;
  readonly reconciler: AccountReconciler;
  readonly record: ClosureRecord;
  readonly targets: InstanceTargets;
  readonly installation: string;
}

/** Brings dirty accounts in line whenever it is woken, and sweeps every instance each minute. */
export class ReconcileRunner {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | null = null;
  #sweepTimer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #pass: Promise<void> | null = null;
  #isAnotherWanted = false;
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.wake();
    const sweepLater = () => {
      this.#sweepTimer = setTimeout(() => {
        void this.sweep()
          .catch((err: unknown) => this.#parts.log.error({ err }, 'the sweep failed'))
          .finally(() => {
            if (!this.#isStopped) sweepLater();
          });
      }, sweepMs);
    };
    void this.sweep()
      .catch((err: unknown) => this.#parts.log.error({ err }, 'the first sweep failed'))
      .finally(() => {
        if (!this.#isStopped) sweepLater();
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#sweepTimer !== null) clearTimeout(this.#sweepTimer);
    await this.#pass;
    await Promise.allSettled(this.#running.values());
  }

  /** Something is dirty: look now. Cheap to call. */
  wake(): void {
    if (this.#isStopped) return;
    if (this.#pass !== null) {
      this.#isAnotherWanted = true;
      return;
    }
    this.#pass = this.#lookThrough()
      .catch((err: unknown) => {
        this.#parts.log.error({ err }, 'the reconciler could not read the store');
        this.#wakeIn(elsewhereMs);
      })
      .finally(() => {
        this.#pass = null;
        if (this.#isAnotherWanted) {
          this.#isAnotherWanted = false;
          this.wake();
        }
      });
  }

  /** Resolves when nothing is dirty and no closure is open that could be finished now. */
  async whenIdle(): Promise<void> {
    while (this.#pass !== null || this.#running.size > 0) {
      await this.#pass;
      await Promise.allSettled(this.#running.values());
    }
  }

  /** Every live account against its server, and what carries our prefix without being known. */
  async sweep(): Promise<void> {
    const { db, log } = this.#parts;
    const instances = await db
      .selectFrom('instance')
      .where('id', 'in', db.selectFrom('database_account').select('instance_id'))
      .select(['id', 'short_id'])
      .execute();
    for (const instance of instances) {
      if (this.#isStopped) return;
      await this.#sweepInstance(instance.id, instance.short_id).catch((err: unknown) =>
        log.warn({ err, instanceId: instance.id }, 'an instance could not be swept'),
      );
    }
    this.wake();
  }

  async #sweepInstance(instanceId: string, shortId: string): Promise<void> {
    const { accounts, targets, installation, audit } = this.#parts;
    const prefix = accountPrefix(installation, shortId);
    const admin = (await targets.get(instanceId)).admin();
    // Names at the server first, then ours: an account that is made meanwhile is known before it exists there.
    const found = await admin.listAccounts(prefix);
    const live = await accounts.listLive(instanceId);
    const known = new Set(live.map((account) => account.name));
    for (const name of found.filter((one) => isAccountName(prefix, one) && !known.has(one))) {
      await admin.blockLogin(name);
      await admin.endSessions(name, null, 5_000);
      await admin.dropAccount(name);
      await audit.record({ kind: 'account.orphan_dropped', actorId: null, instanceId, data: { account: name } });
    }
    if (live.length > 0) await accounts.markDirty(live.map((account) => account.id));
  }

  async #lookThrough(): Promise<void> {
    const { accounts, record } = this.#parts;
    await record.finishGrants();
    const { due, nextMs } = await accounts.listDue();
    if (nextMs !== null) this.#wakeIn(nextMs);
    for (const [instanceId, items] of Map.groupBy(due, (item) => item.instanceId)) {
      const running = this.#running.get(instanceId);
      if (running !== undefined) {
        void running.finally(() => this.wake());
        continue;
      }
      const work = this.#workOn(
        instanceId,
        items.map((item) => item.id),
      ).finally(() => this.#running.delete(instanceId));
      this.#running.set(instanceId, work);
    }
  }

  async #workOn(instanceId: string, accountIds: readonly string[]): Promise<void> {
    try {
      const isOurs = await tryInstanceLock(this.#parts.pool, instanceId, async () => {
        const waiting = [...accountIds];
        const lanes = Array.from({ length: Math.min(width, waiting.length) }, async () => {
          for (let id = waiting.shift(); id !== undefined && !this.#isStopped; id = waiting.shift())
            await this.#bringInLine(id);
        });
        await Promise.all(lanes);
        return true;
      });
      if (isOurs === null) this.#wakeIn(elsewhereMs);
      else await this.#parts.record.finishGrants();
    } catch (err) {
      this.#parts.log.error({ err, instanceId }, 'the reconciler failed on an instance');
      this.#wakeIn(elsewhereMs);
    }
  }

  async #bringInLine(accountId: string): Promise<void> {
    const { pool, accounts, reconciler } = this.#parts;
    await withAccountLock(pool, accountId, async () => {
      const account = await accounts.find(accountId);
      if (account === null || account.state === 'dropped' || account.dirtyAt === null) return;
      try {
        await reconciler.reconcile(account);
      } catch (error) {
        await this.#noteFailure(account, error);
      }
    });
  }

  async #noteFailure(account: DatabaseAccount, error: unknown): Promise<void> {
    const { accounts, audit, log } = this.#parts;
    const message = error instanceof Error ? error.message : 'unknown error';
    log.warn(
      { err: error, account: account.name, instanceId: account.instanceId },
      'an account could not be brought in line',
    );
    await accounts.markFailed(account.id, message);
    if (account.attempts === 0) {
      await audit.record({
        kind: 'closure.failed',
        actorId: null,
        instanceId: account.instanceId,
        data: { account: account.name, person: account.personName, instance: account.instanceTitle, error: message },
      });
    }
    this.#wakeIn(Math.min(30_000, 200 * 2 ** Math.min(account.attempts, 10)));
  }

  #wakeIn(ms: number): void {
    if (this.#isStopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), ms + 5);
  }
}
