/**
 * What both parsers' trees are reduced to, so that they can be compared: which names stand for relations, and
 * which CTEs each of them can see. All numbers are indices of lexemes.
 */
export interface QueryScope {
  /** CTEs of this scope in order, each with its own body. */
  readonly ctes: { readonly name: number; readonly body: QueryScope }[];
  recursive: boolean;
  /** Relations named directly in this query. */
  readonly tables: TableMention[];
  readonly children: QueryScope[];
  /** FOR UPDATE on this query: null when absent, else the names after OF (none means all). */
  lock: { readonly names: readonly string[] } | null;
  /** A lock that does not sit on a plain SELECT. */
  hasUnclearLock: boolean;
  /** Aliases that carry a list of column names. */
  readonly aliasesWithColumns: number[];
}

export interface TableMention {
  /** First lexeme of the possibly qualified name. */
  readonly first: number;
  readonly alias: string | null;
}

export function newScope(): QueryScope {
  return {
    ctes: [],
    recursive: false,
    tables: [],
    children: [],
    lock: null,
    hasUnclearLock: false,
    aliasesWithColumns: [],
  };
}

/** A parser refused the text, or its tree has a form that is not understood. Says why, in words fit to be shown. */
export class NotUnderstood extends Error {}

/** The JSON trees of the parsers; nothing about them is trusted. */
export type Tree = { readonly [field: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
