import { useDocumentVisibility } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { read } from '../../api/queries.ts';
import { dialectOf } from '../sql/sql-states.ts';
import { holdsStatement } from '../sql/statements-to-run.ts';
import { connect } from '../state/connect.ts';
import type { EditorStore } from '../state/editor-store.ts';
import { type EditorTab, isRunning } from '../state/editor-tab.ts';
import { runStatements } from '../state/run-statements.ts';
import { type ParkedStep, parkedStep } from './parked-decision.ts';

/** Where the parked statement of a tab has come to; null when there is none or nothing is known yet. */
export function useParkedStep(tab: EditorTab, isActive: boolean): ParkedStep | null {
  const { parked } = tab;
  const isVisible = useDocumentVisibility() === 'visible';
  const request = useQuery({
    ...read('GET /requests/:requestId', { params: { requestId: parked?.requestId ?? '' } }),
    enabled: parked !== null,
  });
  if (parked === null || request.data === undefined) return null;
  return parkedStep({
    request: request.data,
    isRead: parked.isRead,
    isInView: isActive && isVisible,
    isTextUnchanged: parked.text !== null && holdsStatement(dialectOf(tab), tab.text, parked.text),
    isBusy: isRunning(tab) || tab.isInTransaction,
  });
}

/** Runs what was parked, in place of it. Without a statement the tab connects. */
export function runParked(store: EditorStore, tabId: string, note: string | null): void {
  const tab = store.find(tabId);
  if (tab === undefined || tab.parked === null || tab.database === null || isRunning(tab)) return;
  const { text } = tab.parked;
  store.change(tabId, { parked: null });
  if (text === null) {
    store.change(tabId, { runs: [], shownRunId: null });
    void connect(store, tabId, tab.database);
    return;
  }
  const start = Math.max(0, tab.text.indexOf(text));
  void runStatements(store, tabId, [{ text, start }], note);
}

/** Approved while it is looked at: a parked read runs by itself. */
export function useParkedRun(store: EditorStore, tab: EditorTab, step: ParkedStep | null): void {
  const { id } = tab;
  useEffect(() => {
    if (step === 'run') runParked(store, id, 'ran when it was approved');
  }, [store, id, step]);
}
