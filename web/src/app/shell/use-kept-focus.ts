import { useEffect } from 'react';

/** Where the focus may be put down: never on what lies around the screen or the dialog. */
const places = 'main, [role="dialog"]';

function takesFocus(place: HTMLElement): boolean {
  if (!place.hasAttribute('tabindex')) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  return document.activeElement === place;
}

/**
 * What has the focus may go away with what it did: the buttons of a draft that was saved, the panel of a decision. The
 * focus then stays in the nearest place that is left, instead of falling back to the top of the page.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let path: readonly HTMLElement[] = [];
    const remember = (event: FocusEvent) => {
      path = event.composedPath().filter((node) => node instanceof HTMLElement);
    };
    // Who points elsewhere has left it by himself.
    const forget = () => {
      path = [];
    };
    const keep = () => {
      if (document.activeElement !== document.body || path[0]?.isConnected !== false) return;
      const left = path.filter((node) => node.isConnected && node.closest(places));
      const screen = document.getElementById('screen');
      // What has no box of its own takes no focus: then what it stands in.
      [...left, ...(screen ? [screen] : [])].some(takesFocus);
    };
    const observer = new MutationObserver(keep);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', remember);
    document.addEventListener('pointerdown', forget);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', remember);
      document.removeEventListener('pointerdown', forget);
    };
  }, []);
}
