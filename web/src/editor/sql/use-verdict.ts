import type { EditorView } from '@codemirror/view';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { Verdict } from '@tidegate/contract';
import { useEffect } from 'react';
import { callApi } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import type { EditorTab } from '../state/editor-tab.ts';
import { setVerdict } from './verdict-marks.ts';

const restMs = 250;
/** Longer texts are judged when they run. */
const longestText = 100_000;

/** What the ledger says about the tab's text, asked when typing rests, and again when access changes. */
export function useVerdict(tab: EditorTab, view: EditorView | null): Verdict | null {
  const { database, text } = tab;
  const [settled] = useDebouncedValue(text, restMs);
  // Access to the database changes with its own live answer; what was judged before is judged again then.
  const access = useQuery({
    ...read('GET /databases/:databaseId', { params: { databaseId: database?.id ?? '' } }),
    enabled: database !== null,
  });
  const sessionId = tab.session.state === 'open' ? tab.session.id : undefined;
  // What names mean in a session may change with what is run in it.
  const changedBy = tab.runs.findLast((run) => run.finished !== null && run.finished.command !== 'SELECT')?.id;
  const verdict = useQuery({
    queryKey: [
      'POST /databases/:databaseId/verdict',
      ...[database?.id, settled, access.dataUpdatedAt, sessionId, changedBy],
    ],
    queryFn: ({ signal }) =>
      callApi(
        'POST /databases/:databaseId/verdict',
        { params: { databaseId: database?.id ?? '' }, body: { text: settled, sessionId } },
        { signal },
      ),
    enabled: database !== null && access.isSuccess && settled.trim() !== '' && settled.length <= longestText,
    staleTime: 60_000,
    retry: false,
  });
  const current = verdict.data !== undefined && settled === text ? verdict.data : null;
  const isBlank = text.trim() === '' || database === null;
  useEffect(() => {
    if (view === null || (current === null && !isBlank)) return;
    // The view may already hold a newer text than the one that was judged.
    if (current !== null && view.state.doc.toString() !== settled) return;
    view.dispatch({ effects: setVerdict.of(current) });
  }, [view, current, isBlank, settled]);
  return current;
}
