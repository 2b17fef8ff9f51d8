import type { Analysis, StatementKind } from '../analysis.ts';
import { unsure } from '../analysis.ts';
import { RelationUses } from '../relation-uses.ts';
import type { Dialect } from '../token.ts';
import { toCanonicalText } from './canonical-text.ts';
import type { Lexeme, NameChain } from './lexemes.ts';
import { parseTwice } from './mysql-parsers.ts';
import { scopeOfPolyglot } from './polyglot-tree.ts';
import type { QueryScope } from './query-scope.ts';
import { NotUnderstood } from './query-scope.ts';
import type { BaseTable, ResolvedScope } from './resolve-scope.ts';
import { resolveScope } from './resolve-scope.ts';
import { scopeOfSqlparser } from './sqlparser-tree.ts';
import type { StatementPlan } from './statement-plan.ts';
import { planStatement } from './statement-plan.ts';
import { callsOf, FILE_DOUBT, tokenDoubt, unreportedRelation } from './token-rules.ts';

/**
 * Analyses the query or DML statement that begins at `from` and fills the rest of the lexemes. Null when none
 * begins there. Throws only when a parser's engine broke.
 */
export function analyseQuery(dialect: Dialect, lexemes: readonly Lexeme[], from: number): Analysis | null {
  const plan = planStatement(lexemes, from);
  if (plan === null) return null;
  const kind: StatementKind = plan.verb === 'SELECT' ? 'read' : 'write';
  const doubt = tokenDoubt({ dialect, lexemes, from, allowedInto: plan.allowedInto }) ?? plan.doubt;
  if (doubt !== null) return unsure(doubt, doubt === FILE_DOUBT ? 'other' : kind);
  try {
    return new QueryAnalysis(dialect, lexemes, from, plan).run();
  } catch (error) {
    if (error instanceof NotUnderstood) return unsure(error.message, kind);
    throw error;
  }
}

class QueryAnalysis {
  private readonly dialect: Dialect;
  private readonly lexemes: readonly Lexeme[];
  private readonly from: number;
  private readonly plan: StatementPlan;
  private readonly doubts: string[] = [];
  private readonly uses = new RelationUses();
  private locks = false;

  constructor(dialect: Dialect, lexemes: readonly Lexeme[], from: number, plan: StatementPlan) {
    this.dialect = dialect;
    this.lexemes = lexemes;
    this.from = from;
    this.plan = plan;
  }

  run(): Analysis {
    const { lexemes, from, plan } = this;
    const canonical = toCanonicalText(lexemes, from, plan.edits);
    const trees = parseTwice(canonical.text);
    const { root, frame } = scopeOfSqlparser(trees.sqlparser, canonical);
    const first = resolveScope(root, lexemes);
    const second = resolveScope(scopeOfPolyglot(trees.polyglot, canonical), lexemes);
    if (!isSame(first, second)) throw new NotUnderstood('Two parsers disagree about its tables.');
    this.doubts.push(...first.doubts);
    this.checkReported(first);
    this.collect(first.tables, this.findTargets(first.tables, frame));
    this.collectLocks(root, first.tables);
    const calls = callsOf(
      { dialect: this.dialect, lexemes, from, allowedInto: -1 },
      this.explained(root, first.tables),
    );
    const kind = this.locks || plan.verb !== 'SELECT' ? 'write' : 'read';
    const doubt = this.doubts[0] ?? calls.doubt;
    if (doubt !== null) return unsure(doubt, kind, this.uses.list());
    return { sure: true, kind, relations: this.uses.list(), functions: calls.functions };
  }

  private checkReported(resolved: ResolvedScope): void {
    const reported = new Set([...resolved.cteMentions, ...resolved.tables.map((table) => table.mention.first)]);
    // The targets of a multi-table DELETE stand after FROM without being mentions.
    for (const target of this.plan.targets) reported.add(target.first);
    const doubt = unreportedRelation(this.lexemes, this.from, reported);
    if (doubt !== null) this.doubts.push(doubt);
  }

