import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function readItem(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** A small choice of this browser (theme, folded navigation), shared by everything on screen and by other tabs. */
export function useStoredChoice<V extends string>(key: string, fallback: V): [V, (value: V) => void] {
  const value = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      window.addEventListener('storage', listener);
      return () => {
        listeners.delete(listener);
        window.removeEventListener('storage', listener);
      };
    },
    () => readItem(key) ?? fallback,
  );
  const set = (next: V) => {
    try {
      localStorage.setItem(key, next);
    } catch {
      // Storage switched off: the choice lasts as long as the page.
    }
    for (const listener of listeners) listener();
  };
  return [value as V, set];
}
