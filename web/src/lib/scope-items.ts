import type { Scope } from '@tidegate/contract';

export type ScopeItem = Extract<Scope, { kind: 'items' }>['items'][number];

/** A place in the tree: a database, a schema of it (no table), or one table. */
export type ScopeNode = ScopeItem;

/** Whether `outer` covers `inner`: the same place or one above it. */
function covers(outer: ScopeItem, inner: ScopeItem): boolean {
  if (outer.databaseId !== inner.databaseId) return false;
  if (outer.schema === null) return true;
  if (outer.schema !== inner.schema) return false;
  return outer.table === null || outer.table === inner.table;
}

const isSame = (a: ScopeItem, b: ScopeItem) => covers(a, b) && covers(b, a);

/** `above`: covered by a wider choice; `itself`; `inside`: only parts of it are chosen. */
export type Choice = 'above' | 'itself' | 'inside' | 'none';

export function choiceOf(items: readonly ScopeItem[], node: ScopeNode): Choice {
  if (items.some((item) => isSame(item, node))) return 'itself';
  if (items.some((item) => covers(item, node))) return 'above';
  return items.some((item) => covers(node, item)) ? 'inside' : 'none';
}

/** Chooses a place, which replaces what was chosen inside it, or gives it up again. A place covered from above stays. */
export function toggleNode(items: readonly ScopeItem[], node: ScopeNode): readonly ScopeItem[] {
  const choice = choiceOf(items, node);
  if (choice === 'above') return items;
  if (choice === 'itself') return items.filter((item) => !isSame(item, node));
  return [...items.filter((item) => !covers(node, item)), node];
}

/** Whether whole databases or schemas are chosen, and if so whether they cover tables that come later. */
export function laterTables(items: readonly ScopeItem[]): 'none' | 'included' | 'left out' {
  const wholes = items.filter((item) => item.table === null);
  if (wholes.length === 0) return 'none';
  return wholes.every((item) => item.asOfNow === true) ? 'left out' : 'included';
}

/** Whole databases and schemas as they are now, or with what comes later. */
export function withLaterTables(items: readonly ScopeItem[], isIncluded: boolean): readonly ScopeItem[] {
  return items.map(({ asOfNow: _, ...item }) =>
    item.table === null && !isIncluded ? { ...item, asOfNow: true } : item,
  );
}
