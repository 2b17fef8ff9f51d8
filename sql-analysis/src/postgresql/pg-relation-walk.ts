import type { RelationPrivilege, TextRange } from '../analysis.ts';
import { RelationUses } from '../relation-uses.ts';
import { CATALOG_FUNCTIONS } from './catalog-functions.ts';
import { CATALOG_OPERATORS, CATALOG_RELATIONS, CATALOG_TYPES } from './catalog-names.ts';
import { NODE_RULES } from './pg-node-rules.ts';
import type { PgNode } from './pg-tree.ts';
import { fieldNode, fieldNumber, fieldText, nameParts, nodesIn, unwrap } from './pg-tree.ts';

/** Names of the CTEs that a query sees, innermost first. */
interface Scope {
  readonly names: ReadonlySet<string>;
  readonly outer: Scope | null;
}

/** Which relations of a FROM clause a FOR UPDATE reaches: none, all, or those with one of these names. */
type Lock = 'none' | 'all' | ReadonlySet<string>;

/** Where a relation's name lies, given its byte offset and its number of parts. */
export type Locate = (byteOffset: number, parts: number) => TextRange;

const BETWEEN = new Set(['BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC', 'NOT BETWEEN SYMMETRIC']);
const DML = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
const LOCKABLE = new Set(['larg', 'rarg']);
const SELECT_SPECIAL = new Set(['withClause', 'intoClause', 'fromClause', 'lockingClause', 'larg', 'rarg']);
const DML_SPECIAL = new Set(['withClause', 'relation']);
const CTE_FIELDS = new Set(
  'ctename aliascolnames ctematerialized ctequery search_clause cycle_clause location'.split(' '),
);

/** Walks the queries of one statement and collects relations, functions, and whatever was not understood. */
export class PgRelationWalk {
  readonly uses = new RelationUses();
  readonly functions = new Set<string>();
  /** Sentences about what was not understood, in order of the text. */
  readonly doubts: string[] = [];
  /** A row is written or locked somewhere, a data-modifying CTE included. */
  writes = false;
  /** SELECT … INTO. */
  createsTable = false;
  private readonly locate: Locate;

  constructor(locate: Locate) {
    this.locate = locate;
  }

  /** Walks a whole query or DML statement, which sees no CTE from outside. */
  query(node: PgNode): void {
    this.visit(node, null, 'none');
  }

  /** A relation that a statement names outside of any query. */
  target(rangeVar: PgNode, privilege: RelationPrivilege): void {
    const schema = fieldText(rangeVar, 'schemaname');
    const name = fieldText(rangeVar, 'relname') ?? '';
    const catalog = fieldText(rangeVar, 'catalogname');
    if (catalog !== null) this.doubt(`The name ${catalog}.${schema}.${name} points into another database.`);
    if (isTemporary(rangeVar, schema)) return;
    if (privilege === 'read' && isCatalogRelation(schema, name)) return;
    const parts = 1 + (schema === null ? 0 : 1) + (catalog === null ? 0 : 1);
    this.uses.add(schema, name, privilege, this.locate(fieldNumber(rangeVar, 'location'), parts));
  }

  doubt(reason: string): void {
    this.doubts.push(reason);
  }

  private visit(node: PgNode, scope: Scope | null, lock: Lock): void {
    const inner = unwrap(node);
    if (inner !== null) this.visitTyped(inner.type, inner.fields, scope, lock);
  }

  private visitTyped(type: string, fields: PgNode, scope: Scope | null, lock: Lock): void {
    if (type === 'SelectStmt') this.select(fields, scope, lock);
    else if (DML.has(type)) this.modify(type, fields, scope);
    else if (type === 'RangeVar') this.source(fields, scope, lock);
    else if (type === 'RangeSubselect') {
      this.visitFields(type, fields, scope, reaches(lock, aliasOf(fields)) ? 'all' : 'none');
    } else if (type === 'JoinExpr' || type === 'RangeTableSample') this.visitFields(type, fields, scope, lock);
    else {
      this.checkNames(type, fields);
      this.visitFields(type, fields, scope, 'none');
    }
  }

