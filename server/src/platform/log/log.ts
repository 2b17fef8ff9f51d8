import { type DestinationStream, type Logger, pino } from 'pino';

/** The server's own diagnostic log, JSON lines. Not the record of who did what: that is the audit. */
export type Log = Logger;

/** Keys that never reach the log, wherever they stand. Bodies are never handed to it in the first place. */
const secretKeys = [
  'password',
  'passwordHash',
  'password_hash',
  'cookie',
  'cookies',
  'authorization',
  'token',
  'secret',
  ...['secretAccessKey', 'sessionToken', 'SecretAccessKey', 'SessionToken'],
];
const redactedPaths = [...secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), '*["set-cookie"]'];

/**
 * What is kept of an error. Drivers hang row values (`detail`), parameters and whole statements on their errors, so
 * only named fields are taken.
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    type: error.name,
    message: withoutTokens(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    stack: withoutTokens(error.stack ?? ''),
    ...(error.cause === undefined || depth > 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

/** A token of RDS or another presigned request, should one ever stand in an error's words. */
function withoutTokens(text: string): string {
  return text.replaceAll(/\bX-Amz-(Signature|Security-Token|Credential)=[^&\s"']+/g, 'X-Amz-$1=[redacted]');
}

export function createLog(options: { level?: string; destination?: DestinationStream } = {}): Log {
  const settings = {
    level: options.level ?? 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactedPaths, censor: '[redacted]' },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
