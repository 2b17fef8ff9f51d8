import { encode, tokenSignature } from './signature.ts';
import type { KnownCredentials, TokenEndpoint } from './token-verifier.ts';

/** A token for native clients and for the negative cases of tests; `changes` replaces parameters before signing. */
export function makeToken(
  endpoint: TokenEndpoint,
  user: string,
  credentials: KnownCredentials,
  at: Date = new Date(),
  changes: Readonly<Record<string, string>> = {},
): string {
  const dateTime = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${dateTime.slice(0, 8)}/${endpoint.region}/${changes['service'] ?? 'rds-db'}/aws4_request`;
  const { service: _, ...replaced } = changes;
  const parameters = Object.entries({
    Action: 'connect',
    DBUser: user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': dateTime,
    'X-Amz-Expires': '900',
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
    ...replaced,
  });
  const host = `${endpoint.host}:${endpoint.port}`;
  const signature = tokenSignature(host, parameters, { dateTime, scope }, credentials.secretAccessKey);
  const query = [...parameters, ['X-Amz-Signature', signature]].map(
    ([name, value]) => `${name}=${encode(value ?? '')}`,
  );
  return `${host}/?${query.join('&')}`;
}
