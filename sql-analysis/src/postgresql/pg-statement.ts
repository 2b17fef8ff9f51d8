import type { StatementKind } from '../analysis.ts';
import type { PgRelationWalk } from './pg-relation-walk.ts';
import type { PgNode } from './pg-tree.ts';
import { fieldNode, fieldNumber, fieldText, nodesIn, unwrap } from './pg-tree.ts';

/** Walks one statement of any type and says its kind; null when the type tells nothing. */
export function walkStatement(statement: PgNode, walk: PgRelationWalk): StatementKind | null {
  const inner = unwrap(statement);
  if (inner === null) return null;
  const handler = HANDLERS.get(inner.type);
  if (handler !== undefined) return handler(inner.fields, walk, statement);
  return walkForeign(inner.type, inner.fields, walk);
}

type Handler = (fields: PgNode, walk: PgRelationWalk, statement: PgNode) => StatementKind | null;

const walkQuery: Handler = (_fields, walk, statement) => {
  walk.query(statement);
  if (walk.createsTable) return 'ddl';
  return walk.writes ? 'write' : 'read';
};

/** PostgreSQL checks the privileges of an explained statement even when it does not run it. */
const walkExplain: Handler = (fields, walk) => {
  const kind = walkInner(fields, walk);
  return nodesIn(fields['options']).some(isAnalyze) ? kind : 'explain';
};

const walkCopy: Handler = (fields, walk) => {
  const inner = walkInner(fields, walk);
  const relation = fieldNode(fields, 'relation');
  const isFrom = fields['is_from'] === true;
  if (relation !== null) walk.target(relation, isFrom ? 'write' : 'read');
  if (fields['whereClause'] !== undefined) walk.query({ List: { items: nodesIn(fields['whereClause']) } });
  if (fields['is_program'] === true || fieldText(fields, 'filename') !== null) {
    walk.doubt('COPY to or from a file or program works on the server, outside of any table.');
    return 'other';
  }
  return isFrom ? 'write' : (inner ?? 'read');
};

const walkCreateTableAs: Handler = (fields, walk) => {
  walkInner(fields, walk);
  const into = fieldNode(fields, 'into');
  const created = into === null ? null : fieldNode(into, 'rel');
  if (created !== null) walk.target(created, 'write');
  return 'ddl';
};

const walkLock: Handler = (fields, walk) => {
  // Mode 1 is ACCESS SHARE, the one that SELECT alone allows.
  const privilege = fieldNumber(fields, 'mode') === 1 ? 'read' : 'write';
  for (const relation of nodesIn(fields['relations'])) walk.target(fieldNode(relation, 'RangeVar') ?? {}, privilege);
  return 'other';
};

const walkTruncate: Handler = (fields, walk) => {
  for (const relation of nodesIn(fields['relations'])) walk.target(fieldNode(relation, 'RangeVar') ?? {}, 'write');
  return 'ddl';
};

const walkPrepare: Handler = (fields, walk) => {
  walkInner(fields, walk);
  walk.doubt('PREPARE keeps a statement that runs later.');
  return 'other';
};

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['SelectStmt', walkQuery],
  ['InsertStmt', walkQuery],
  ['UpdateStmt', walkQuery],
  ['DeleteStmt', walkQuery],
  ['MergeStmt', walkQuery],
  ['ExplainStmt', walkExplain],
  ['CopyStmt', walkCopy],
  ['CreateTableAsStmt', walkCreateTableAs],
  ['DeclareCursorStmt', (fields, walk) => walkInner(fields, walk)],
  ['LockStmt', walkLock],
  ['TruncateStmt', walkTruncate],
  ['PrepareStmt', walkPrepare],
  ['ExecuteStmt', unknownWork('other', 'EXECUTE runs a statement that was prepared earlier.')],
  ['FetchStmt', unknownWork('other', 'It reads from a cursor that was opened earlier.')],
  ['DoStmt', unknownWork('routine', 'DO runs a block of code, and what that touches is not in the text.')],
  ['CallStmt', unknownWork('routine', 'CALL runs a procedure, and what that touches is not in the text.')],
  ['LoadStmt', unknownWork('other', 'LOAD brings code into the server.')],
  ['VacuumStmt', unknownWork('other', 'VACUUM and ANALYZE maintain tables; Tidegate does not work out which.')],
  ['TransactionStmt', () => 'transaction'],
  ['ConstraintsSetStmt', () => 'transaction'],
  ['VariableSetStmt', () => 'session'],
  ['VariableShowStmt', () => 'show'],
  ['DiscardStmt', () => 'session'],
  ['DeallocateStmt', () => 'session'],
  ['ListenStmt', () => 'session'],
  ['UnlistenStmt', () => 'session'],
  ['NotifyStmt', () => 'session'],
  ['ClosePortalStmt', () => 'session'],
]);

function walkInner(fields: PgNode, walk: PgRelationWalk): StatementKind | null {
  const query = fieldNode(fields, 'query');
  return query === null ? null : walkStatement(query, walk);
}

function unknownWork(kind: StatementKind, reason: string): Handler {
  return (_fields, walk) => {
    walk.doubt(reason);
    return kind;
  };
}

/** `ANALYZE`, `ANALYZE true`, `ANALYZE 1`, `ANALYZE on`: the last one given wins on the server, any one counts here. */
function isAnalyze(option: PgNode): boolean {
  const element = fieldNode(option, 'DefElem');
  if (element === null || fieldText(element, 'defname') !== 'analyze') return false;
  const arg = fieldNode(element, 'arg');
  if (arg === null) return true;
  const text = JSON.stringify(arg).toLowerCase();
  return !/"(?:false|off|0)"|"ival":0|\{"integer":\{\}\}|"boolean":\{\}/.test(text);
}

const DEFINES =
  /^(?:Create|Alter|Drop|Define|Rename|Comment|SecLabel|View|Index|Rule|Grant|Reassign|Refresh|Reindex|Cluster|Import)/;

/** Statements that define things. Access to data is not all they need, so they are never sure. */
function walkForeign(type: string, fields: PgNode, walk: PgRelationWalk): StatementKind | null {
  const kind = DEFINES.test(type) ? 'ddl' : null;
  const relation = fieldNode(fields, 'relation');
  if (relation !== null && fieldText(relation, 'relname') !== null) walk.target(relation, 'write');
  if (type === 'ViewStmt') walkInner(fields, walk);
  walk.doubt(
    kind === 'ddl'
      ? 'It changes definitions, and Tidegate does not work out all that such a statement touches.'
      : `Tidegate does not know this statement (${type}).`,
  );
  return kind;
}
