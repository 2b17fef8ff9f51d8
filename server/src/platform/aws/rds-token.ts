import type { AwsKeys } from './aws-keys.ts';
import { presign } from './presign.ts';

export interface TokenPlace {
  /** The endpoint's own name and port, whatever is dialled. */
  readonly host: string;
  readonly port: number;
  readonly region: string;
}

/** The server looks at it when the connection opens, and never again. */
const tokenSeconds = 900;

/** The password of a database user for the next 15 minutes: a presigned request that is never sent as one. */
export function makeRdsToken(place: TokenPlace, user: string, keys: AwsKeys, at: Date): string {
  return presign({
    service: 'rds-db',
    region: place.region,
    host: `${place.host.toLowerCase()}:${place.port}`,
    query: { Action: 'connect', DBUser: user },
    expiresSeconds: tokenSeconds,
    keys,
    at,
  });
}