  /** The mentions that are written. */
  private findTargets(tables: readonly BaseTable[], frame: QueryScope): ReadonlySet<BaseTable> {
    const inFrame = tables.filter((table) => table.scope === frame);
    const found = new Set<BaseTable>();
    for (const target of this.plan.targets) {
      const written = inFrame.filter((table) => isTarget(table, target));
      const [only] = written;
      if (only !== undefined && written.length === 1) found.add(only);
      else this.doubts.push(`Which table ${target.parts.join('.')} stands for is not clear.`);
    }
    if (this.plan.hasUnqualifiedTarget) {
      const [only] = inFrame;
      if (only !== undefined && inFrame.length === 1) found.add(only);
      else this.doubts.push('Which of its tables UPDATE changes depends on their columns.');
    }
    return found;
  }

  private collect(tables: readonly BaseTable[], targets: ReadonlySet<BaseTable>): void {
    for (const table of tables) {
      if (targets.has(table)) this.add(table, 'write');
      // Everybody may ask information_schema; it shows what its reader may see.
      else if (table.schema?.toLowerCase() !== 'information_schema') this.add(table, 'read');
    }
  }

  private collectLocks(scope: QueryScope, tables: readonly BaseTable[]): void {
    const { lock } = scope;
    if (lock !== null) {
      this.locks = true;
      if (scope.hasUnclearLock) this.doubts.push('Which tables FOR UPDATE locks is not clear.');
      const own = tables.filter((table) => table.scope === scope);
      const named = own.filter((table) => lock.names.includes(table.mention.alias ?? table.name));
      if (named.length < lock.names.length) this.doubts.push('Which tables FOR UPDATE locks is not clear.');
      for (const table of lock.names.length === 0 ? own : named) this.add(table, 'write');
    }
    for (const child of [...scope.ctes.map((cte) => cte.body), ...scope.children]) this.collectLocks(child, tables);
  }

  private add(table: BaseTable, privilege: 'read' | 'write'): void {
    const start = this.lexemes[table.mention.first]?.start ?? 0;
    const end = this.lexemes[table.last]?.end ?? start;
    this.uses.add(table.schema, table.name, privilege, { start, end });
  }

  /** Names that may stand before a parenthesis without being calls. */
  private explained(root: QueryScope, tables: readonly BaseTable[]): ReadonlySet<number> {
    const explained = new Set<number>();
    // `SELECT SQL_NO_CACHE (…)`; SQL_CACHE alone is no longer a keyword everywhere.
    for (const [at, text] of this.plan.edits) {
      if (text === '' && this.lexemes[at]?.word !== 'SQL_CACHE') explained.add(at);
    }
    if (this.plan.verb === 'INSERT') {
      const target = this.plan.targets[0];
      for (const table of tables) if (table.mention.first === target?.first) explained.add(table.last);
    }
    const visit = (scope: QueryScope): void => {
      for (const alias of scope.aliasesWithColumns) explained.add(alias);
      for (const child of [...scope.ctes.map((cte) => cte.body), ...scope.children]) visit(child);
    };
    visit(root);
    return explained;
  }
}

function isSame(first: ResolvedScope, second: ResolvedScope): boolean {
  const key = (resolved: ResolvedScope) => {
    const tables = resolved.tables.map((table) => table.mention.first).toSorted((a, b) => a - b);
    const ctes = [...resolved.cteMentions].toSorted((a, b) => a - b);
    return JSON.stringify([[...new Set(tables)], ctes]);
  };
  return key(first) === key(second);
}

/** A target is the mention itself, or (in UPDATE … SET and multi-table DELETE) names it by alias or by name. */
function isTarget(table: BaseTable, target: NameChain): boolean {
  if (table.mention.first === target.first) return true;
  const [first, second] = target.parts;
  if (second !== undefined) return table.mention.alias === null && table.schema === first && table.name === second;
  return (table.mention.alias ?? table.name) === first;
}
