import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import { type Dialect, statementAt } from '@tidegate/sql-analysis/split';
import type { CatalogNames, CatalogRelation } from './catalog-names.ts';
import { quoteName, quoteTable } from './quote-name.ts';
import { sqlKeywords } from './sql-keywords.ts';
import { isCalled, type ScopeRelation, type SqlScope, sqlScope } from './sql-scope.ts';
import { isInsideText } from './sql-tokens.ts';

const longestStatement = 50_000;

/** Columns without a prefix first, then tables, then words of the language. */
const order = { condition: 6, column: 5, alias: 4, table: 3, schema: 2, keyword: 0 } as const;

interface Place {
  readonly dialect: Dialect;
  readonly names: CatalogNames;
}

/** Completion of our own: columns of the tables in scope, aliases, tables, join conditions. Null where none is due. */
export function sqlCompletion({ dialect, names }: Place): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(/[\p{L}_$][\p{L}\p{N}_$]*/u);
    const isAfterDot = context.state.sliceDoc((word?.from ?? context.pos) - 1, word?.from ?? context.pos) === '.';
    if (word === null && !isAfterDot && !context.explicit) return null;
    const statement = currentStatement(dialect, context);
    if (statement.text.length > longestStatement || isInsideText(dialect, statement.text, statement.offset))
      return null;
    const scope = sqlScope(dialect, statement.text, statement.offset);
    const typed = word?.text ?? '';
    const options = await optionsFor({ dialect, names }, scope, typed);
    if (options.length === 0 || context.aborted) return null;
    return { from: word?.from ?? context.pos, options, validFor: /^[\p{L}\p{N}_$]*$/u };
  };
}

/** Only the statement at the cursor is read: a long script costs nothing. */
function currentStatement(dialect: Dialect, { state, pos }: CompletionContext) {
  const text = state.doc.toString();
  const found = statementAt(dialect, text, pos);
  // Beyond a statement's end only blanks follow while it is being typed.
  const isInside = found !== null && found.start <= pos && !text.slice(found.end, pos).includes(';');
  if (!isInside || found === null) return { text: '', offset: 0 };
  return { text: text.slice(found.start, Math.max(found.end, pos)), offset: pos - found.start };
}

async function optionsFor(place: Place, scope: SqlScope, typed: string): Promise<Completion[]> {
  if (scope.qualifier.length > 0) return afterDot(place, scope, typed);
  // A new name is being given, or the statement goes on with a word of the language.
  if (scope.expects === 'alias') return typed.length > 1 ? [...keywords] : [];
  if (scope.expects === 'table') return [...cteOptions(scope), ...(await tableOptions(place, typed))];
  const found = await place.names.named(tableNames(scope));
  const conditions = scope.expects === 'join condition' ? joinConditions(place.dialect, scope, found) : [];
  const tables = typed === '' ? [] : await tableOptions(place, typed);
  return [
    ...conditions,
    ...columnOptions(place.dialect, scope, found),
    ...aliasOptions(place.dialect, scope),
    ...tables,
    ...keywords,
  ];
}

async function afterDot({ dialect, names }: Place, scope: SqlScope, typed: string): Promise<Completion[]> {
  const called = scope.qualifier.at(-1) ?? '';
  const owner = scope.relations.find((relation) => isCalled(relation, called));
  if (owner !== undefined) {
    const found = await names.named(tableNames({ relations: [owner] }));
    return uniqueByLabel(columnsOf(owner, found).map((column) => columnOption(dialect, column, null)));
  }
  const tables = await names.beginningWith(typed);
  const inSchema = tables.filter(({ schema }) => schema.toLowerCase() === called.toLowerCase());
  return inSchema.map(({ schema: _, ...table }) => tableOption(dialect, { ...table, schema: '' }));
}

/** Every table whose columns are wanted, also those behind a `*` of a subquery. */
function tableNames({ relations }: Pick<SqlScope, 'relations'>): string[] {
  const all = relations.flatMap((relation) => [relation, ...relation.stars]);
  return all.flatMap(({ schema, name }) => (name === null ? [] : [schema === null ? name : `${schema}.${name}`]));
}

interface KnownColumn {
  readonly name: string;
  readonly type: string | null;
}

