import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { api } from '../api/client.ts';
import { asProblem } from '../api/problem.ts';
import { notify } from '../ui/notices.ts';
import type { EditorStore } from './state/editor-store.ts';
import { type EditorTab, tabDatabase } from './state/editor-tab.ts';
import { openDatabase, putRowsOf } from './use-editor-actions.ts';

const route = getRouteApi('/in/editor');

interface Address {
  readonly database?: string | undefined;
  readonly table?: string | undefined;
  readonly request?: string | undefined;
}

/** A blank tab, or a new one. */
function freeTab(store: EditorStore): EditorTab {
  const { tabs, activeId } = store.read();
  const isFree = (tab: EditorTab) => tab.text.trim() === '' && tab.parked === null && tab.database === null;
  return tabs.find((tab) => tab.id === activeId && isFree(tab)) ?? tabs.find(isFree) ?? store.add();
}

async function openFromDatabase(store: EditorStore, databaseId: string, table: string | undefined): Promise<void> {
  const database = await api('GET /databases/:databaseId', { params: { databaseId } });
  const { tabs, activeId } = store.read();
  const has = (tab: EditorTab) => tab.database?.id === databaseId;
  const tab = tabs.find((open) => open.id === activeId && has(open)) ?? tabs.find(has) ?? freeTab(store);
  store.show(tab.id);
  if (tab.database === null) openDatabase(store, tab.id, database);
  if (table === undefined) return;
  const dot = table.indexOf('.');
  const name = dot === -1 ? { schema: '', name: table } : { schema: table.slice(0, dot), name: table.slice(dot + 1) };
  // A link opens text; it never runs it.
  putRowsOf(store, tabDatabase(database), name);
}

/** The statement that a request came from, ready to be run; the tab where it is parked, if it is. */
async function openFromRequest(store: EditorStore, requestId: string): Promise<boolean> {
  const parked = store.read().tabs.find((tab) => tab.parked?.requestId === requestId);
  if (parked !== undefined) {
    store.show(parked.id);
    return true;
  }
  const request = await api('GET /requests/:requestId', { params: { requestId } });
  const databaseId = request.scope.databases[0]?.databaseId;
  if (request.statementText === null || databaseId === undefined) return false;
  const database = await api('GET /databases/:databaseId', { params: { databaseId } });
  const tab = freeTab(store);
  store.show(tab.id);
  openDatabase(store, tab.id, database);
  store.change(tab.id, { text: request.statementText });
  return true;
}

/** Follows a link into the editor: a database, a table of it, or a request. The address is then the editor's own. */
export function useEditorAddress(store: EditorStore): void {
  const search: Address = route.useSearch();
  const navigate = useNavigate();
  const { database, table, request } = search;
  const followed = useRef('');
  useEffect(() => {
    const key = [database, table, request].join(' ');
    if (key.trim() === '' || followed.current === key) return;
    followed.current = key;
    const follow = async () => {
      if (request !== undefined && (await openFromRequest(store, request))) return;
      if (database !== undefined) await openFromDatabase(store, database, table);
    };
    follow()
      .catch((error: unknown) => notify(asProblem(error).message, 'failed'))
      .finally(() => {
        followed.current = '';
        void navigate({ to: '/editor', search: {}, replace: true });
      });
  }, [store, navigate, database, table, request]);
}