  /** Visits the children of a node by its rule; `handled` fields were dealt with by the caller. */
  private visitFields(
    type: string,
    fields: PgNode,
    scope: Scope | null,
    lock: Lock,
    handled?: ReadonlySet<string>,
  ): void {
    const rule = NODE_RULES.get(type);
    if (rule === undefined) {
      this.doubt(`It holds a construct that Tidegate does not know (${type}).`);
      return;
    }
    for (const field in fields) {
      if (handled?.has(field) === true) continue;
      const fieldRule = rule.get(field);
      if (fieldRule === 'plain') continue;
      if (fieldRule === undefined) {
        this.doubt(`It holds a construct that Tidegate does not know (${type}.${field}).`);
        continue;
      }
      // A lock reaches the relations of a join, not the subqueries in its condition.
      const childLock = type !== 'JoinExpr' || LOCKABLE.has(field) ? lock : 'none';
      for (const child of nodesIn(fields[field])) {
        if (fieldRule === 'nodes') this.visit(child, scope, childLock);
        else this.visitTyped(fieldRule.type, child, scope, 'none');
      }
    }
  }

  private select(fields: PgNode, outer: Scope | null, inherited: Lock): void {
    const scope = this.enterWith(fields, outer);
    const lock = this.lockOf(fields, inherited);
    if (fieldNode(fields, 'intoClause') !== null) this.selectInto(fields);
    for (const item of nodesIn(fields['fromClause'])) this.visit(item, scope, lock);
    for (const side of ['larg', 'rarg']) {
      const branch = fieldNode(fields, side);
      if (branch !== null) this.select(branch, scope, lock);
    }
    this.visitFields('SelectStmt', fields, scope, 'none', SELECT_SPECIAL);
  }

  private selectInto(fields: PgNode): void {
    this.createsTable = true;
    const into = fieldNode(fields, 'intoClause');
    const created = into === null ? null : fieldNode(into, 'rel');
    if (created !== null) this.target(created, 'write');
  }

  private modify(type: string, fields: PgNode, outer: Scope | null): void {
    this.writes = true;
    const scope = this.enterWith(fields, outer);
    const target = fieldNode(fields, 'relation');
    // A DML target is never a CTE, whatever its name.
    if (target !== null) this.target(target, 'write');
    this.visitFields(type, fields, scope, 'none', DML_SPECIAL);
  }

  private source(rangeVar: PgNode, scope: Scope | null, lock: Lock): void {
    const name = fieldText(rangeVar, 'relname') ?? '';
    // A qualified name is never a CTE.
    if (fieldText(rangeVar, 'schemaname') === null && sees(scope, name)) return;
    this.target(rangeVar, 'read');
    if (reaches(lock, aliasOf(rangeVar) ?? name)) {
      this.writes = true;
      this.target(rangeVar, 'write');
    }
  }

  /** Every row lock needs the UPDATE privilege on PostgreSQL, FOR KEY SHARE included. */
  private lockOf(fields: PgNode, inherited: Lock): Lock {
    let lock = inherited;
    for (const clause of nodesIn(fields['lockingClause'])) {
      const inner = fieldNode(clause, 'LockingClause');
      const names = nodesIn(inner?.['lockedRels']).map((rel) => fieldText(fieldNode(rel, 'RangeVar') ?? {}, 'relname'));
      if (names.length === 0 || lock === 'all') lock = 'all';
      else lock = new Set([...(lock === 'none' ? [] : lock), ...names.filter((name) => name !== null)]);
    }
    return lock;
  }

