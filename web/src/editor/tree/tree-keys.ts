import type { KeyboardEvent } from 'react';

const itemsOf = (tree: HTMLElement) => [...tree.querySelectorAll<HTMLElement>('[role="treeitem"]')];

const levelOf = (item: HTMLElement) => Number(item.getAttribute('aria-level') ?? '1');

/** The nearest item above that is one level up. */
function parentOf(items: readonly HTMLElement[], at: number): HTMLElement | null {
  const item = items[at];
  if (item === undefined) return null;
  return items.slice(0, at).findLast((other) => levelOf(other) < levelOf(item)) ?? null;
}

function target(event: KeyboardEvent<HTMLElement>, items: readonly HTMLElement[], at: number): HTMLElement | null {
  const item = items[at];
  switch (event.key) {
    case 'ArrowDown':
      return items[at + 1] ?? null;
    case 'ArrowUp':
      return items[at - 1] ?? null;
    case 'Home':
      return items[0] ?? null;
    case 'End':
      return items.at(-1) ?? null;
    case 'ArrowRight':
      return item?.getAttribute('aria-expanded') === 'true' ? (items[at + 1] ?? null) : null;
    case 'ArrowLeft':
      return item && item.getAttribute('aria-expanded') !== 'true' ? parentOf(items, at) : null;
    default:
      return null;
  }
}

/** The keys of a tree: arrows walk, open and close; the items themselves answer Enter. One item is in the tab order. */
export function onTreeKey(event: KeyboardEvent<HTMLElement>): void {
  const tree = event.currentTarget;
  const focused = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]');
  if (focused === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = itemsOf(tree);
  const expanded = focused.getAttribute('aria-expanded');
  const toggles =
    (event.key === 'ArrowRight' && expanded === 'false') || (event.key === 'ArrowLeft' && expanded === 'true');
  if (toggles) {
    event.preventDefault();
    focused.querySelector<HTMLElement>('[data-toggle]')?.click();
    return;
  }
  const next = target(event, items, items.indexOf(focused));
  if (next === null) return;
  event.preventDefault();
  focusItem(tree, next);
}

/** Gives an item the focus and the tree's one place in the tab order. */
export function focusItem(tree: HTMLElement, item: HTMLElement): void {
  for (const other of itemsOf(tree)) other.tabIndex = other === item ? 0 : -1;
  item.focus();
  item.scrollIntoView({ block: 'nearest' });
}
