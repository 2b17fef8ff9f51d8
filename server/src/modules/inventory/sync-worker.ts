import { EngineError } from '../../engines/engine.ts';
import type { BackgroundFailure } from './finish-soon.ts';
import type { InstanceStore } from './instance-store.ts';
import type { InventorySync } from './inventory-sync.ts';

/** How old a reading may grow before it is renewed without anybody asking. */
const freshMinutes = 10;
const lookEveryMs = 60_000;

/**
 * Keeps readings fresh: tables that come and go matter to what accounts hold. Several server processes share the work,
 * since each looks for instances that none of them has read lately.
 */
export class SyncWorker {
  readonly #instances: InstanceStore;
  readonly #sync: InventorySync;
  readonly #onFailure: BackgroundFailure;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;

  constructor(parts: { instances: InstanceStore; sync: InventorySync; onFailure: BackgroundFailure }) {
    this.#instances = parts.instances;
    this.#sync = parts.sync;
    this.#onFailure = parts.onFailure;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.syncStale().then(() => this.syncChanged()), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One after the other; an instance that fails does not keep the next from being read. Never rejects. */
  async syncStale(olderThanMinutes = freshMinutes): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (const id of await this.#instances.notSyncedSince(olderThanMinutes)) {
        await this.#sync.syncInstance(id).catch((error: unknown) => this.#onFailure(error, 'sync'));
      }
    } catch (error) {
      this.#onFailure(error, 'looking for instances to synchronise');
    } finally {
      this.#isBusy = false;
    }
  }
  /**
   * Where accounts hold something, names are looked at each minute: a table that was made again is not the one that was
   * granted, and on MySQL its privileges outlived the old one. Never rejects.
   */
  async syncChanged(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (const id of await this.#instances.withAccounts()) {
        await this.#sync.syncChanged(id).catch((error: unknown) => {
          // A server that is away is told of by the sync itself.
          if (!(error instanceof EngineError)) this.#onFailure(error, 'looking for replaced tables');
        });
      }
    } catch (error) {
      this.#onFailure(error, 'looking for instances in use');
    } finally {
      this.#isBusy = false;
    }
  }
}
