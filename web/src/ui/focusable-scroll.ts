/**
 * For the `ref` of a box that may scroll sideways: it takes the focus exactly while there is something to scroll, because
 * without a pointer only the focus can scroll it, and a stop that does nothing is one too many.
 */
export function focusableScroll(box: HTMLElement | null): (() => void) | undefined {
  if (box === null) return undefined;
  const update = () => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  };
  const observer = new ResizeObserver(update);
  observer.observe(box);
  for (const child of box.children) observer.observe(child);
  return () => observer.disconnect();
}
