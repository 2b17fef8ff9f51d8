import { EngineError, type EngineErrorKind } from '../../engines/engine.ts';
import { AwsFault, type AwsFaultKind } from '../../platform/aws/aws-fault.ts';

const kinds: Readonly<Record<AwsFaultKind, EngineErrorKind>> = {
  no_credentials: 'credentials_missing',
  metadata_unreachable: 'credentials_missing',
  unreachable: 'credentials_missing',
  failed: 'credentials_missing',
  role_refused: 'credentials_refused',
  credentials_expired: 'credentials_refused',
  credentials_invalid: 'credentials_refused',
  clock_skew: 'clock_skew',
};

/** What kept credentials from being had, as the contract's error; anything else stays what it is. */
export function fromFault(error: unknown): unknown {
  if (!(error instanceof AwsFault)) return error;
  return new EngineError(kinds[error.kind], error.message, { hint: error.hint, cause: error });
}
