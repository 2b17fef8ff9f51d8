import { useCallback, useState } from 'react';
import type { TabDatabase } from '../state/editor-tab.ts';
import type { EditorDatabase, EditorRelation } from './use-databases.ts';

/** What the lines of the tree do. */
export interface TreeActions {
  readonly currentId: string | null;
  connect(database: EditorDatabase): void;
  showRows(database: TabDatabase, relation: Pick<EditorRelation, 'schema' | 'name'>): void;
  request(database: EditorDatabase): void;
}

/** Which lines are open. */
export interface TreeOpenness {
  isOpen(key: string): boolean;
  toggle(key: string): void;
}

/** Lines are closed, or as `opensBy` says, until the person has opened or closed them. */
export function useOpenness(opensBy: (key: string) => boolean): TreeOpenness {
  const [chosen, setChosen] = useState<Readonly<Record<string, boolean>>>({});
  const isOpen = useCallback((key: string) => chosen[key] ?? opensBy(key), [chosen, opensBy]);
  return { isOpen, toggle: (key) => setChosen({ ...chosen, [key]: !isOpen(key) }) };
}
