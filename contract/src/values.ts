import { z } from 'zod';

/** An instant as ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime();
export const id = z.uuid();

/** Visible text of one line: trimmed, no control characters, so that no log line or header can be forged with it. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'Write something here.')
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Control characters are not allowed.');
export const text = (max: number) => z.string().trim().max(max);
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .meta({ format: 'email' })
  .pipe(z.email('This is not an e-mail address.').max(254));
/** At least 10 characters; no other rule, because length is what counts. */
export const newPassword = z.string().min(10, 'Use at least 10 characters.').max(256);

export const abilities = z.record(z.string(), z.boolean());

export const pageQuery = {
  search: z.string().max(200).optional(),
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
};
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), total: z.number().int(), page: z.number().int(), pageSize: z.number().int() });

export const done = z.object({ done: z.literal(true) });
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** A person or a group, as named wherever one is shown. */
export const principal = z.object({
  kind: z.enum(['person', 'group']),
  id,
  name: z.string(),
  email: z.string().nullable(),
});
export type Principal = z.output<typeof principal>;
export const principalRef = z.object({ kind: z.enum(['person', 'group']), id });
export type PrincipalRef = z.output<typeof principalRef>;

export const privilege = z.enum(['read', 'write', 'export']);
