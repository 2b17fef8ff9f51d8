import type { Change, ChangeFeed } from './change-feed.ts';

const keptMs = 60_000;
/** More than is asked for: what it takes a change to be told here, and a call to arrive. Part of the contract. */
const overlapMs = 5_000;
const mostKept = 500;

/** What was heard in the last minute, for a page that begins to listen a little after it read. */
export class RecentChanges {
  #heard: { readonly at: number; readonly change: Change }[] = [];
  /** Since then nothing was missed that is not kept. */
  #wholeSince = performance.now();

  constructor(feed: ChangeFeed) {
    feed.subscribe(
      (change) => this.#keep(change),
      () => {
        this.#heard = [];
        this.#wholeSince = performance.now();
      },
    );
  }

  /** All of the last so many milliseconds, and of `overlapMs` before them; null where some may be missing. */
  ofLast(ms: number): readonly Change[] | null {
    const from = performance.now() - ms - overlapMs;
    if (from < this.#wholeSince) return null;
    return this.#heard.filter(({ at }) => at >= from).map(({ change }) => change);
  }

  #keep(change: Change): void {
    const now = performance.now();
    const old = this.#heard.filter(({ at }, index) => at < now - keptMs || index <= this.#heard.length - mostKept);
    this.#heard = [...this.#heard.slice(old.length), { at: now, change }];
    // Something else could have been heard in the same instant.
    const last = old.at(-1);
    if (last !== undefined) this.#wholeSince = Math.max(this.#wholeSince, last.at + 1);
  }
}
