import { closeCompletion } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { Dialect } from '@tidegate/sql-analysis/split';
import type { EditorStore } from '../state/editor-store.ts';
import type { EditorTab } from '../state/editor-tab.ts';
import { canCancel, cancelRun, runStatements, type StatementToRun } from '../state/run-statements.ts';
import { catalogNames } from './catalog-names.ts';
import { type SqlCommands, setLanguage, sqlExtensions } from './sql-extensions.ts';
import { allStatements, statementsToRun } from './statements-to-run.ts';

/** The lexical rules that apply while a tab has no database. */
export const dialectOf = (tab: Pick<EditorTab, 'database'>): Dialect => tab.database?.engine ?? 'postgresql';

const kept = new WeakMap<EditorStore, Map<string, EditorState>>();

function states(store: EditorStore): Map<string, EditorState> {
  let map = kept.get(store);
  if (map === undefined) {
    map = new Map();
    kept.set(store, map);
  }
  return map;
}

function commandsOf(store: EditorStore, tabId: string): SqlCommands {
  const run = (view: EditorView, pick: (dialect: Dialect, text: string) => readonly StatementToRun[]) => {
    const tab = store.find(tabId);
    if (tab === undefined) return false;
    closeCompletion(view);
    void runStatements(store, tabId, pick(dialectOf(tab), view.state.doc.toString()));
    return true;
  };
  return {
    run: (view) => run(view, (dialect, text) => statementsToRun(dialect, text, view.state.selection.main)),
    runAll: (view) => run(view, allStatements),
    cancel() {
      const tab = store.find(tabId);
      if (tab === undefined || !canCancel(tab)) return false;
      void cancelRun(store, tabId);
      return true;
    },
    onText: (text) => store.type(tabId, text),
  };
}

/** The text of a tab with its cursor and its undo history, as it was left. */
export function textState(store: EditorStore, tab: EditorTab): EditorState {
  const former = states(store).get(tab.id);
  if (former !== undefined && former.doc.toString() === tab.text) return former;
  const names = tab.database === null ? null : catalogNames(tab.database.id);
  return EditorState.create({
    doc: tab.text,
    selection: { anchor: tab.text.length },
    extensions: sqlExtensions(dialectOf(tab), names, commandsOf(store, tab.id)),
  });
}

export function keepTextState(store: EditorStore, tabId: string, state: EditorState): void {
  if (store.find(tabId) === undefined) states(store).delete(tabId);
  else states(store).set(tabId, state);
}

/** The tab has another database: its dialect and its names from now on. */
export function languageFor(tab: EditorTab) {
  return setLanguage(dialectOf(tab), tab.database === null ? null : catalogNames(tab.database.id));
}
