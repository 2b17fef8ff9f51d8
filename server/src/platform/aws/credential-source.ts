import { expired } from './aws-fault.ts';
import type { AwsKeys } from './aws-keys.ts';

/** New ones are fetched this long before the old ones end. */
const refreshBeforeMs = 5 * 60_000;
/** Below this the old ones are not handed out any more while new ones are fetched. */
const leastLeftMs = 60_000;
/** Credentials without an end may have been replaced where they come from. */
const recheckMs = 60_000;
/** After a failed fetch the next one waits, as long as the old ones last. */
const retryMs = 10_000;
/** Somebody refused them: they are read again, but not for each refusal. */
const doubtMs = 2_000;

interface Held {
  readonly keys: AwsKeys;
  /** Or last tried in vain to. */
  readonly fetchedAt: number;
  readonly refreshAt: number;
}

/**
 * Keeps the credentials of one source: fetched once for all who wait, renewed before they end while the old ones still
 * serve, read again from time to time where they have no end, so that a rotation is picked up.
 */
export class CredentialSource {
  readonly #fetch: () => Promise<AwsKeys>;
  readonly #now: () => number;
  #held: Held | null = null;
  #isDoubted = false;
  #fetching: Promise<AwsKeys> | null = null;

  constructor(fetch: () => Promise<AwsKeys>, now: () => number = Date.now) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** Usable for at least a minute. Rejects with `AwsFault` when there are none. */
  async current(): Promise<AwsKeys> {
    const held = this.#held;
    if (held === null || !this.#isUsable(held.keys)) return await this.#renew();
    // Whoever refused them may be wrong, so they are not given up for nothing.
    if (this.#isDoubted) return await this.#renew().catch(() => held.keys);
    // The ones at hand serve meanwhile, and whether new ones come shows in time.
    if (this.#now() >= held.refreshAt) void this.#renew().catch(() => undefined);
    return held.keys;
  }

  /** A server refused what these signed: the next one who asks gets them read anew. */
  doubt(): void {
    if (this.#held !== null && this.#now() - this.#held.fetchedAt >= doubtMs) this.#isDoubted = true;
  }

  #isUsable({ expiresAt }: AwsKeys): boolean {
    return expiresAt === null || expiresAt.getTime() - this.#now() > leastLeftMs;
  }

  async #renew(): Promise<AwsKeys> {
    this.#fetching ??= this.#fetchOnce().finally(() => {
      this.#fetching = null;
    });
    return await this.#fetching;
  }

  async #fetchOnce(): Promise<AwsKeys> {
    const before = this.#held;
    this.#isDoubted = false;
    try {
      const keys = await this.#fetch();
      const fetchedAt = this.#now();
      if (keys.expiresAt !== null && keys.expiresAt.getTime() <= fetchedAt) throw expired();
      this.#held = { keys, fetchedAt, refreshAt: refreshTimeOf(keys, fetchedAt) };
      return keys;
    } catch (error) {
      if (before !== null) this.#held = { ...before, fetchedAt: this.#now(), refreshAt: this.#now() + retryMs };
      throw error;
    }
  }
}

function refreshTimeOf({ expiresAt }: AwsKeys, fetchedAt: number): number {
  if (expiresAt === null) return fetchedAt + recheckMs;
  const lastsMs = expiresAt.getTime() - fetchedAt;
  // Short-lived ones are renewed at half of their time, so that they are not fetched without a pause.
  return fetchedAt + Math.max(lastsMs / 2, lastsMs - refreshBeforeMs);
}
