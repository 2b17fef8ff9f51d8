import { useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { read } from '../../api/queries.ts';
import { useMe } from '../../app/session.ts';
import { type EditorState, EditorStore } from './editor-store.ts';
import type { EditorTab } from './editor-tab.ts';
import { TabDrafts } from './tab-drafts.ts';

const stores = new Map<string, EditorStore>();

function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    // Switched off: tabs last as long as the page.
    return null;
  }
}

/** The tabs of the person who is signed in; another person who signs in here has his own. */
export function useEditorStore(): EditorStore {
  const personId = useMe().person.id;
  let store = stores.get(personId);
  if (store === undefined) {
    store = new EditorStore(new TabDrafts(personId, storage()));
    stores.set(personId, store);
  }
  return store;
}

export function useEditorState(store: EditorStore): EditorState {
  return useSyncExternalStore(store.subscribe, store.read);
}

/** The tab on screen. There is always one. */
export function activeTab({ tabs, activeId }: EditorState): EditorTab {
  const tab = tabs.find(({ id }) => id === activeId) ?? tabs[0];
  if (tab === undefined) throw new Error('The editor has no tab.');
  return tab;
}

/** The tab's database as the server sees it now, with what the person may do there. */
export function useTabDatabase({ database }: Pick<EditorTab, 'database'>) {
  return useQuery({
    ...read('GET /databases/:databaseId', { params: { databaseId: database?.id ?? '' } }),
    enabled: database !== null,
  }).data;
}

/** Drafts are written when the page is left, and follow what other windows write. */
export function useKeptDrafts(store: EditorStore): void {
  useEffect(() => {
    const onStorage = ({ key }: StorageEvent) => store.takeOver(key);
    window.addEventListener('pagehide', store.keepNow);
    document.addEventListener('visibilitychange', store.keepNow);
    window.addEventListener('storage', onStorage);
    return () => {
      store.keepNow();
      window.removeEventListener('pagehide', store.keepNow);
      document.removeEventListener('visibilitychange', store.keepNow);
      window.removeEventListener('storage', onStorage);
    };
  }, [store]);
}
