import { useCallback, useSyncExternalStore } from 'react';
import type { ResultStore } from '../state/result-store.ts';

/** How many rows have come; drawn at most once a frame while they stream. */
export function useRowCount(rows: ResultStore): number {
  const subscribe = useCallback((listener: () => void) => rows.subscribe(listener), [rows]);
  useSyncExternalStore(subscribe, () => rows.version);
  return rows.rowCount;
}
