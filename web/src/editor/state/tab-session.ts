import type { Session } from '@tidegate/contract';
import { api } from '../../api/client.ts';
import { asProblem } from '../../api/problem.ts';
import { queryClient } from '../../app/session.ts';
import type { EditorStore } from './editor-store.ts';
import type { TabDatabase } from './editor-tab.ts';

/** The session of a tab survives a reload of its window, not the window itself. */
const keptSession = (tabId: string) => `tidegate.editor.session.${tabId}`;

function remember(tabId: string, sessionId: string | null): void {
  try {
    if (sessionId === null) sessionStorage.removeItem(keptSession(tabId));
    else sessionStorage.setItem(keptSession(tabId), sessionId);
  } catch {
    // Switched off: a reload opens a new session.
  }
}

function remembered(tabId: string): string | null {
  try {
    return sessionStorage.getItem(keptSession(tabId));
  } catch {
    return null;
  }
}

function entered(store: EditorStore, tabId: string, session: Session): string {
  queryClient.setQueryData(['GET /sessions/:sessionId', { params: { sessionId: session.id } }], session);
  remember(tabId, session.id);
  const canWrite = session.privileges.includes('write');
  store.change(tabId, { session: { state: 'open', id: session.id, canWrite }, isInTransaction: false });
  return session.id;
}

const resuming = new Map<string, Promise<void>>();

/** The session that ran before the window was reloaded, if it is still open. Rejects when that cannot be found out. */
export async function resumeSession(store: EditorStore, tabId: string): Promise<void> {
  const running = resuming.get(tabId) ?? resume(store, tabId).finally(() => resuming.delete(tabId));
  resuming.set(tabId, running);
  await running;
}

async function resume(store: EditorStore, tabId: string): Promise<void> {
  const sessionId = remembered(tabId);
  const tab = store.find(tabId);
  if (sessionId === null || tab?.session.state !== 'none' || tab.database === null) return;
  const session = await api('GET /sessions/:sessionId', { params: { sessionId } }).catch((error: unknown) => {
    if (asProblem(error).code !== 'object.not_found') throw error;
    return null;
  });
  // Closed, or given to another database meanwhile, here or by another window.
  const now = store.find(tabId);
  if (remembered(tabId) !== sessionId || now?.session.state !== 'none') return;
  if (session !== null && now.database?.id !== session.database.id) return;
  if (session?.state === 'open') entered(store, tabId, session);
  else remember(tabId, null);
}

/**
 * The tab's session, opened if it is not. Rejects with `ApiProblem`; `session.no_access` leaves the tab without a
 * session, because that is not a failure but something to ask for.
 */
export async function openSession(store: EditorStore, tabId: string): Promise<string> {
  // A second one would leave the first, and what it holds, to nobody.
  await resumeSession(store, tabId);
  const tab = store.find(tabId);
  if (tab === undefined || tab.database === null) throw new Error('The tab has no database.');
  if (tab.session.state === 'open') return tab.session.id;
  const key = `${tabId} ${tab.database.id}`;
  const running = opening.get(key) ?? enter(store, tabId, tab.database.id).finally(() => opening.delete(key));
  opening.set(key, running);
  return await running;
}

/** Connecting and running at the same time share one session. */
const opening = new Map<string, Promise<string>>();

async function enter(store: EditorStore, tabId: string, databaseId: string): Promise<string> {
  store.change(tabId, { session: { state: 'opening' } });
  try {
    const session = await api('POST /sessions', { body: { databaseId } });
    if (store.find(tabId)?.database?.id !== databaseId) {
      await endSession(session.id);
      throw new Error('The tab has gone to another database.');
    }
    return entered(store, tabId, session);
  } catch (error) {
    const problem = asProblem(error);
    const isDenied = problem.code === 'session.no_access';
    if (store.find(tabId)?.session.state === 'opening') {
      store.change(tabId, { session: isDenied ? { state: 'none' } : { state: 'failed', problem } });
    }
    throw problem;
  }
}

async function endSession(sessionId: string): Promise<void> {
  // It may have ended already, and a session that stays is ended with its access.
  await api('DELETE /sessions/:sessionId', { params: { sessionId } }).catch(() => undefined);
}

/** Ends the tab's session; what runs in it is stopped. The text stays. */
export async function closeSession(store: EditorStore, tabId: string): Promise<void> {
  const session = store.find(tabId)?.session;
  const sessionId = session?.state === 'open' ? session.id : remembered(tabId);
  remember(tabId, null);
  store.change(tabId, { session: { state: 'none' }, isInTransaction: false });
  if (sessionId !== null) await endSession(sessionId);
}

/** The server has ended the tab's session. */
export function sessionEnded(store: EditorStore, tabId: string, reason: string | null): void {
  const tab = store.find(tabId);
  if (tab?.session.state !== 'open') return;
  remember(tabId, null);
  store.change(tabId, {
    session: {
      state: 'ended',
      reason: reason ?? 'The connection to the database ended.',
      wasInTransaction: tab.isInTransaction,
    },
    isInTransaction: false,
  });
}

/** Gives the tab another database; its former session ends. The text and what was asked for elsewhere stay. */
export function attach(store: EditorStore, tabId: string, database: TabDatabase | null): void {
  const former = store.find(tabId)?.database;
  if (former?.id !== database?.id) {
    void closeSession(store, tabId);
    store.change(tabId, { database, runs: [], shownRunId: null, asking: null });
  } else {
    store.change(tabId, { database, asking: null });
  }
}

export function closeTab(store: EditorStore, tabId: string): void {
  void closeSession(store, tabId);
  store.remove(tabId);
}
