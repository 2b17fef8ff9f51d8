import { EngineError, type EngineErrorKind } from '../engine.ts';
import { nearPosition, relationOf } from './error-place.ts';
import { ServerError } from './text-query.ts';

/** Server errors by number; what is not listed is `statement_failed`. (M) marks numbers that MariaDB alone uses. */
const kindOfErrno: Readonly<Record<number, EngineErrorKind>> = {
  1040: 'too_many_connections',
  1203: 'too_many_connections',
  1226: 'too_many_connections',
  1044: 'access_refused',
  1045: 'auth_failed',
  1130: 'auth_failed',
  1698: 'auth_failed',
  1820: 'auth_failed',
  1862: 'auth_failed',
  3118: 'account_locked',
  4151: 'account_locked', // (M)
  1129: 'refused',
  1049: 'database_missing',
  1142: 'access_refused',
  1143: 'access_refused',
  1227: 'access_refused',
  1370: 'access_refused',
  1449: 'access_refused',
  3530: 'access_refused',
  4061: 'access_refused',
  1064: 'syntax',
  1065: 'syntax',
  1149: 'syntax',
  1051: 'unknown_relation',
  1109: 'unknown_relation',
  1146: 'unknown_relation',
  1356: 'unknown_relation',
  1792: 'read_only',
  1836: 'read_only',
  3100: 'read_only',
  1021: 'disk_full',
  1114: 'disk_full',
  1317: 'cancelled',
  1969: 'statement_timeout', // (M)
  3024: 'statement_timeout',
  1053: 'ended_by_administrator',
  1077: 'ended_by_administrator',
  1927: 'ended_by_administrator', // (M)
  3169: 'ended_by_administrator',
  4031: 'connection_lost',
  1148: 'not_supported',
  1235: 'not_supported',
  3948: 'not_supported',
  4166: 'not_supported', // (M)
};

const kindOfCode: Readonly<Record<string, EngineErrorKind>> = {
  ENOTFOUND: 'host_unknown',
  EAI_AGAIN: 'host_unknown',
  EAI_FAIL: 'host_unknown',
  ENODATA: 'host_unknown',
  ECONNREFUSED: 'refused',
  EACCES: 'refused',
  ENOENT: 'refused',
  ENOTDIR: 'refused',
  ENOTSOCK: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EADDRNOTAVAIL: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  PROTOCOL_CONNECTION_LOST: 'connection_lost',
  PROTOCOL_ERROR: 'wrong_protocol',
  PROTOCOL_UNEXPECTED_PACKET: 'wrong_protocol',
  HANDSHAKE_UNKNOWN_ERROR: 'wrong_protocol',
  HANDSHAKE_NO_SSL_SUPPORT: 'tls_unsupported',
  HANDSHAKE_SSL_ERROR: 'tls_untrusted',
  AUTH_SWITCH_PLUGIN_ERROR: 'not_supported',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_host_mismatch',
  EPROTO: 'tls_unsupported',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls_unsupported',
};

/** Said instead of, or before, the driver's own words. */
const words: Partial<Record<EngineErrorKind, string>> = {
  host_unknown: 'The host name is not known.',
  refused: 'The server refuses connections at this address.',
  timeout: 'The server did not answer in time.',
  wrong_protocol: 'Whatever listens there does not speak the MySQL protocol.',
  tls_unsupported: 'The server offers no usable TLS.',
  tls_untrusted: 'The server’s certificate is not trusted.',
  tls_host_mismatch: 'The server’s certificate is for another host name.',
  connection_lost: 'The connection to the server was lost.',
};

/** The same kind as others of theirs, in words of their own. */
const wordsOfCode: Readonly<Record<string, { readonly message: string; readonly hint: string }>> = {
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: {
    message: 'The server asks for a password in clear text, as it does of users of AWS RDS IAM.',
    hint: 'Choose the connection method AWS RDS IAM, or a user with a password.',
  },
};

const hints: Partial<Record<EngineErrorKind, string>> = {
  tls_unsupported: 'Choose a TLS mode that does not demand TLS, or switch TLS on at the server.',
  tls_untrusted: 'Give the authority that signed it, or choose a mode that does not verify.',
  tls_host_mismatch: 'Connect by a name that the certificate holds, or verify the authority only.',
  too_many_connections: 'Close other connections, or raise the limit.',
};

/** What is known about the moment of a failure. */
export interface ErrorContext {
  readonly statement?: string;
  /** The database of the session, to tell its own tables from others. */
  readonly database?: string | null;
}

/** Every error that the driver, the network or the server raises, as the contract's error. */
export function toEngineError(error: unknown, context: ErrorContext = {}): EngineError {
  if (error instanceof EngineError) return error;
  if (!(error instanceof Error)) return new EngineError('internal', 'The database driver failed.', { cause: error });
  const errno = errnoOf(error);
  if (errno !== null) return serverError(errno, error, context);
  const code = codeOf(error);
  const own = wordsOfCode[code];
  if (own !== undefined) return new EngineError('not_supported', own.message, { hint: own.hint, cause: error });
  const kind = kindOfCode[code] ?? (isTlsCode(code) ? 'tls_untrusted' : 'internal');
  const said = words[kind];
  const message = said === undefined ? `The database driver failed: ${error.message}` : `${said} (${detail(error)})`;
  return new EngineError(kind, message, { hint: hints[kind] ?? null, serverCode: null, cause: error });
}

function serverError(errno: number, error: Error, context: ErrorContext): EngineError {
  const { statement } = context;
  const kind = serverKind(errno, error.message, statement);
  return new EngineError(kind, error.message, {
    hint: kind === 'more_than_one_statement' ? 'Run them one after the other.' : (hints[kind] ?? null),
    serverCode: String(errno),
    position: statement === undefined || errno !== 1064 ? null : nearPosition(error.message, statement),
    relation:
      kind === 'access_refused' || kind === 'unknown_relation'
        ? relationOf(error.message, context.database ?? null)
        : null,
    cause: error,
  });
}

function serverKind(errno: number, message: string, statement: string | undefined): EngineErrorKind {
  // 1290 stands for any server option that forbids something; the option's name is not translated.
  if (errno === 1290) return /read[-_]only/.test(message) ? 'read_only' : 'statement_failed';
  if (errno === 1045 && statement !== undefined) return 'access_refused';
  if (errno === 1064 && statement !== undefined) {
    const position = nearPosition(message, statement);
    // A statement that is refused right behind a semicolon is one too many.
    if (position !== null && /;\s*$/.test(statement.slice(0, position))) return 'more_than_one_statement';
  }
  return kindOfErrno[errno] ?? 'statement_failed';
}

function errnoOf(error: Error): number | null {
  if (error instanceof ServerError) return error.errno;
  // The driver gives its handshake errors `errno`, and a packet outside any command a numeric `code`.
  const { errno, code, sqlState } = error as { errno?: unknown; code?: unknown; sqlState?: unknown };
  if (typeof sqlState === 'string' && typeof errno === 'number') return errno;
  return typeof code === 'number' ? code : null;
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** OpenSSL's verification codes (`CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, …) and Node's own. */
function isTlsCode(code: string): boolean {
  return /CERT|SIGNATURE|CRL|ERR_TLS|ERR_SSL|ISSUER/.test(code);
}

function detail(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join('; ');
  return error.message === '' ? codeOf(error) : error.message;
}
