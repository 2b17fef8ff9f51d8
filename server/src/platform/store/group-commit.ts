interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result | PromiseLike<Result>) => void;
  readonly reject: (error: unknown) => void;
}

const mostTogether = 200;

/**
 * Does together what arrives while the store is busy with what came before, so that a commit to the disk is shared by
 * all who wait for it. Somebody alone waits for nobody. Each gets his own answer: when the work of several fails, each
 * of them is done on its own.
 */
export class GroupCommit<Item, Result> {
  readonly #work: (items: readonly Item[]) => Promise<readonly (Result | PromiseLike<Result>)[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #isBusy = false;

  /** `work` is one transaction and answers for each item, in order; an answer that comes later holds up nobody else. */
  constructor(work: (items: readonly Item[]) => Promise<readonly (Result | PromiseLike<Result>)[]>) {
    this.#work = work;
  }

  /** Resolves when committed. */
  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isBusy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, mostTogether);
      const failed = await this.#together(group);
      for (const one of failed) await this.#together([one]);
    }
    this.#isBusy = false;
  }

  /** Those that have to be tried alone. */
  async #together(group: readonly Waiting<Item, Result>[]): Promise<readonly Waiting<Item, Result>[]> {
    try {
      const results = await this.#work(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (index in results) resolve(result as Result);
        else reject(new Error('The store did not answer for everything.'));
      });
      return [];
    } catch (error) {
      if (group.length > 1) return group;
      group[0]?.reject(error);
      return [];
    }
  }
}
