import { EngineError, type EngineErrorKind, type EngineKind } from '../../engines/engine.ts';
import { quoteAccount } from '../../engines/mysql/quote.ts';
import { isPossibleName, quoteName } from '../../engines/postgres/quote.ts';
import { clockSkew } from '../../platform/aws/aws-fault.ts';
import type { CallerCheck } from '../../platform/aws/caller-check.ts';
import { partitionOf, readRdsEndpoint } from '../../platform/aws/rds-endpoint.ts';
import type { TokenPlace } from '../../platform/aws/rds-token.ts';
import type { AwsGround, InstanceCredentials } from './credential-sources.ts';
import { fromFault } from './from-fault.ts';

/** One login that failed. */
interface Attempt {
  readonly engine: EngineKind;
  readonly name: string;
  readonly place: TokenPlace;
  readonly credentials: InstanceCredentials;
}

const farOffMs = 5 * 60_000;
/** For how long the token service's word on the credentials is believed: many connections may fail at once. */
const believedMs = 10_000;
/** Old servers and helpers of theirs cut passwords here. */
const longPassword = 511;

/** What went wrong with a login by token, and what to do about it. The server itself says no more than "denied". */
export class Explanations {
  readonly #ground: AwsGround;
  #last: { readonly key: string; readonly at: number; readonly check: Promise<CallerCheck> } | null = null;

  constructor(ground: AwsGround) {
    this.#ground = ground;
  }

  async explain(error: EngineError, attempt: Attempt): Promise<EngineError> {
    try {
      if (error.kind === 'token_refused') return await this.#refused(error, attempt);
    } catch {
      // Whatever kept us from finding out more: what the server said stands.
      return error;
    }
    if (error.kind === 'auth_failed') return notByToken(error, attempt);
    return aboutTls(error, attempt);
  }

  async #refused(error: EngineError, attempt: Attempt): Promise<EngineError> {
    const { credentials, place } = attempt;
    const keys = await credentials.current();
    credentials.doubt();
    const check = await this.#check(keys.accessKeyId, () => this.#ground.checkCaller(keys, place.region));
    if (check.fault !== null) return withCode(fromFault(check.fault), error);
    if (check.clockAheadMs !== null && Math.abs(check.clockAheadMs) > farOffMs) {
      return withCode(fromFault(clockSkew()), error);
    }
    return denied(error, attempt, check.arn, keys.sessionToken !== null);
  }

  async #check(key: string, ask: () => Promise<CallerCheck>): Promise<CallerCheck> {
    const now = this.#ground.now();
    if (this.#last?.key !== key || now - this.#last.at > believedMs) this.#last = { key, at: now, check: ask() };
    return await this.#last.check;
  }
}

/** The credentials are good as far as is known, so they are not allowed to be this user, or the server cut the token. */
function denied(error: EngineError, { name, place }: Attempt, arn: string | null, isLong: boolean): EngineError {
  const { region, host } = place;
  const who = arn === null ? 'the credentials' : arn;
  const resource = `arn:${partitionOf(region)}:rds-db:${region}:ACCOUNT:dbuser:RESOURCE_ID/${name}`;
  const hints = [
    `Allow ${who} rds-db:connect on ${resource} (the set-up help fills it in), and enable IAM authentication on the server.`,
  ];
  if (arn === null)
    hints.push('Also check that the keys are valid and that the clock is right: STS could not be asked.');
  if (readRdsEndpoint(host).kind === 'other') {
    hints.push(
      `${host} is not the name of an RDS endpoint: check that the token’s host, port and region are the server’s.`,
    );
    if (isLong) {
      hints.push(`The token is longer than ${longPassword} bytes: whatever checks it there may have cut it.`);
    }
  }
  const message = `The server refused the token for ${name}. (${error.message})`;
  return new EngineError('token_refused', message, { ...detailsOf(error), hint: hints.join(' ') });
}

function notByToken(error: EngineError, { engine, name }: Attempt): EngineError {
  const isPostgres = engine === 'postgresql';
  const role = isPossibleName(name) ? quoteName(name) : name;
  const sql = isPostgres
    ? `GRANT rds_iam TO ${role};`
    : `ALTER USER ${quoteAccount(name)} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`;
  const message = isPostgres
    ? `The server does not ask ${name} for a token: the user lacks rds_iam, or does not exist.`
    : `The server does not ask ${name} for a token: the user was not made with AWSAuthenticationPlugin, or does not exist.`;
  return new EngineError('auth_failed', message, { ...detailsOf(error), hint: `Run at the server: ${sql}` });
}

const tlsHints: Partial<Record<EngineErrorKind, string>> = {
  tls_unsupported:
    'A token is only sent inside TLS. Check host and port: every RDS server offers TLS, so something else may answer there.',
  tls_untrusted:
    'The bundled authorities of Amazon RDS did not sign it. Give the certificate of its authority as own bundle; if that is an RDS server, its certificate may have to be renewed.',
};

function aboutTls(error: EngineError, { place }: Attempt): EngineError {
  const hint =
    error.kind === 'tls_host_mismatch'
      ? `The certificate must be for ${place.host}. Through a tunnel or a name of your own, give the endpoint’s own name as the token’s host.`
      : tlsHints[error.kind];
  return hint === undefined ? error : new EngineError(error.kind, error.message, { ...detailsOf(error), hint });
}

function detailsOf(error: EngineError) {
  return { serverCode: error.serverCode, cause: error.cause ?? error };
}

function withCode(found: unknown, error: EngineError): EngineError {
  if (!(found instanceof EngineError)) return error;
  return new EngineError(found.kind, found.message, { hint: found.hint, ...detailsOf(error) });
}
