import { createHash, createHmac } from 'node:crypto';
import type { AwsKeys } from './aws-keys.ts';

export interface PresignInput {
  readonly service: string;
  readonly region: string;
  /** As in the `Host` header: with its port where that is not the usual one. */
  readonly host: string;
  readonly query: Readonly<Record<string, string>>;
  readonly expiresSeconds: number;
  readonly keys: AwsKeys;
  readonly at: Date;
}

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * A `GET` of `/` with its Signature Version 4 in the query ("Authenticating Requests: Using Query Parameters"), without
 * the scheme. Made locally: nothing is sent.
 */
export function presign({ service, region, host, query, expiresSeconds, keys, at }: PresignInput): string {
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const parameters = canonical({
    ...query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': stamp,
    'X-Amz-Expires': String(expiresSeconds),
    ...(keys.sessionToken === null ? {} : { 'X-Amz-Security-Token': keys.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', parameters, `host:${host}`, '', 'host', sha256('')].join('\n');
  const toSign = [algorithm, stamp, scope, sha256(request)].join('\n');
  const signature = hmac(signingKey(keys.secretAccessKey, scope), toSign).toString('hex');
  return `${host}/?${parameters}&X-Amz-Signature=${signature}`;
}

/** Names and values in RFC 3986, in the order of the encoded names. */
function canonical(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** All but the unreserved characters; `encodeURIComponent` leaves five more as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

function signingKey(secret: string, scope: string): Buffer {
  return scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
