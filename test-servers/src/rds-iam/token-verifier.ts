import { timingSafeEqual } from 'node:crypto';
import { type ParsedToken, parseToken, type Unreadable } from './parse-token.ts';
import { tokenSignature } from './signature.ts';

/** A key pair as the service that gave it out knows it. */
export interface KnownCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Given out together with temporary keys: a token made with them must carry it. */
  readonly sessionToken?: string;
  readonly expiresAt?: Date;
}

/** What a token must have been made for. */
export interface TokenEndpoint {
  readonly host: string;
  readonly port: number;
  readonly region: string;
}

export type TokenRefusal =
  | Unreadable
  | 'wrong_action'
  | 'wrong_algorithm'
  | 'wrong_service'
  | 'wrong_host'
  | 'wrong_port'
  | 'wrong_region'
  | 'wrong_user'
  | 'unknown_key'
  | 'wrong_session_token'
  | 'too_long_a_life'
  | 'too_old'
  | 'from_the_future'
  | 'expired_credentials'
  | 'wrong_signature'
  | 'not_allowed';

export type Verdict =
  | { readonly isAccepted: true; readonly accessKeyId: string }
  | { readonly isAccepted: false; readonly refusal: TokenRefusal };

export interface VerifierOptions {
  readonly endpoint: TokenEndpoint;
  /** Read at each check: what an issuer gave out meanwhile counts. */
  readonly credentials: () => Iterable<KnownCredentials>;
  /** Stands for the policy `rds-db:connect` of these keys; everything is allowed when it is left out. */
  readonly isAllowed?: (accessKeyId: string, user: string) => boolean;
  readonly now?: () => Date;
}

const longestLifeS = 900;
const toleratedSkewMs = 5 * 60_000;

/** Verifies tokens of RDS IAM authentication as the database's host does, and says what is wrong with one. */
export class TokenVerifier {
  readonly #options: VerifierOptions;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  verify(token: string, user: string): Verdict {
    const parsed = parseToken(token);
    if (typeof parsed === 'string') return { isAccepted: false, refusal: parsed };
    const accessKeyId = parsed.parameters.get('X-Amz-Credential')?.split('/')[0] ?? '';
    const refusal =
      this.#purposeFault(parsed, user) ?? this.#timeFault(parsed) ?? this.#keyFault(parsed, accessKeyId, user);
    return refusal === undefined ? { isAccepted: true, accessKeyId } : { isAccepted: false, refusal };
  }

  #purposeFault({ host, port, parameters }: ParsedToken, user: string): TokenRefusal | undefined {
    const { endpoint } = this.#options;
    const [, date, region, service, end, ...more] = (parameters.get('X-Amz-Credential') ?? '').split('/');
    if (parameters.get('Action') !== 'connect') return 'wrong_action';
    if (parameters.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return 'wrong_algorithm';
    if (parameters.get('X-Amz-SignedHeaders') !== 'host' || end !== 'aws4_request' || more.length > 0)
      return 'malformed';
    if (date !== parameters.get('X-Amz-Date')?.slice(0, 8)) return 'malformed';
    if (service !== 'rds-db') return 'wrong_service';
    if (host !== endpoint.host) return 'wrong_host';
    if (port !== String(endpoint.port)) return 'wrong_port';
    if (region !== endpoint.region) return 'wrong_region';
    if (parameters.get('DBUser') !== user) return 'wrong_user';
    return undefined;
  }

  #timeFault({ parameters }: ParsedToken): TokenRefusal | undefined {
    const madeAt = instantOf(parameters.get('X-Amz-Date') ?? '');
    const life = parameters.get('X-Amz-Expires') ?? '';
    if (madeAt === undefined || !/^\d{1,6}$/.test(life)) return 'malformed';
    if (Number(life) > longestLifeS) return 'too_long_a_life';
    const ageMs = this.#now().getTime() - madeAt;
    if (ageMs < -toleratedSkewMs) return 'from_the_future';
    return ageMs >= Number(life) * 1000 ? 'too_old' : undefined;
  }

  #keyFault(token: ParsedToken, accessKeyId: string, user: string): TokenRefusal | undefined {
    const { parameters } = token;
    const known = [...this.#options.credentials()].find((key) => key.accessKeyId === accessKeyId);
    if (known === undefined) return 'unknown_key';
    if (parameters.get('X-Amz-Security-Token') !== known.sessionToken) return 'wrong_session_token';
    if (known.expiresAt !== undefined && known.expiresAt <= this.#now()) return 'expired_credentials';
    const expected = tokenSignature(
      `${token.host}:${token.port}`,
      [...parameters].filter(([name]) => name !== 'X-Amz-Signature'),
      {
        dateTime: parameters.get('X-Amz-Date') ?? '',
        scope: parameters.get('X-Amz-Credential')?.slice(accessKeyId.length + 1) ?? '',
      },
      known.secretAccessKey,
    );
    if (!isSame(expected, parameters.get('X-Amz-Signature') ?? '')) return 'wrong_signature';
    return this.#options.isAllowed?.(accessKeyId, user) === false ? 'not_allowed' : undefined;
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

function instantOf(text: string): number | undefined {
  const [whole, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.map(String) ?? [];
  if (whole === undefined) return undefined;
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(instant) ? undefined : instant;
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
