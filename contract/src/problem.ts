import { z } from 'zod';
import { errorCodes } from './errors.ts';

/** RFC 9457. */
export const problem = z.object({
  type: z.string(),
  code: z.enum(Object.keys(errorCodes) as [keyof typeof errorCodes, ...(keyof typeof errorCodes)[]]),
  title: z.string(),
  status: z.number().int(),
  /** What happened and what to do, in words for the person. */
  detail: z.string(),
  /** To quote to an administrator; the same id is in the server's log. */
  id: z.string(),
  /** Depends on the code: `fields` for `request.invalid`, `missing` for `statement.access_missing`, `retryAfterSeconds`, … */
  details: z.record(z.string(), z.unknown()),
});
export type Problem = z.output<typeof problem>;
