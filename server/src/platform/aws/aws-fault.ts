export type AwsFaultKind =
  | 'no_credentials'
  | 'metadata_unreachable'
  | 'role_refused'
  | 'credentials_expired'
  | 'credentials_invalid'
  | 'clock_skew'
  | 'unreachable'
  | 'failed';

/** Why there are no usable credentials, and what to do about it. Both texts are safe to show. */
export class AwsFault extends Error {
  readonly kind: AwsFaultKind;
  readonly hint: string;

  constructor(kind: AwsFaultKind, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AwsFault';
    this.kind = kind;
    this.hint = hint;
  }
}

const places =
  'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, ECS, EKS web identity, and the EC2 instance role';

export const noCredentials = (cause: unknown) =>
  new AwsFault(
    'no_credentials',
    'The server has no AWS credentials.',
    `Give it some, or give keys for this instance. It looked in ${places}.`,
    cause,
  );

export const metadataUnreachable = (cause: unknown) =>
  new AwsFault(
    'metadata_unreachable',
    'The EC2 metadata service is there, but its answers with the instance role do not arrive.',
    'In a container this is the hop limit: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id …, or run the container on the host’s network.',
    cause,
  );

export const expired = (cause?: unknown) =>
  new AwsFault(
    'credentials_expired',
    'The AWS credentials have expired.',
    'Renew the session token where it comes from; it is picked up without a restart.',
    cause,
  );

export const clockSkew = (cause?: unknown) =>
  new AwsFault(
    'clock_skew',
    'The clock of this machine is more than five minutes off, so AWS takes no signature of it.',
    'Set the clock by a time server (chrony, systemd-timesyncd), and try again.',
    cause,
  );

const invalid = (cause: unknown) =>
  new AwsFault(
    'credentials_invalid',
    'AWS does not know these credentials, or the secret does not belong to the key.',
    'Check the access key id and the secret; the key may have been deleted or deactivated.',
    cause,
  );

/** What AWS says of a call that was refused, by the code of its answer. Null for codes that say nothing of these. */
export function faultOfCode(code: string, cause?: unknown): AwsFault | null {
  const name = code.replace(/Exception$/, '');
  if (/^(ExpiredToken|TokenRefreshRequired|ExpiredTokenError)$/.test(name)) return expired(cause);
  if (/^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/.test(name)) return clockSkew(cause);
  if (/^(InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|AuthFailure|SignatureDoesNotMatch)$/.test(name)) {
    // The one code stands for wrong secrets and for signatures that are too old; only the text tells them apart.
    const isOld = cause instanceof Error && /Signature (expired|not yet current)/i.test(cause.message);
    return isOld ? clockSkew(cause) : invalid(cause);
  }
  return null;
}

const networkCodes = /^(ENOTFOUND|EAI_|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE)|Timeout/;

/** An error of the SDK while a role is assumed. */
export function faultOfRole(error: unknown, roleArn: string): AwsFault {
  if (error instanceof AwsFault) return error;
  const { name, code } = wordsOf(error);
  const known = faultOfCode(name, error);
  if (known !== null) return known;
  if (/^AccessDenied/.test(name)) {
    return new AwsFault(
      'role_refused',
      `The server’s credentials may not assume ${roleArn}.`,
      'Allow them sts:AssumeRole on it, name them in its trust policy, and check the external id.',
      error,
    );
  }
  if (networkCodes.test(code) || networkCodes.test(name)) {
    return new AwsFault(
      'unreachable',
      'The token service of AWS (STS) cannot be reached from here.',
      'Assuming a role needs it: allow the way out, or make an interface endpoint for STS and name it in AWS_ENDPOINT_URL_STS.',
      error,
    );
  }
  if (name === 'CredentialsProviderError') return noCredentials(error);
  return new AwsFault('failed', `The role ${roleArn} could not be assumed (${name}).`, 'See the server’s log.', error);
}

/** An error of the SDK's chain of sources. */
export function faultOfChain(error: unknown): AwsFault {
  if (error instanceof AwsFault) return error;
  const { name, code } = wordsOf(error);
  const known = faultOfCode(name, error);
  if (known !== null) return known;
  if (networkCodes.test(code) || networkCodes.test(name)) {
    return new AwsFault(
      'unreachable',
      'The service that gives the server its AWS credentials does not answer.',
      'Check the way to ECS, EKS, STS or the metadata service from here.',
      error,
    );
  }
  return noCredentials(error);
}

function wordsOf(error: unknown): { name: string; code: string } {
  if (!(error instanceof Error)) return { name: 'unknown', code: '' };
  const { code } = error as { code?: unknown };
  return { name: error.name, code: typeof code === 'string' ? code : '' };
}
