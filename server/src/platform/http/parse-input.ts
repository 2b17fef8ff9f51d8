import type { RouteDefinition } from '@tidegate/contract';
import type { z } from 'zod';
import { AppError } from '../errors/app-error.ts';

export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Parses all parts and reports all faults at once, so that a form can show every message. */
export function parseInput(route: RouteDefinition, raw: RawInput): RawInput {
  const fields: Record<string, string> = {};
  const parse = (schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) fields[issue.path.join('.') || 'body'] ??= issue.message;
    return undefined;
  };
  const input = {
    params: parse(route.params, raw.params),
    query: parse(route.query, raw.query),
    body: parse(route.body, raw.body),
  };
  const faults = Object.entries(fields);
  if (faults.length === 0) return input;
  const sentence = faults.map(([path, message]) => `${path}: ${message}`).join(' ');
  throw new AppError('request.invalid', `Some of what was sent cannot be used. ${sentence}`, { details: { fields } });
}
