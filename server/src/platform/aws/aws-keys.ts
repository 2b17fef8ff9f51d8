import { inspect } from 'node:util';

/** Credentials that sign. Printed, logged or turned into JSON they show the id of the key and nothing else. */
export class AwsKeys {
  readonly accessKeyId: string;
  /** Null: they do not end by themselves. */
  readonly expiresAt: Date | null;
  readonly #secretAccessKey: string;
  readonly #sessionToken: string | null;

  constructor(keys: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string | null | undefined;
    expiresAt?: Date | null | undefined;
  }) {
    this.accessKeyId = keys.accessKeyId;
    this.expiresAt = keys.expiresAt ?? null;
    this.#secretAccessKey = keys.secretAccessKey;
    this.#sessionToken = keys.sessionToken ?? null;
  }

  get secretAccessKey(): string {
    return this.#secretAccessKey;
  }

  get sessionToken(): string | null {
    return this.#sessionToken;
  }

  toJSON(): { accessKeyId: string } {
    return { accessKeyId: this.accessKeyId };
  }

  [inspect.custom](): string {
    return `AwsKeys(${this.accessKeyId})`;
  }
}
