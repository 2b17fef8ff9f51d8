import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** `A`, `?`, `/`, `Escape`, `Mod+K`, `Mod+Shift+Enter`; `Mod` is Command on a Mac, else Control. */
  readonly keys: string;
  /** What it does, in a few words, for the list under `?`. */
  readonly does: string;
  /** Where it belongs in that list. */
  readonly group?: string;
}

interface Registered extends Shortcut {
  readonly run: (event: KeyboardEvent) => void;
  readonly isEnabled: () => boolean;
}

const registered = new Set<Registered>();
const listeners = new Set<() => void>();
let listed: readonly Shortcut[] = [];

function announce(): void {
  listed = [...registered].filter((shortcut) => shortcut.isEnabled());
  for (const listener of listeners) listener();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"], [type="radio"])');
}

/** Whether a key press is these keys. Letters match in either case, so that Caps Lock does not matter. */
export function isPressed(keys: string, event: KeyboardEvent): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const wants = (name: string) => parts.slice(0, -1).includes(name);
  if (wants('Mod') !== (event.ctrlKey || event.metaKey) || event.altKey) return false;
  const isLetter = /^[a-z]$/i.test(key);
  if ((isLetter || key.length > 1) && wants('Shift') !== event.shiftKey) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const isInDialog = document.querySelector('[aria-modal="true"]') !== null;
  // The youngest comes first: a page's key wins over the shell's.
  for (const shortcut of [...registered].reverse()) {
    if (!isPressed(shortcut.keys, event) || !shortcut.isEnabled()) continue;
    const isPlain = !shortcut.keys.includes('Mod+');
    if (isPlain && (isTyping(event.target) || isInDialog)) continue;
    event.preventDefault();
    shortcut.run(event);
    return;
  }
}

if (typeof document !== 'undefined') document.addEventListener('keydown', onKeyDown);

/**
 * A key for an action of the screen, listed under `?`. Plain keys rest while the person types or a dialog is open;
 * `Mod` combinations always work.
 */
export function useShortcut(shortcut: Shortcut, run: (event: KeyboardEvent) => void, isEnabled = true): void {
  const latest = useRef({ run, isEnabled });
  latest.current = { run, isEnabled };
  const { keys, does, group } = shortcut;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list under `?` changes when a key is switched on or off
  useEffect(() => {
    const entry: Registered = {
      keys,
      does,
      ...(group === undefined ? {} : { group }),
      run: (event) => latest.current.run(event),
      isEnabled: () => latest.current.isEnabled,
    };
    registered.add(entry);
    announce();
    return () => {
      registered.delete(entry);
      announce();
    };
  }, [keys, does, group, isEnabled]);
}

/** Every key that works on this screen now. */
export function useShortcutList(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => listed,
  );
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Keys as they are printed on this machine's keyboard. */
export function keyNames(keys: string): string[] {
  return keys.split('+').map((key) => (key === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : key === 'Escape' ? 'Esc' : key));
}
