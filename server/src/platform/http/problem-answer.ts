import { STATUS_CODES } from 'node:http';
import { type ErrorCode, errorCodes, type Problem } from '@tidegate/contract';
import { AppError } from '../errors/app-error.ts';
import { isStoreUnavailable } from '../errors/store-failure.ts';

const byFastifyCode: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request.too_large', 'This is more than the server takes in one request (2 MB).'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['request.media_type_refused', 'Send the body as application/json.'],
  FST_ERR_BAD_URL: ['request.invalid', 'This address is not well formed.'],
};

/**
 * Makes one of our own errors of anything thrown. What is not ours says nothing of its cause to the caller: the log has
 * it under the same id.
 */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isStoreUnavailable(error)) {
    return new AppError(
      'store.unavailable',
      'Tidegate cannot reach its metadata store. It goes on by itself as soon as the store is back.',
      { cause: error },
    );
  }
  const { code, statusCode } = (error instanceof Error ? error : {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? byFastifyCode[code] : undefined;
  if (known !== undefined) return new AppError(known[0], known[1], { cause: error });
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new AppError('request.invalid', 'The body is not valid JSON.', { cause: error });
  }
  return new AppError(
    'server.failed',
    'Something went wrong in Tidegate. Quote the id to an administrator: the server’s log has the cause under it.',
    { cause: error },
  );
}

/** RFC 9457. */
export function presentProblem(error: AppError, id: string): Problem {
  const status = errorCodes[error.code];
  return {
    type: `urn:tidegate:error:${error.code}`,
    code: error.code,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    id,
    details: { ...error.details },
  };
}
