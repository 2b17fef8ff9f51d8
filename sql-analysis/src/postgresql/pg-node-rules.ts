/**
 * The allowlist of expression and clause nodes, field by field. A bare field carries no nodes that matter
 * (`name`), a star marks child nodes (`args*`), a colon marks a child that comes without its type wrapper
 * (`typeName:TypeName`). A node or field that is missing here makes an analysis unsure: it is how a construct
 * of a later grammar fails closed.
 */
const RULES = `
ResTarget: name indirection* val* location
ColumnRef: fields location
ParamRef: number location
A_Expr: kind name lexpr* rexpr* rexpr_list_start rexpr_list_end location
A_Const: ival fval boolval sval bsval isnull location
A_Star:
A_Indices: is_slice lidx* uidx*
A_Indirection: arg* indirection*
A_ArrayExpr: elements* list_start list_end location
MultiAssignRef: source* colno ncolumns
TypeCast: arg* typeName:TypeName location
TypeName: names typeOid setof pct_type typmods* typemod arrayBounds location
CollateClause: arg* collname location
SortBy: node* sortby_dir sortby_nulls useOp location
WindowDef: name refname partitionClause* orderClause* frameOptions startOffset* endOffset* location
RangeSubselect: lateral subquery* alias
RangeFunction: lateral ordinality is_rowsfrom functions* alias coldeflist*
RangeTableSample: relation* method args* repeatable* location
RangeTableFunc: lateral docexpr* rowexpr* namespaces* columns* alias location
RangeTableFuncCol: colname typeName:TypeName for_ordinality is_not_null colexpr* coldefexpr* location
ColumnDef: colname typeName:TypeName is_local collClause:CollateClause location
FuncCall: funcname args* agg_order* agg_filter* over:WindowDef agg_within_group agg_star agg_distinct func_variadic funcformat location
NamedArgExpr: arg* name argnumber location
JoinExpr: jointype isNatural larg* rarg* usingClause join_using_alias quals* alias rtindex
InferClause: indexElems* whereClause* conname location
IndexElem: name expr* indexcolname collation opclass opclassopts ordering nulls_ordering
OnConflictClause: action infer:InferClause targetList* whereClause* location
ReturningClause: options* exprs*
ReturningOption: option value location
MergeWhenClause: matchKind commandType override condition* targetList* values*
MergeSupportFunc: msftype msfcollid location
BoolExpr: boolop args* location
SubLink: subLinkType subLinkId testexpr* operName subselect* location
CaseExpr: arg* args* defresult* location
CaseWhen: expr* result* location
CoalesceExpr: args* location
MinMaxExpr: op args* location
SQLValueFunction: op typmod location
XmlExpr: op name named_args* arg_names args* xmloption indent location
XmlSerialize: xmloption expr* typeName:TypeName indent location
NullTest: arg* nulltesttype argisrow location
BooleanTest: arg* booltesttype location
SetToDefault: location
CurrentOfExpr: cvarno cursor_name cursor_param
GroupingFunc: args* refs location
GroupingSet: kind content* location
RowExpr: args* row_format colnames location
List: items*
String: sval
Integer: ival
Float: fval
Boolean: boolval
BitString: bsval
JsonFormat: format_type encoding location
JsonReturning: format:JsonFormat typid typmod
JsonValueExpr: raw_expr* formatted_expr* format:JsonFormat
JsonOutput: typeName:TypeName returning:JsonReturning
JsonArgument: val:JsonValueExpr name
JsonFuncExpr: op column_name context_item:JsonValueExpr pathspec* passing* output:JsonOutput on_empty:JsonBehavior on_error:JsonBehavior wrapper quotes location
JsonBehavior: btype expr* coerce location
JsonTable: context_item:JsonValueExpr pathspec:JsonTablePathSpec passing* columns* on_error:JsonBehavior alias lateral location
JsonTableColumn: coltype name typeName:TypeName pathspec:JsonTablePathSpec format:JsonFormat wrapper quotes columns* on_empty:JsonBehavior on_error:JsonBehavior location
JsonTablePathSpec: string* name name_location location
JsonKeyValue: key* value:JsonValueExpr
JsonParseExpr: expr:JsonValueExpr output:JsonOutput unique_keys location
JsonScalarExpr: expr* output:JsonOutput location
JsonSerializeExpr: expr:JsonValueExpr output:JsonOutput location
JsonObjectConstructor: exprs* output:JsonOutput absent_on_null unique location
JsonArrayConstructor: exprs* output:JsonOutput absent_on_null location
JsonArrayQueryConstructor: query* output:JsonOutput format:JsonFormat absent_on_null location
JsonAggConstructor: output:JsonOutput agg_filter* agg_order* over:WindowDef location
JsonObjectAgg: constructor:JsonAggConstructor arg:JsonKeyValue absent_on_null unique
JsonArrayAgg: constructor:JsonAggConstructor arg:JsonValueExpr absent_on_null
JsonIsPredicate: expr* format:JsonFormat item_type unique_keys location
SelectStmt: distinctClause* targetList* whereClause* groupClause* groupDistinct havingClause* windowClause* valuesLists* sortClause* limitOffset* limitCount* limitOption op all
InsertStmt: cols* selectStmt* onConflictClause:OnConflictClause returningClause:ReturningClause override
UpdateStmt: targetList* whereClause* fromClause* returningClause:ReturningClause
DeleteStmt: usingClause* whereClause* returningClause:ReturningClause
MergeStmt: sourceRelation* joinCondition* mergeWhenClauses* returningClause:ReturningClause
`;

export type FieldRule = 'plain' | 'nodes' | { readonly type: string };

/** Fields of a node by name. Fields that a visitor has handled itself are not in its node's rule. */
export type NodeRule = ReadonlyMap<string, FieldRule>;

export const NODE_RULES: ReadonlyMap<string, NodeRule> = new Map(
  RULES.trim()
    .split('\n')
    .map((line) => {
      const colon = line.indexOf(':');
      const fields = line.slice(colon + 1).trim();
      return [line.slice(0, colon), new Map(fields === '' ? [] : fields.split(' ').map(parseField))];
    }),
);

function parseField(field: string): [string, FieldRule] {
  if (field.endsWith('*')) return [field.slice(0, -1), 'nodes'];
  const [name = field, type] = field.split(':');
  return [name, type === undefined ? 'plain' : { type }];
}
