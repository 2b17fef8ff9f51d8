import { createHash, randomBytes } from 'node:crypto';
import type { InstanceTarget } from '../engine.ts';

/**
 * The passwords that this process gave to accounts, in memory only. With few rights the engine sees and ends an
 * account's sessions only by logging in as the account; knowing its password spares setting a new one.
 */
export class AccountKeys {
  readonly #passwords = new Map<string, string>();
  readonly #busy = new Map<string, Promise<unknown>>();

  find(target: InstanceTarget, account: string): string | null {
    return this.#passwords.get(placeOf(target, account)) ?? null;
  }

  remember(target: InstanceTarget, account: string, password: string): void {
    this.#passwords.set(placeOf(target, account), password);
  }

  forget(target: InstanceTarget, account: string): void {
    this.#passwords.delete(placeOf(target, account));
  }

  /** Runs what locks, unlocks or rotates one account, one after the other. */
  async alone<T>(target: InstanceTarget, account: string, work: () => Promise<T>): Promise<T> {
    const place = placeOf(target, account);
    const before = this.#busy.get(place) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#busy.set(place, settled);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(place) === settled) this.#busy.delete(place);
    }
  }
}

function placeOf(target: InstanceTarget, account: string): string {
  return JSON.stringify([target.host, target.port, account]);
}

export function newPassword(): string {
  // One of each class, for servers that check; the rest is chance.
  return `${randomBytes(24).toString('base64url')}-aA1`;
}

/** The password's hash as `mysql_native_password` keeps it: MariaDB writes clear text into its logs. */
export function nativeHash(password: string): string {
  const sha1 = (data: Buffer | string): Buffer => createHash('sha1').update(data).digest();
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;
}

/** `PASSWORD REQUIRE CURRENT` came with MySQL 8.0.13; MariaDB has nothing like it. */
export function canBarOwnPasswords(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/, 3).map(Number);
  return !version.includes('MariaDB') && major * 1_000_000 + minor * 1_000 + patch >= 8_000_013;
}