  /** Walks a WITH clause and returns what the statement behind it sees. */
  private enterWith(fields: PgNode, outer: Scope | null): Scope | null {
    const clause = fieldNode(fields, 'withClause');
    if (clause === null) return outer;
    const ctes = nodesIn(clause['ctes']).map((node) => fieldNode(node, 'CommonTableExpr') ?? {});
    const names = ctes.map((cte) => fieldText(cte, 'ctename') ?? '');
    const all: Scope = { names: new Set(names), outer };
    let scope = clause['recursive'] === true ? all : outer;
    for (const [index, cte] of ctes.entries()) {
      for (const field in cte) {
        if (!CTE_FIELDS.has(field)) this.doubt(`It holds a construct that Tidegate does not know (WITH … ${field}).`);
      }
      for (const query of nodesIn(cte['ctequery'])) this.visit(query, scope, 'none');
      // Without RECURSIVE a CTE sees those before it, and not itself.
      if (clause['recursive'] !== true) scope = { names: new Set(names.slice(0, index + 1)), outer };
    }
    return all;
  }

  private checkNames(type: string, fields: PgNode): void {
    if (type === 'FuncCall') this.checkFunction(nameParts(fields['funcname']));
    else if (type === 'TypeName') this.checkType(fields);
    else if (type === 'A_Expr') this.checkOperator(nameParts(fields['name']));
    else if (type === 'SubLink') this.checkOperator(nameParts(fields['operName']));
    else if (type === 'SortBy') this.checkOperator(nameParts(fields['useOp']));
    else if (type === 'ColumnRef') this.checkColumn(nameParts(fields['fields']));
  }

  private checkFunction(parts: readonly string[]): void {
    const builtIn = ownName(parts);
    this.functions.add(builtIn ?? parts.join('.'));
    if (builtIn === null || !CATALOG_FUNCTIONS.has(builtIn)) {
      this.doubt(`The function ${parts.join('.')} may read or change tables that the text does not name.`);
    }
  }

  private checkType(fields: PgNode): void {
    const parts = nameParts(fields['names']);
    const builtIn = ownName(parts);
    if (fields['pct_type'] === true || builtIn === null || !CATALOG_TYPES.has(builtIn)) {
      this.doubt(`The type ${parts.join('.')} is not built in, and a cast to it may run functions.`);
    }
  }

  private checkOperator(parts: readonly string[]): void {
    if (parts.length === 0) return;
    const builtIn = ownName(parts);
    if (builtIn === null || !(CATALOG_OPERATORS.has(builtIn) || BETWEEN.has(builtIn))) {
      this.doubt(`The operator ${parts.join('.')} is not built in and may run functions.`);
    }
  }

  /** `db.schema.table.column` is the only form that leaves the database. */
  private checkColumn(parts: readonly string[]): void {
    if (parts.length > 3) this.doubt(`The name ${parts.join('.')} points into another database.`);
  }
}

/** The name of a built-in: unqualified, or qualified with pg_catalog. Null for any other qualifier. */
function ownName(parts: readonly string[]): string | null {
  const [first, second] = parts;
  if (parts.length === 1) return first ?? null;
  return parts.length === 2 && first === 'pg_catalog' ? (second ?? null) : null;
}

function sees(scope: Scope | null, name: string): boolean {
  for (let at = scope; at !== null; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

function reaches(lock: Lock, name: string | null): boolean {
  return lock === 'all' || (lock !== 'none' && name !== null && lock.has(name));
}

function aliasOf(fields: PgNode): string | null {
  const alias = fieldNode(fields, 'alias');
  return alias === null ? null : fieldText(alias, 'aliasname');
}

/** Everybody may read the catalogs, so they are no matter of access. */
function isCatalogRelation(schema: string | null, name: string): boolean {
  if (schema === null) return CATALOG_RELATIONS.has(name);
  return schema === 'pg_catalog' || schema === 'information_schema';
}

/** A temporary table belongs to the session alone. */
function isTemporary(rangeVar: PgNode, schema: string | null): boolean {
  return schema === 'pg_temp' || rangeVar['relpersistence'] === 't';
}
