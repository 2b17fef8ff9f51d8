export type EngineErrorKind =
  | 'host_unknown'
  | 'refused'
  | 'timeout'
  | 'wrong_protocol'
  | 'tls_unsupported'
  | 'tls_required'
  | 'tls_untrusted'
  | 'tls_host_mismatch'
  | 'auth_failed'
  | 'credentials_missing'
  | 'credentials_refused'
  | 'clock_skew'
  | 'region_mismatch'
  | 'token_refused'
  | 'account_locked'
  | 'database_missing'
  | 'too_many_connections'
  | 'read_only'
  | 'disk_full'
  | 'connection_lost'
  | 'ended_by_administrator'
  | 'cancelled'
  | 'statement_timeout'
  | 'access_refused'
  | 'syntax'
  | 'unknown_relation'
  | 'more_than_one_statement'
  | 'statement_failed'
  | 'sessions_remain'
  | 'database_not_empty'
  | 'not_supported'
  | 'internal';

/** Every failure that leaves an engine. `message` is safe to show: it never holds a secret. */
export class EngineError extends Error {
  readonly kind: EngineErrorKind;
  /** What to do about it, in words; null where the message says it all. */
  readonly hint: string | null;
  /** The server's own code, e.g. `42501`, `1142`. */
  readonly serverCode: string | null;
  /** Where in the statement, in UTF-16 code units from 0. */
  readonly position: number | null;
  /**
   * For `access_refused` and `unknown_relation`, where the server names it. On MySQL `schema` is the database, and
   * null when it is the session's own.
   */
  readonly relation: { readonly schema: string | null; readonly name: string } | null;

  constructor(
    kind: EngineErrorKind,
    message: string,
    details: {
      hint?: string | null;
      serverCode?: string | null;
      position?: number | null;
      relation?: { schema: string | null; name: string } | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'EngineError';
    this.kind = kind;
    this.hint = details.hint ?? null;
    this.serverCode = details.serverCode ?? null;
    this.position = details.position ?? null;
    this.relation = details.relation ?? null;
  }
}
