import { init as initSqlparser, parse as parseWithSqlparser } from '@guanmingchiu/sqlparser-ts';
import { init as initPolyglot, Dialect as PolyglotDialect, parse as parseWithPolyglot } from '@polyglot-sql/sdk';
import { NotUnderstood } from './query-scope.ts';

/** The trees of both parsers for one canonical text. */
export interface ParsedTwice {
  readonly sqlparser: unknown;
  readonly polyglot: unknown;
}

/** Loads both WebAssembly modules. They live as long as their thread. */
export async function loadMysqlParsers(): Promise<void> {
  await Promise.all([initSqlparser(), initPolyglot()]);
}

/**
 * Parses with both. Throws NotUnderstood when one refuses the text. Any other error means that an engine broke
 * and must not be used again: its thread has to end.
 */
export function parseTwice(canonicalText: string): ParsedTwice {
  const polyglot = parseWithPolyglot(canonicalText, PolyglotDialect.MySQL);
  if (!polyglot.success && /^WASM\b/i.test(polyglot.error)) throw new Error(polyglot.error);
  if (!polyglot.success) throw new NotUnderstood('It does not parse, or uses syntax that Tidegate does not know.');
  return { sqlparser: sqlparserTree(canonicalText), polyglot: polyglot.ast };
}

function sqlparserTree(canonicalText: string): unknown {
  try {
    return parseWithSqlparser(canonicalText, 'mysql');
  } catch (error) {
    // The package wraps refusals and breakages alike; only a refusal has a message of the parser itself.
    if (error instanceof Error && /^sql parser error:/.test(error.message)) {
      throw new NotUnderstood('It does not parse, or uses syntax that Tidegate does not know.');
    }
    throw error;
  }
}
