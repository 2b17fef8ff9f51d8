import type { Dialect } from '@tidegate/sql-analysis/split';
import { type SqlToken, sqlTokens } from './sql-tokens.ts';

/** A table, a CTE or a subquery that a statement reads, as completion sees it. */
export interface ScopeRelation {
  readonly alias: string | null;
  readonly schema: string | null;
  /** Null for a subquery. */
  readonly name: string | null;
  /** Columns that the text itself names; null for a table, whose columns the catalog knows. */
  readonly columns: readonly string[] | null;
  /** Relations whose columns come in by `*`. */
  readonly stars: readonly ScopeRelation[];
}

export interface SqlScope {
  /** What can be named at the cursor, innermost query first. */
  readonly relations: readonly ScopeRelation[];
  readonly ctes: readonly ScopeRelation[];
  /** What is expected at the cursor. */
  readonly expects: 'table' | 'join condition' | 'expression' | 'alias';
  /** `hr.employee.` before the cursor, without the word that is being typed. */
  readonly qualifier: readonly string[];
}

interface Group {
  readonly parent: Group | null;
  readonly start: number;
  end: number;
  readonly items: Item[];
  relations: ScopeRelation[];
  ctes: ScopeRelation[];
}
/** A token of a group, or a group in parentheses inside it. */
type Item = SqlToken | Group;

const isGroup = (item: Item | undefined): item is Group => item !== undefined && 'items' in item;
const isWord = (item: Item | undefined, ...words: string[]): boolean =>
  item !== undefined && !isGroup(item) && item.kind === 'word' && words.includes(item.text);
const isSign = (item: Item | undefined, sign: string): boolean =>
  item !== undefined && !isGroup(item) && item.kind === 'punctuation' && item.text === sign;

const clauseWords =
  'select from where join on using group order having limit offset union intersect except set values returning left ' +
  'right inner outer full cross natural lateral when then else end as and or not window fetch for into update delete ' +
  'insert straight_join partition use force ignore tablesample with';
const clauses = new Set(clauseWords.split(' '));
const tableWords = ['from', 'join', 'update', 'into', 'table', 'straight_join', 'describe', 'desc'];
const fillers = ['only', 'lateral', 'ignore', 'low_priority'];

function isName(item: Item | undefined): item is SqlToken {
  if (item === undefined || isGroup(item)) return false;
  return item.kind === 'name' || (item.kind === 'word' && !clauses.has(item.text));
}

/** The name as the server reads it: unquoted words are folded for comparison only, so the written form is kept. */
const nameOf = (token: SqlToken) => (token.kind === 'name' ? token.text : token.raw);

/** What completion needs to know about a statement at an offset of it. Tolerates text that is still being typed. */
export function sqlScope(dialect: Dialect, text: string, offset: number): SqlScope {
  const tokens = sqlTokens(dialect, text);
  const root = grouped(tokens, text.length);
  const groups = allGroups(root);
  // Inner queries first: an outer one takes over the columns of its subqueries.
  for (const group of [...groups].reverse()) readRelations(group);
  const here = groups.findLast((group) => group.start <= offset && offset <= group.end) ?? root;
  const line = lineage(here);
  return {
    relations: line.flatMap((group) => group.relations).map((relation) => resolved(relation, line)),
    ctes: line.flatMap((group) => group.ctes),
    ...atCursor(tokens, here, offset),
  };
}

function grouped(tokens: readonly SqlToken[], length: number): Group {
  const root: Group = { parent: null, start: 0, end: length, items: [], relations: [], ctes: [] };
  let group = root;
  for (const token of tokens) {
    if (isSign(token, '(')) {
      const inner: Group = { parent: group, start: token.end, end: length, items: [], relations: [], ctes: [] };
      group.items.push(inner);
      group = inner;
    } else if (isSign(token, ')') && group.parent !== null) {
      group.end = token.start;
      group = group.parent;
    } else {
      group.items.push(token);
    }
  }
  return root;
}

function allGroups(group: Group): Group[] {
  return [group, ...group.items.filter(isGroup).flatMap(allGroups)];
}

function lineage(group: Group): Group[] {
  return group.parent === null ? [group] : [group, ...lineage(group.parent)];
}

function readRelations(group: Group): void {
  group.ctes = readCtes(group.items);
  let isList = false;
  for (let at = 0; at < group.items.length; at += 1) {
    const item = group.items[at];
    if (isWord(item, ...tableWords)) isList = true;
    else if (isWord(item, ...clauses) && !isWord(item, 'as', 'lateral')) isList = false;
    const begins = isWord(item, ...tableWords) || (isList && isSign(item, ','));
    if (!begins) continue;
    const found = readRelation(group.items, at + 1);
    if (found !== null) group.relations.push(found.relation);
  }
}

function readRelation(items: readonly Item[], from: number): { relation: ScopeRelation; next: number } | null {
  let at = from;
  while (isWord(items[at], ...fillers)) at += 1;
  const first = items[at];
  if (isGroup(first)) {
    const alias = readAlias(items, at + 1);
    const columns = alias.columns ?? outputColumns(first);
    return {
      relation: { alias: alias.name, schema: null, name: null, columns, stars: starsOf(first) },
      next: alias.next,
    };
  }
  if (!isName(first)) return null;
  const path = [first];
  while (isSign(items[at + 1], '.') && isName(items[at + 2])) {
    path.push(items[at + 2] as SqlToken);
    at += 2;
  }
  const [schema, name] = path.length > 1 ? path.slice(-2) : [undefined, first];
  const alias = readAlias(items, at + 1);
  return {
    relation: {
      alias: alias.name,
      schema: schema === undefined ? null : nameOf(schema),
      name: name === undefined ? null : nameOf(name),
      columns: null,
      stars: [],
    },
    next: alias.next,
  };
}

