/**
 * Runs a piece of work for a key one at a time in this process. Whoever asks while it runs shares one further run, that
 * begins when the present one ends: what he saw before asking is then surely read, and no queue can grow.
 */
export class CoalescedRuns<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #next = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(key, work);
    const queued = this.#next.get(key);
    if (queued !== undefined) return queued;
    const next = running.then(
      () => this.#startNext(key, work),
      () => this.#startNext(key, work),
    );
    this.#next.set(key, next);
    return next;
  }

  #startNext(key: string, work: () => Promise<T>): Promise<T> {
    this.#next.delete(key);
    return this.#start(key, work);
  }

  #start(key: string, work: () => Promise<T>): Promise<T> {
    const run = work().finally(() => {
      if (this.#running.get(key) === run) this.#running.delete(key);
    });
    this.#running.set(key, run);
    return run;
  }
}
