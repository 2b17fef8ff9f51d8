import { type CanonicalText, lexemeAt } from './canonical-text.ts';
import type { QueryScope, Tree } from './query-scope.ts';
import { isTree, NotUnderstood, newScope } from './query-scope.ts';

const STATEMENTS: ReadonlySet<string> = new Set([
  'select',
  'union',
  'intersect',
  'except',
  'subquery',
  'paren',
  'values',
  'insert',
  'update',
  'delete',
]);
/** Nodes that carry text which the parser did not read. */
const OPAQUE: ReadonlySet<string> = new Set(['command', 'raw', 'sql_expr', 'unknown']);

/** Reduces polyglot's tree (one statement of it) to scopes. Throws NotUnderstood. */
export function scopeOfPolyglot(ast: unknown, canonical: CanonicalText): QueryScope {
  const statement = Array.isArray(ast) && ast.length === 1 ? ast[0] : null;
  if (!isTree(statement) || !Object.keys(statement).every((key) => STATEMENTS.has(key))) {
    throw new NotUnderstood('The second parser sees another kind of statement.');
  }
  const scope = newScope();
  new PolyglotWalk(canonical).walk(statement, scope);
  return scope;
}

class PolyglotWalk {
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
    const clause = value['with'];
    if (isTree(clause) && Array.isArray(clause['ctes'])) {
      const child = newScope();
      scope.children.push(child);
      this.walkWith(clause, child);
      this.walkFields(value, child);
      return;
    }
    if (isTableReference(value)) scope.tables.push({ first: this.firstLexeme(value), alias: null });
    this.walkFields(value, scope);
  }

  private walkFields(value: Tree, scope: QueryScope): void {
    for (const key in value) {
      if (key === 'with' || key === 'locks' || key === 'span') continue;
      if (OPAQUE.has(key) && value[key] !== null) {
        throw new NotUnderstood('The second parser leaves a part of the text unread.');
      }
      this.walk(value[key], scope);
    }
  }

  private walkWith(clause: Tree, scope: QueryScope): void {
    scope.recursive = clause['recursive'] === true;
    for (const cte of Array.isArray(clause['ctes']) ? clause['ctes'] : []) {
      if (!isTree(cte)) continue;
      const body = newScope();
      scope.ctes.push({ name: this.lexemeOf(cte['alias']), body });
      this.walk(cte['this'], body);
    }
  }

  private firstLexeme(reference: Tree): number {
    const outermost = [reference['catalog'], reference['schema'], reference['name']].find(isTree);
    return this.lexemeOf(outermost);
  }

  private lexemeOf(identifier: unknown): number {
    const span = isTree(identifier) ? identifier['span'] : null;
    const start = isTree(span) ? span['start'] : null;
    const name = isTree(identifier) ? identifier['name'] : null;
    const lexeme = typeof start === 'number' ? lexemeAt(this.canonical, start, name) : null;
    if (lexeme === null) throw new NotUnderstood('The second parser finds a name where the text has none.');
    return lexeme;
  }
}

/** Table references come wrapped and bare; their fields tell them from columns and functions. */
function isTableReference(value: Tree): boolean {
  return 'schema' in value && 'catalog' in value && 'hints' in value && isTree(value['name']);
}
