import { type RefObject, useMemo } from 'react';
import { askByHand } from './denied/denial.ts';
import { runParked } from './denied/use-parked.ts';
import type { ResultActions } from './results/ResultPane.tsx';
import { rowsOf } from './sql/quote-name.ts';
import type { SqlHandle } from './sql/SqlPane.tsx';
import { dialectOf } from './sql/sql-states.ts';
import { allStatements, statementsToRun } from './sql/statements-to-run.ts';
import { connect } from './state/connect.ts';
import type { EditorStore } from './state/editor-store.ts';
import { type EditorTab, type TabDatabase, tabDatabase } from './state/editor-tab.ts';
import { cancelRun, runStatements } from './state/run-statements.ts';
import { attach, closeSession } from './state/tab-session.ts';
import type { ToolbarActions } from './Toolbar.tsx';
import { type EditorDatabase, isLocked } from './tree/use-databases.ts';

/** A tab that nothing was done with yet takes a database; any other keeps its own. */
function tabFor(store: EditorStore, database: TabDatabase): EditorTab {
  const { tabs, activeId } = store.read();
  const active = tabs.find(({ id }) => id === activeId);
  if (active !== undefined && (active.database === null || active.database.id === database.id)) return active;
  const blank = active?.text.trim() === '' && active.parked === null ? active : undefined;
  return blank ?? store.add({ database });
}

/** Connects the tab where the person may read; a locked database is only looked at, and asked for. */
export function openDatabase(store: EditorStore, tabId: string, database: EditorDatabase): void {
  const place = tabDatabase(database);
  if (isLocked(database)) attach(store, tabId, place);
  else void connect(store, tabId, place);
}

export function requestDatabase(store: EditorStore, tabId: string, database: EditorDatabase): void {
  const place = tabDatabase(database);
  attach(store, tabId, place);
  store.change(tabId, { asking: askByHand(place) });
}

/** Puts the statement that shows a table's rows into a tab, unless it is there; says where it stands. */
export function putRowsOf(
  store: EditorStore,
  database: TabDatabase,
  table: { schema: string; name: string },
): { tabId: string; text: string; start: number } {
  const tab = tabFor(store, database);
  attach(store, tab.id, database);
  const text = rowsOf(database.engine, table);
  const there = allStatements(database.engine, tab.text).find((statement) => statement.text === text);
  if (there !== undefined) return { tabId: tab.id, ...there };
  const before = tab.text.trimEnd();
  const separator = before === '' ? '' : before.endsWith(';') ? '\n\n' : ';\n\n';
  store.change(tab.id, { text: `${before}${separator}${text};\n` });
  return { tabId: tab.id, text, start: before.length + separator.length };
}

export interface EditorActions extends ToolbarActions, ResultActions {
  openInTab(database: EditorDatabase): void;
  openInActive(database: EditorDatabase): void;
  requestInTab(database: EditorDatabase): void;
  requestInActive(database: EditorDatabase): void;
  showRows(database: TabDatabase, table: { schema: string; name: string }): void;
  endTransaction(statement: 'COMMIT' | 'ROLLBACK'): void;
}

/** All that the parts of the screen can do with the active tab. */
export function useEditorActions(
  store: EditorStore,
  tabId: string,
  sql: RefObject<SqlHandle | null>,
  chooseDatabase: () => void,
): EditorActions {
  return useMemo(() => {
    const tab = () => store.find(tabId);
    const run = (pick: (open: EditorTab) => ReturnType<typeof allStatements>) => {
      const open = tab();
      if (open !== undefined) void runStatements(store, tabId, pick(open));
    };
    const inTab = (database: EditorDatabase, act: typeof openDatabase) => {
      const { id } = tabFor(store, tabDatabase(database));
      act(store, id, database);
      sql.current?.focus();
    };
    return {
      run: () =>
        run((open) => statementsToRun(dialectOf(open), open.text, sql.current?.selection() ?? { from: 0, to: 0 })),
      runAll: () => run((open) => allStatements(dialectOf(open), open.text)),
      cancel: () => void cancelRun(store, tabId),
      chooseDatabase,
      disconnect: () => void closeSession(store, tabId),
      setRowLimit: (rowLimit) => store.change(tabId, { rowLimit }),
      show: ({ id }) => store.change(tabId, { shownRunId: id }),
      moreRows({ text, start }, rowLimit) {
        store.change(tabId, { rowLimit });
        void runStatements(store, tabId, [{ text, start }]);
      },
      sent({ statementText, databaseId, isRead }, request) {
        const parked = { requestId: request.id, text: statementText, databaseId, isRead };
        store.change(tabId, { parked, runs: [], shownRunId: null, asking: null });
        sql.current?.focus();
      },
      closeDenial() {
        store.change(tabId, { asking: null, runs: [], shownRunId: null });
        sql.current?.focus();
      },
      runParked: () => runParked(store, tabId, null),
      askAgain() {
        const open = tab();
        if (open === undefined || open.parked === null || open.database === null) return;
        const { text } = open.parked;
        store.change(tabId, { parked: null });
        // Running it again says exactly what is missing now.
        if (text !== null) void runStatements(store, tabId, [{ text, start: Math.max(0, open.text.indexOf(text)) }]);
        else store.change(tabId, { asking: askByHand(open.database) });
      },
      askFor() {
        const database = tab()?.database;
        if (database) store.change(tabId, { asking: askByHand(database) });
      },
      letGo: () => store.change(tabId, { parked: null }),
      openInTab: (database) => inTab(database, openDatabase),
      openInActive: (database) => openDatabase(store, tabId, database),
      requestInTab: (database) => requestDatabase(store, tabFor(store, tabDatabase(database)).id, database),
      requestInActive: (database) => requestDatabase(store, tabId, database),
      showRows(database, table) {
        const { tabId: target, text, start } = putRowsOf(store, database, table);
        store.show(target);
        void runStatements(store, target, [{ text, start }]);
        // The text is on screen after the next paint.
        requestAnimationFrame(() => sql.current?.reveal(start, start + text.length));
      },
      endTransaction: (statement) => void runStatements(store, tabId, [{ text: statement, start: 0 }]),
      reconnect() {
        const database = tab()?.database;
        if (database) void connect(store, tabId, database);
      },
    };
  }, [store, tabId, sql, chooseDatabase]);
}
