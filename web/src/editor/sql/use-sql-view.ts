import { EditorView } from '@codemirror/view';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { EditorStore } from '../state/editor-store.ts';
import type { EditorTab } from '../state/editor-tab.ts';
import { keepTextState, languageFor, textState } from './sql-states.ts';

/** The text of the tab on screen. One view for all tabs: each brings its own state, with its undo history. */
export function useSqlView(store: EditorStore, tab: EditorTab): [RefObject<HTMLDivElement | null>, EditorView | null] {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView | null>(null);
  const shown = useRef(tab.id);
  const first = useRef(tab);

  useEffect(() => {
    if (place.current === null) return;
    const created = new EditorView({ state: textState(store, first.current), parent: place.current });
    created.dispatch({ effects: languageFor(first.current) });
    setView(created);
    // Where nothing else has the focus one has come to write.
    if (document.activeElement === document.body) created.focus();
    return () => {
      keepTextState(store, shown.current, created.state);
      created.destroy();
      setView(null);
    };
  }, [store]);

  useEffect(() => {
    if (view === null || shown.current === tab.id) return;
    keepTextState(store, shown.current, view.state);
    shown.current = tab.id;
    view.setState(textState(store, tab));
    view.dispatch({ effects: languageFor(tab) });
  }, [store, view, tab]);

  const databaseId = tab.database?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another database brings another language
  useEffect(() => {
    view?.dispatch({ effects: languageFor(tab) });
  }, [view, databaseId]);

  // Another window of this browser has written this tab, or a statement was put in from the tree.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed text is the reason to look
  useEffect(() => {
    // What was typed since this was drawn is in the store already: only its text is compared.
    const text = store.find(tab.id)?.text;
    if (view === null || shown.current !== tab.id || text === undefined || view.state.doc.toString() === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [store, view, tab.id, tab.text]);

  return [place, view];
}
