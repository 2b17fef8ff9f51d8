import { AwsFault } from '../aws/aws-fault.ts';
import { checkCaller } from '../aws/caller-check.ts';
import { CredentialSource } from '../aws/credential-source.ts';
import { makeRdsToken, type TokenPlace } from '../aws/rds-token.ts';
import { serverCredentials } from '../aws/sdk-credentials.ts';
import { explainConnectError } from './connect-fault.ts';
import { StoreFault } from './store-fault.ts';
import type { StoreUrl } from './store-url.ts';

/** The server's own credentials, for every connection to the store. */
const source = new CredentialSource(serverCredentials);

/**
 * The password of one connection. The driver writes it after TLS was verified: with `ssl` set it gives up on a server
 * without TLS, and its handshake ends before the startup message.
 */
export async function storeToken(place: TokenPlace, user: string): Promise<string> {
  return makeRdsToken(place, user, await source.current(), new Date());
}

/** Why the store cannot be reached by token, and what to do. */
export async function explainTokenError(error: unknown, url: StoreUrl, place: TokenPlace): Promise<StoreFault> {
  if (error instanceof AwsFault) return inWords(error);
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code !== '28000' && code !== '28P01') return explainConnectError(error, url);
  source.doubt();
  const { fault, arn } = await checkCaller(await source.current(), place.region);
  if (fault !== null) return inWords(fault);
  return new StoreFault(
    `PostgreSQL refused the token of "${url.user}". Check that the user exists and has rds_iam (GRANT rds_iam TO ` +
      `"${url.user}";), that ${arn ?? 'the server’s credentials'} may do rds-db:connect for it, that IAM authentication ` +
      `is enabled there, and that ${place.region} is the region of ${place.host}.`,
    error,
  );
}

function inWords(fault: AwsFault): StoreFault {
  return new StoreFault(`The metadata store cannot be reached by AWS RDS IAM. ${fault.message} ${fault.hint}`, fault);
}
