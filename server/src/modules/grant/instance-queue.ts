/** Accounts of one instance that are worked on at once. */
const width = 4;
/** So many that wait are first looked through for those that can go together. */
const many = 8;

interface Parts {
  /** Runs the work as the one runner of the instance; false when another server process is. */
  readonly asRunner: (work: () => Promise<void>) => Promise<boolean>;
  /** Never rejects. */
  readonly bringInLine: (accountId: string) => Promise<void>;
  /** Does what can be done for many at once; answers the others. Never rejects. */
  readonly removeTogether: (accountIds: readonly string[]) => Promise<readonly string[]>;
  readonly onElsewhere: () => void;
  readonly onError: (error: unknown) => void;
}

/** Dirty accounts of one instance in their order. Instances do not wait for each other. */
export class InstanceQueue {
  readonly #parts: Parts;
  readonly #waiting = new Set<string>();
  readonly #inWork = new Set<string>();
  #run: Promise<void> | null = null;
  #onAdded: () => void = () => undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** An account that is in work already comes again only when it is asked for again. */
  add(accountIds: readonly string[]): void {
    for (const id of accountIds) if (!this.#inWork.has(id)) this.#waiting.add(id);
    this.#onAdded();
    if (this.#run !== null || this.#waiting.size === 0) return;
    this.#run = this.#work().finally(() => {
      this.#run = null;
      // What was added while the run was about to end.
      if (this.#waiting.size > 0) this.add([]);
    });
  }

  /** Resolves when there is nothing left to do here. */
  async whenIdle(): Promise<void> {
    while (this.#run !== null) await this.#run;
  }

  /** Lets go of what has not begun; what has begun is finished. */
  async stop(): Promise<void> {
    this.#waiting.clear();
    await this.whenIdle();
  }

  async #work(): Promise<void> {
    try {
      if (await this.#parts.asRunner(() => this.#drain())) return;
      this.#waiting.clear();
      this.#parts.onElsewhere();
    } catch (error) {
      this.#waiting.clear();
      this.#parts.onError(error);
    }
  }

  /** One that is slow keeps only its own place: what is added meanwhile takes the others. */
  async #drain(): Promise<void> {
    const running = new Set<Promise<void>>();
    for (;;) {
      if (this.#waiting.size >= many) {
        const ids = [...this.#waiting];
        this.#waiting.clear();
        const work = this.#workOnMany(ids).finally(() => running.delete(work));
        running.add(work);
      }
      for (const id of this.#waiting) {
        if (running.size >= width) break;
        this.#waiting.delete(id);
        const work = this.#workOn(id).finally(() => running.delete(work));
        running.add(work);
      }
      if (running.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onAdded = resolve;
      await Promise.race([...running, promise]);
    }
  }

  async #workOnMany(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#inWork.add(id);
    const left = new Set(await this.#parts.removeTogether(ids));
    for (const id of ids) if (!left.has(id)) this.#inWork.delete(id);
    const waiting = left.values();
    const takeTurns = async (): Promise<void> => {
      for (const id of waiting) await this.#workOn(id);
    };
    await Promise.all(Array.from({ length: width }, takeTurns));
  }

  async #workOn(id: string): Promise<void> {
    this.#inWork.add(id);
    try {
      await this.#parts.bringInLine(id);
    } finally {
      this.#inWork.delete(id);
    }
  }
}
