import { type ErrorCode, errorCodes } from '@tidegate/contract';

/**
 * The one error family that leaves a use case. `message` is shown to the person as it is: it says what happened and
 * what to do, and never holds a secret. Anything else that is thrown becomes `server.failed` with an id to quote.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = errorCodes[code];
    this.details = options.details ?? {};
  }
}

/** For objects that do not exist and for those that the person may not know of: the same answer. */
export function notFound(what: string): AppError {
  return new AppError('object.not_found', `This ${what} does not exist, or you may not see it.`);
}
