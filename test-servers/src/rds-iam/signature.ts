import { createHash, createHmac } from 'node:crypto';

/** What a signature of version 4 covers. */
export interface SignedRequest {
  readonly method: string;
  /** Decoded. */
  readonly query: readonly (readonly [string, string])[];
  /** In small letters, in their order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** `20260329T013000Z` */
  readonly dateTime: string;
  /** `20260329/eu-central-1/rds-db/aws4_request` */
  readonly scope: string;
}

/**
 * The signature of a request to `/` by the standard ("Signature Version 4", steps 1 to 4), made from nothing but hashes
 * so that it shares no fault with a vendor's library.
 */
export function signatureOf(request: SignedRequest, secretAccessKey: string): string {
  const query = request.query.map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const canonicalRequest = [
    request.method,
    '/',
    query.join('&'),
    ...request.headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    request.headers.map(([name]) => name).join(';'),
    sha256(request.body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.dateTime, request.scope, sha256(canonicalRequest)].join('\n');
  const key = request.scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

/** Of a token: a presigned `GET /` of the endpoint, which signs nothing but the host with its port. */
export function tokenSignature(
  host: string,
  query: SignedRequest['query'],
  when: Pick<SignedRequest, 'dateTime' | 'scope'>,
  secretAccessKey: string,
): string {
  return signatureOf({ method: 'GET', query, headers: [['host', host]], body: '', ...when }, secretAccessKey);
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
