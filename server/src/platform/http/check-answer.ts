import type { z } from 'zod';

/**
 * Holds an answer against the contract, both ways: it must parse, and it may hold nothing that the schema does not
 * name, since in production it leaves as it is. Throws with the path.
 */
export function checkAnswer(schema: z.ZodType, answer: unknown, route: string): void {
  const sent: unknown = JSON.parse(JSON.stringify(answer) ?? 'null');
  const result = schema.safeParse(sent);
  if (!result.success) {
    const issues = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`${route} answers against its contract: ${issues.join('; ')}`);
  }
  const extra = firstExtra(sent, result.data, '');
  if (extra !== null) throw new Error(`${route} answers more than its contract says: ${extra}`);
}

function firstExtra(sent: unknown, known: unknown, path: string): string | null {
  if (typeof sent !== 'object' || sent === null || typeof known !== 'object' || known === null) return null;
  for (const [key, value] of Object.entries(sent)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(known, key)) return here;
    const deeper = firstExtra(value, (known as Record<string, unknown>)[key], here);
    if (deeper !== null) return deeper;
  }
  return null;
}