function readAlias(items: readonly Item[], from: number) {
  const at = isWord(items[from], 'as') ? from + 1 : from;
  const token = items[at];
  if (!isName(token)) return { name: null, columns: null, next: from };
  const list = items[at + 1];
  // `into employee (id, name)` is no alias with columns, but no harm either: nothing is read from there.
  const columns = isGroup(list) && list.items.every((item) => isName(item) || isSign(item, ',')) ? namesIn(list) : null;
  return { name: nameOf(token), columns, next: at + 1 };
}

const namesIn = (group: Group) => group.items.filter(isName).map(nameOf);

function readCtes(items: readonly Item[]): ScopeRelation[] {
  const begin = items.findIndex((item) => isWord(item, 'with'));
  if (begin === -1) return [];
  const ctes: ScopeRelation[] = [];
  let at = isWord(items[begin + 1], 'recursive') ? begin + 2 : begin + 1;
  for (;;) {
    const name = items[at];
    if (!isName(name)) return ctes;
    const list = items[at + 1];
    const body = items.slice(at + 1, at + 6).findLast((item, index, near) => isGroup(item) && isAfterAs(near, index));
    if (!isGroup(body)) return ctes;
    const columns = isGroup(list) && list !== body ? namesIn(list) : outputColumns(body);
    ctes.push({ alias: nameOf(name), schema: null, name: null, columns, stars: starsOf(body) });
    at = items.indexOf(body) + 1;
    if (!isSign(items[at], ',')) return ctes;
    at += 1;
  }
}

function isAfterAs(near: readonly Item[], index: number): boolean {
  return isWord(near[index - 1], 'as', 'materialized');
}

/** The items of a query's first select list. */
function selectList(group: Group): Item[][] {
  const begin = group.items.findIndex((item) => isWord(item, 'select'));
  if (begin === -1) return [];
  const parts: Item[][] = [[]];
  for (const item of group.items.slice(begin + 1)) {
    if (isWord(item, 'from', 'where', 'union', 'intersect', 'except', 'limit', 'order', 'group', 'into')) break;
    if (isSign(item, ',')) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts;
}

function outputColumns(group: Group): readonly string[] {
  return selectList(group).flatMap((part) => {
    const last = part.at(-1);
    return isName(last) ? [nameOf(last)] : [];
  });
}

function starsOf(group: Group): readonly ScopeRelation[] {
  return selectList(group).flatMap((part) => {
    if (!isSign(part.at(-1), '*')) return [];
    const owner = part[0];
    if (part.length === 1) return group.relations;
    return isName(owner) ? group.relations.filter((relation) => isCalled(relation, nameOf(owner))) : [];
  });
}

/** Whether a relation goes by a name in this statement; without regard to case, as people type. */
export function isCalled({ alias, name }: ScopeRelation, called: string): boolean {
  return (alias ?? name)?.toLowerCase() === called.toLowerCase();
}

/** A name of a CTE stands for its columns. */
function resolved(relation: ScopeRelation, line: readonly Group[]): ScopeRelation {
  if (relation.name === null || relation.schema !== null) return relation;
  const name = relation.name;
  const cte = line.flatMap((group) => group.ctes).find((candidate) => isCalled(candidate, name));
  return cte === undefined ? relation : { ...cte, alias: relation.alias ?? relation.name };
}

function atCursor(tokens: readonly SqlToken[], here: Group, offset: number): Pick<SqlScope, 'expects' | 'qualifier'> {
  const typed = tokens.find((token) => token.start < offset && offset <= token.end && token.kind !== 'punctuation');
  const limit = typed?.start ?? offset;
  const qualifier: string[] = [];
  let before = tokens.filter((token) => token.end <= limit);
  while (isSign(before.at(-1), '.') && before.at(-2) !== undefined && before.at(-2)?.kind !== 'punctuation') {
    qualifier.unshift(nameOf(before.at(-2) as SqlToken));
    before = before.slice(0, -2);
  }
  return { expects: expected(before, here), qualifier };
}

function expected(before: readonly SqlToken[], here: Group): SqlScope['expects'] {
  const last = before.at(-1);
  if (isWord(last, ...tableWords)) return 'table';
  if (isWord(last, 'on')) return 'join condition';
  if (last !== undefined && isTablePlace(before.slice(0, -1), here) && isName(last)) return 'alias';
  if (last === undefined || !isSign(last, ',')) return 'expression';
  return isTablePlace(before, here) ? 'table' : 'expression';
}

/** Whether a table is named after these tokens. */
function isTablePlace(before: readonly SqlToken[], here: Group): boolean {
  const last = before.at(-1);
  if (last === undefined) return false;
  if (isSign(last, '.')) return isTablePlace(before.slice(0, -2), here);
  if (isWord(last, ...tableWords)) return true;
  if (!isSign(last, ',')) return false;
  const clause = here.items.findLast(
    (item) =>
      !isGroup(item) && item.end <= last.start && isWord(item, ...clauses, ...tableWords) && !isWord(item, 'as'),
  );
  return isWord(clause, 'from', 'join', 'update');
}
