import { useCallback, useEffect, useState } from 'react';

const prefix = 'tidegate.draft.';

function stored<T>(key: string, initial: T): T {
  try {
    const text = localStorage.getItem(prefix + key);
    return text === null ? initial : { ...initial, ...(JSON.parse(text) as Partial<T>) };
  } catch {
    // Unreadable or switched off: the form begins empty, as without drafts.
    return initial;
  }
}

/**
 * What is being written in a form, kept in this browser until it was sent: neither sign-out, reload nor a crash loses it.
 * The key names the person and the form. Never for secrets.
 */
export function useDraft<T extends object>(key: string, initial: T) {
  const [value, setValue] = useState<T>(() => stored(key, initial));
  useEffect(() => {
    try {
      if (JSON.stringify(value) === JSON.stringify(initial)) localStorage.removeItem(prefix + key);
      else localStorage.setItem(prefix + key, JSON.stringify(value));
    } catch {
      // Storage full or switched off: the form still works, only the safety net is missing.
    }
  }, [key, value, initial]);
  const change = useCallback((patch: Partial<T>) => setValue((former) => ({ ...former, ...patch })), []);
  const forget = useCallback(() => {
    localStorage.removeItem(prefix + key);
    setValue(initial);
  }, [key, initial]);
  return { value, change, forget };
}
