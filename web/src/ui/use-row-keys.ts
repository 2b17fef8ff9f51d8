import { type RefObject, useRef } from 'react';
import { useShortcut } from '../lib/shortcuts.ts';

/** `J` and `K` walk through the rows of a list; Enter opens the one that has the focus, because it is a link. */
export function useRowKeys<E extends HTMLElement>(): RefObject<E | null> {
  const list = useRef<E>(null);
  const step = (by: 1 | -1) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>('a[data-row]') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = at === -1 ? (by === 1 ? 0 : links.length - 1) : at + by;
    links[next]?.focus();
    links[next]?.scrollIntoView({ block: 'nearest' });
  };
  useShortcut({ keys: 'J', does: 'Next row', group: 'Lists' }, () => step(1));
  useShortcut({ keys: 'K', does: 'Former row', group: 'Lists' }, () => step(-1));
  return list;
}
