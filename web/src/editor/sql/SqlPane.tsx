import { EditorView } from '@codemirror/view';
import { type RefObject, useEffect, useImperativeHandle, useState } from 'react';
import type { EditorStore } from '../state/editor-store.ts';
import { type EditorTab, shownRun } from '../state/editor-tab.ts';
import { setErrorAt } from './error-mark.ts';
import css from './SqlPane.module.css';
import { dialectOf } from './sql-states.ts';
import { placeWords, statementsToRun } from './statements-to-run.ts';
import { useSqlView } from './use-sql-view.ts';
import { useVerdict } from './use-verdict.ts';
import { missingWords, reasonWords } from './verdict-marks.ts';

/** What the rest of the editor may do with the text on screen. */
export interface SqlHandle {
  focus(): void;
  /** Selects what was run, so that it is seen which statement a result belongs to. */
  reveal(from: number, to: number): void;
  selection(): { from: number; to: number };
}

const restMs = 120;

interface SqlPaneProps {
  store: EditorStore;
  tab: EditorTab;
  handle: RefObject<SqlHandle | null>;
}

/** The text of a tab: what runs is marked, and which tables of it may be read. */
export function SqlPane({ store, tab, handle }: SqlPaneProps) {
  const [place, view] = useSqlView(store, tab);
  const verdict = useVerdict(tab, view);
  useErrorPosition(tab, view);
  useImperativeHandle(
    handle,
    () => ({
      focus: () => view?.focus(),
      reveal: (from, to) => {
        if (view === null) return;
        const length = view.state.doc.length;
        view.dispatch({
          selection: { anchor: Math.min(to, length) },
          effects: EditorView.scrollIntoView(Math.min(from, length)),
        });
      },
      selection: () => view?.state.selection.main ?? { from: 0, to: 0 },
    }),
    [view],
  );
  const missing = missingWords(verdict);
  return (
    <div className={css.pane}>
      <div ref={place} className={css.text} />
      <div className={css.line}>
        <WhatRuns tab={tab} view={view} />
        {missing !== null && <span className={css.missing}>{missing}</span>}
        {verdict?.reason && (
          <span className={css.unsure} title={verdict.reason}>
            {reasonWords(verdict)}
          </span>
        )}
      </div>
    </div>
  );
}

/** Shows the place of the shown result's error in the text, as long as the text is the one that was run. */
function useErrorPosition(tab: EditorTab, view: EditorView | null): void {
  const run = shownRun(tab);
  const at = run?.state === 'failed' && run.position !== null ? run.start + run.position : null;
  const isThere =
    run !== null && view !== null && view.state.sliceDoc(run.start, run.start + run.text.length) === run.text;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a result, not at each key; editing takes the mark away
  useEffect(() => {
    if (view === null) return;
    view.dispatch({ effects: setErrorAt.of(isThere ? at : null) });
    if (isThere && at !== null) view.dispatch({ effects: EditorView.scrollIntoView(at) });
  }, [view, run?.id, at]);
}

/** In words what the marks in the gutter show. */
function WhatRuns({ tab, view }: { tab: EditorTab; view: EditorView | null }) {
  const [words, setWords] = useState('');
  useEffect(() => {
    if (view === null) return;
    const say = () => {
      const { main } = view.state.selection;
      const dialect = dialectOf(tab);
      const text = view.state.doc.toString();
      setWords(text.length > 200_000 ? '' : placeWords(dialect, text, statementsToRun(dialect, text, main)));
    };
    say();
    const { dom } = view;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const saySoon = () => {
      clearTimeout(timer);
      timer = setTimeout(say, restMs);
    };
    const events = ['keyup', 'mouseup', 'focusin'] as const;
    for (const event of events) dom.addEventListener(event, saySoon);
    return () => {
      clearTimeout(timer);
      for (const event of events) dom.removeEventListener(event, saySoon);
    };
  }, [view, tab]);
  return <span className={css.runs}>{words !== '' && `Runs ${words}`}</span>;
}
