import { createHash, createHmac } from 'node:crypto';

/** The parts of a presigned URL that its signature covers, as the standard names them. */
export interface SignedParts {
  /** With its port, as in the `Host` header. */
  readonly host: string;
  /** Every parameter but the signature itself, decoded. */
  readonly parameters: readonly (readonly [string, string])[];
  /** `20260329T013000Z` */
  readonly dateTime: string;
  /** `20260329/eu-central-1/rds-db/aws4_request` */
  readonly scope: string;
}

/**
 * The signature of a presigned `GET /` by the standard ("Signature Version 4", steps 1 to 4), made from nothing but
 * hashes so that it shares no fault with a vendor's library.
 */
export function signatureOf(parts: SignedParts, secretAccessKey: string): string {
  const query = parts.parameters
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalRequest = ['GET', '/', query, `host:${parts.host}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', parts.dateTime, parts.scope, sha256(canonicalRequest)].join('\n');
  const key = parts.scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

/** Everything but the unreserved characters of RFC 3986, whole bytes of UTF-8, in capitals. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
