/**
 * What a statement is, judged by what it does rather than by its first word.
 * `explain` is EXPLAIN that does not run its statement; with ANALYZE it takes the kind of what it runs.
 */
export type StatementKind =
  | 'read'
  | 'write'
  | 'ddl'
  | 'transaction'
  | 'session'
  | 'explain'
  | 'show'
  | 'routine'
  | 'other';

export type RelationPrivilege = 'read' | 'write';

/** A range of the statement's text, in UTF-16 code units, end excluded. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A table or view that a statement names, with what it needs there. A relation needed for both is listed twice. */
export interface RelationUse {
  /** The qualifier after the engine's case folding, null when there is none. On MySQL it names a database. */
  readonly schema: string | null;
  readonly name: string;
  readonly privilege: RelationPrivilege;
  readonly positions: readonly TextRange[];
}

/** The statement was parsed, every construct in it is understood, and the relations are all that its text names. */
export interface SureAnalysis {
  readonly sure: true;
  readonly kind: StatementKind;
  readonly relations: readonly RelationUse[];
  /** Functions called by name, as written after case folding, qualified where the text qualifies them. */
  readonly functions: readonly string[];
}

/** Something was not understood. Relations and kind are best effort; the reason is a sentence fit to be shown. */
export interface UnsureAnalysis {
  readonly sure: false;
  readonly kind: StatementKind | null;
  readonly relations: readonly RelationUse[];
  readonly reason: string;
}

export type Analysis = SureAnalysis | UnsureAnalysis;

const LONGEST_REASON = 240;

export function unsure(
  reason: string,
  kind: StatementKind | null = null,
  relations: readonly RelationUse[] = [],
): UnsureAnalysis {
  // A reason may quote the statement, and names in it can be as long as the statement itself.
  const short = reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON).toWellFormed()}….`;
  return { sure: false, kind, relations, reason: short };
}