function columnsOf(relation: ScopeRelation, found: readonly CatalogRelation[]): readonly KnownColumn[] {
  if (relation.name !== null && relation.columns === null) {
    const table = tableOf(relation, found);
    return table?.columns ?? [];
  }
  const own = (relation.columns ?? []).map((name) => ({ name, type: null }));
  return [...own, ...relation.stars.flatMap((inner) => columnsOf(inner, found))];
}

function tableOf({ schema, name }: ScopeRelation, found: readonly CatalogRelation[]): CatalogRelation | undefined {
  const isNamed = (table: CatalogRelation) => table.name.toLowerCase() === name?.toLowerCase();
  if (schema !== null)
    return found.find((table) => isNamed(table) && table.schema.toLowerCase() === schema.toLowerCase());
  return (
    found.find((table) => isNamed(table) && (table.schema === '' || table.schema === 'public')) ?? found.find(isNamed)
  );
}

function columnOptions(dialect: Dialect, scope: SqlScope, found: readonly CatalogRelation[]): Completion[] {
  const options = scope.relations.flatMap((relation) =>
    columnsOf(relation, found).map((column) => columnOption(dialect, column, relation.alias ?? relation.name)),
  );
  return uniqueByLabel(options);
}

function columnOption(dialect: Dialect, { name, type }: KnownColumn, owner: string | null): Completion {
  const detail = [owner, type].filter((part) => part !== null).join(' · ');
  return { label: name, apply: quoteName(dialect, name), type: 'property', detail, boost: order.column };
}

function aliasOptions(dialect: Dialect, scope: SqlScope): Completion[] {
  return scope.relations.flatMap(({ alias, name }) => {
    const label = alias ?? name;
    if (label === null) return [];
    const detail = alias !== null && name !== null ? name : '';
    return [{ label, apply: quoteName(dialect, label), type: 'variable', detail, boost: order.alias }];
  });
}

function cteOptions(scope: SqlScope): Completion[] {
  return scope.ctes.flatMap(({ alias }) =>
    alias === null ? [] : [{ label: alias, type: 'variable', detail: 'with', boost: order.alias }],
  );
}

async function tableOptions({ dialect, names }: Place, typed: string): Promise<Completion[]> {
  return (await names.beginningWith(typed)).map((table) => tableOption(dialect, table));
}

function tableOption(
  dialect: Dialect,
  table: Pick<CatalogRelation, 'schema' | 'name' | 'kind' | 'canRead'>,
): Completion {
  const isUsual = table.schema === '' || table.schema === 'public';
  const detail = [
    isUsual ? null : table.schema,
    table.kind === 'table' ? null : table.kind,
    table.canRead ? null : 'locked',
  ];
  return {
    label: table.name,
    apply: quoteTable(dialect, table),
    type: table.canRead ? 'class' : 'locked',
    detail: detail.filter((part) => part !== null).join(' · '),
    boost: order.table,
  };
}

/** `d.dept_no = e.dept_no`, from the foreign keys between the last table and those before it. */
function joinConditions(dialect: Dialect, scope: SqlScope, found: readonly CatalogRelation[]): Completion[] {
  const sides = scope.relations.flatMap((relation) => {
    const table = relation.columns === null ? tableOf(relation, found) : undefined;
    return table === undefined ? [] : [{ called: relation.alias ?? table.name, table }];
  });
  const last = sides.at(-1);
  if (last === undefined) return [];
  const pairs = sides.slice(0, -1).flatMap((other) => [
    { from: last, to: other },
    { from: other, to: last },
  ]);
  const column = (called: string, name: string) => `${quoteName(dialect, called)}.${quoteName(dialect, name)}`;
  return uniqueByLabel(
    pairs.flatMap(({ from, to }) =>
      from.table.foreignKeys
        .filter((key) => key.toTable === to.table.name && key.toSchema === to.table.schema)
        .map((key) => {
          const parts = key.columns.map(
            (name, index) => `${column(from.called, name)} = ${column(to.called, key.toColumns[index] ?? name)}`,
          );
          return { label: parts.join(' AND '), type: 'condition', boost: order.condition };
        }),
    ),
  );
}

const keywords: readonly Completion[] = sqlKeywords.map((word) => ({
  label: word,
  type: 'keyword',
  boost: order.keyword,
}));

function uniqueByLabel(options: readonly Completion[]): Completion[] {
  return [...new Map(options.toReversed().map((option) => [option.label, option])).values()].toReversed();
}
