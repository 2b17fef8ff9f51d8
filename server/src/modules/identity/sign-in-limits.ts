import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../platform/errors/app-error.ts';

/** Slows down and stops guessing. Known and unknown accounts are treated alike. */
export interface SignInLimits {
  /**
   * Call before the password is looked at: attempts are counted first, so that many at once do not slip through.
   * Resolves after a wait that grows with the account's latest failures; throws `auth.too_many_attempts`.
   */
  begin(email: string, address: string): Promise<void>;
  /** The password was right: forgets the account's failures, and takes this attempt off the address. */
  succeeded(email: string, address: string): Promise<void>;
}

/** `auth.too_many_attempts`; the first one of a stop is worth an audit event, the thousandth is not. */
export class TooManyAttempts extends AppError {
  readonly isFirst: boolean;

  constructor(retryAfterSeconds: number, isFirst: boolean) {
    const minutes = Math.ceil(retryAfterSeconds / 60);
    super('auth.too_many_attempts', `Too many attempts. Try again in ${minutes} min.`, {
      details: { retryAfterSeconds },
    });
    this.isFirst = isFirst;
  }
}

const window = 15 * 60;
/** Failures in 15 minutes before a stop of 15 minutes. */
export const mostFailures = { byAccountAtAddress: 5, byAccount: 40, byAddress: 60 } as const;
const freeFailures = 2;
const longestWaitMs = 4000;

/** Waits between attempts on one account: none for the first, then doubling from a quarter of a second. */
export function waitBefore(attempt: number): number {
  return attempt <= freeFailures + 1 ? 0 : Math.min(250 * 2 ** (attempt - freeFailures - 2), longestWaitMs);
}

export function createSignInLimits(pool: Pool, wait: (ms: number) => Promise<unknown> = delay): SignInLimits {
  const limiter = (keyPrefix: string, points: number) =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      schemaName: 'tidegate',
      tableName: 'sign_in_attempt',
      tableCreated: true,
      keyPrefix,
      points,
      duration: window,
      blockDuration: window,
    });
  const pair = limiter('pair', mostFailures.byAccountAtAddress);
  const account = limiter('account', mostFailures.byAccount);
  const place = limiter('address', mostFailures.byAddress);

  return {
    async begin(email, address) {
      const keys = keysOf(email, address);
      await consume(place, keys.address);
      await consume(pair, keys.pair);
      const attempts = await consume(account, keys.account);
      const ms = waitBefore(attempts);
      if (ms > 0) await wait(ms);
    },
    async succeeded(email, address) {
      const keys = keysOf(email, address);
      await pair.delete(keys.pair);
      await account.delete(keys.account);
      await place.reward(keys.address, 1);
    },
  };
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<number> {
  try {
    return (await limiter.consume(key, 1)).consumedPoints;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new TooManyAttempts(retryAfterSeconds, refusal.consumedPoints === limiter.points + 1);
  }
}

function keysOf(email: string, address: string) {
  const account = createHash('sha256').update(email).digest('hex').slice(0, 32);
  const place = networkOf(address);
  return { account, address: place, pair: `${account}@${place}` };
}

/** One subscriber has a whole /64 of IPv6: it counts as one address. */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
