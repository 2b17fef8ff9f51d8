const firstMs = 250;
const lastMs = 16_000;

/**
 * Instances that broke a connection of ours: restarted, failed over, restored. What answers next may be older than what
 * we knew: a replica that lagged behind has accounts again that were dropped. Each is swept as soon as it answers; what
 * stays away for longer is left to the regular sweep.
 */
export class ReturningInstances {
  readonly #sweep: (instanceId: string) => Promise<void>;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  /** `sweep` rejects where the instance could not be reached. */
  constructor(sweep: (instanceId: string) => Promise<void>) {
    this.#sweep = sweep;
  }

  /** A connection broke that nobody had ended. Cheap to call. */
  lost(instanceId: string): void {
    if (!this.#isStopped && !this.#timers.has(instanceId)) this.#tryIn(instanceId, firstMs);
  }

  /** What has begun is finished. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #tryIn(instanceId: string, ms: number): void {
    const timer = setTimeout(() => {
      const work = this.#try(instanceId, ms).finally(() => this.#running.delete(work));
      this.#running.add(work);
    }, ms);
    this.#timers.set(instanceId, timer);
  }

  async #try(instanceId: string, waitedMs: number): Promise<void> {
    // What breaks from here on is another loss.
    this.#timers.delete(instanceId);
    try {
      await this.#sweep(instanceId);
    } catch {
      const isAnotherWaiting = this.#timers.has(instanceId);
      if (!this.#isStopped && !isAnotherWaiting && waitedMs < lastMs) this.#tryIn(instanceId, waitedMs * 2);
    }
  }
}
