import { randomBytes } from 'node:crypto';
import type { KnownCredentials } from './token-verifier.ts';

export interface IssuedCredentials extends KnownCredentials {
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** Gives out temporary keys and remembers them where verifiers look. */
export class CredentialIssuer {
  /** Everything ever given out; shared with fronts. */
  readonly issued: KnownCredentials[];
  /** How long the next keys live. */
  lifeMs = 3_600_000;
  now: () => Date = () => new Date();

  constructor(issued: KnownCredentials[] = []) {
    this.issued = issued;
  }

  issue(lifeMs = this.lifeMs): IssuedCredentials {
    const credentials = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      // As long as those of a role are.
      sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(660).toString('base64')}`,
      expiresAt: new Date(this.now().getTime() + lifeMs),
    };
    this.issued.push(credentials);
    return credentials;
  }
}

/** As the services write an instant: without fractions. */
export function instant(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
