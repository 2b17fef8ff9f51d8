import { type CanonicalText, lexemeAt } from './canonical-text.ts';
import type { QueryScope, Tree } from './query-scope.ts';
import { isTree, NotUnderstood, newScope } from './query-scope.ts';

const STATEMENTS: ReadonlySet<string> = new Set(['Query', 'Insert', 'Update', 'Delete']);

export interface SqlparserScopes {
  readonly root: QueryScope;
  /** The scope whose tables the statement itself reads or changes, as opposed to its subqueries. */
  readonly frame: QueryScope;
}

/** Reduces the tree of sqlparser-rs (one statement of it) to scopes. Throws NotUnderstood. */
export function scopeOfSqlparser(tree: unknown, canonical: CanonicalText): SqlparserScopes {
  const statement = Array.isArray(tree) && tree.length === 1 ? tree[0] : null;
  if (!isTree(statement) || !Object.keys(statement).every((key) => STATEMENTS.has(key))) {
    throw new NotUnderstood('The first parser sees another kind of statement.');
  }
  const root = newScope();
  const walk = new SqlparserWalk(canonical);
  walk.walk(statement, root);
  return { root, frame: walk.frame ?? root.children[0] ?? root };
}

class SqlparserWalk {
  frame: QueryScope | null = null;
  private readonly canonical: CanonicalText;

  constructor(canonical: CanonicalText) {
    this.canonical = canonical;
  }

  walk(value: unknown, scope: QueryScope): void {
    if (Array.isArray(value)) {
      for (const item of value) this.walk(item, scope);
      return;
    }
    if (!isTree(value)) return;
    if ('body' in value && 'locks' in value) {
      const child = newScope();
      scope.children.push(child);
      this.walkQuery(value, child);
      return;
    }
    for (const key in value) this.walkField(key, value[key], scope);
  }

  private walkField(key: string, value: unknown, scope: QueryScope): void {
    if (key === 'Table' && isTree(value)) this.addTable(value, scope);
    if (key === 'TableName') this.addNamed(value, null, scope);
    if (key === 'Insert' || key === 'Update' || key === 'Delete') this.frame ??= scope;
    if (key === 'alias') {
      this.addAlias(value, scope);
      return;
    }
    if (key === 'span' || key === 'select_token') return;
    this.walk(value, scope);
  }

  private walkQuery(query: Tree, scope: QueryScope): void {
    const { with: clause, body, locks, ...rest } = query;
    if (isTree(clause)) this.walkWith(clause, scope);
    if (Array.isArray(locks) && locks.length > 0) this.addLock(locks, body, scope);
    this.walk(body, scope);
    this.walk(rest, scope);
  }

  private walkWith(clause: Tree, scope: QueryScope): void {
    scope.recursive = clause['recursive'] === true;
    const ctes = clause['cte_tables'];
    if (!Array.isArray(ctes)) throw new NotUnderstood('The first parser reads the WITH clause in an unknown way.');
    for (const cte of ctes) {
      const alias = isTree(cte) && isTree(cte['alias']) ? cte['alias'] : {};
      const body = newScope();
      scope.ctes.push({ name: this.lexemeOf(alias['name']), body });
      this.addAlias(alias, scope);
      this.walk(isTree(cte) ? cte['query'] : null, body);
    }
  }

  private addTable(table: Tree, scope: QueryScope): void {
    const alias = isTree(table['alias']) && isTree(table['alias']['name']) ? table['alias']['name']['value'] : null;
    this.addNamed(table['name'], typeof alias === 'string' ? alias : null, scope);
  }

  private addAlias(alias: unknown, scope: QueryScope): void {
    if (!isTree(alias) || !Array.isArray(alias['columns']) || alias['columns'].length === 0) return;
    scope.aliasesWithColumns.push(this.lexemeOf(alias['name']));
  }

  private addNamed(parts: unknown, alias: string | null, scope: QueryScope): void {
    const first: unknown = Array.isArray(parts) ? parts[0] : null;
    if (!isTree(first) || !isTree(first['Identifier'])) {
      throw new NotUnderstood('The first parser names a table in an unknown way.');
    }
    scope.tables.push({ first: this.lexemeOf(first['Identifier']), alias });
  }

  private addLock(locks: readonly unknown[], body: unknown, scope: QueryScope): void {
    for (const lock of locks) {
      if (!isTree(lock) || lock['lock_type'] !== 'Update') continue;
      const parts: unknown[] = Array.isArray(lock['of']) ? lock['of'] : [];
      const names = parts.map((part) =>
        isTree(part) && isTree(part['Identifier']) ? part['Identifier']['value'] : null,
      );
      scope.lock = { names: names.filter((name) => typeof name === 'string') };
      // Two locks, a lock on something other than a plain SELECT, or a qualified name after OF.
      if (locks.length > 1 || !isTree(body) || !('Select' in body) || names.includes(null)) scope.hasUnclearLock = true;
    }
  }

  /** The canonical text is one line of ASCII, so a column is an offset. */
  private lexemeOf(identifier: unknown): number {
    const span = isTree(identifier) ? identifier['span'] : null;
    const start = isTree(span) ? span['start'] : null;
    const column = isTree(start) ? start['column'] : null;
    const name = isTree(identifier) ? identifier['value'] : null;
    const lexeme = typeof column === 'number' ? lexemeAt(this.canonical, column - 1, name) : null;
    if (lexeme === null) throw new NotUnderstood('The first parser finds a name where the text has none.');
    return lexeme;
  }
}
