import { useQuery } from '@tanstack/react-query';
import type { Session } from '@tidegate/contract';
import { useEffect } from 'react';
import { read } from '../../api/queries.ts';
import type { EditorStore } from '../state/editor-store.ts';
import type { EditorTab } from '../state/editor-tab.ts';
import { resumeSession, sessionEnded } from '../state/tab-session.ts';

/** The session of a tab as the server sees it, live: its end is known within a second. */
export function useTabSession(store: EditorStore, tab: EditorTab): Session | null {
  const sessionId = tab.session.state === 'open' ? tab.session.id : null;
  const session = useQuery({
    ...read('GET /sessions/:sessionId', { params: { sessionId: sessionId ?? '' } }),
    enabled: sessionId !== null,
  });
  const { data, error } = session;
  // Where it cannot be found out now, the next run finds out, and says why not.
  useEffect(() => void resumeSession(store, tab.id).catch(() => undefined), [store, tab.id]);
  useEffect(() => {
    if (data?.id !== sessionId || data === undefined) return;
    if (data.state === 'ended') sessionEnded(store, tab.id, data.endReason);
  }, [store, tab.id, sessionId, data]);
  useEffect(() => {
    if (error?.code === 'object.not_found') sessionEnded(store, tab.id, 'The session is gone.');
  }, [store, tab.id, error]);
  return sessionId !== null && data?.id === sessionId ? data : null;
}
