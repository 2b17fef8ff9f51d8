import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { useShortcut } from '../lib/shortcuts.ts';
import { useStoredChoice } from '../lib/stored-choice.ts';
import { ConfirmEffect } from '../ui/ConfirmEffect.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { useParkedRun, useParkedStep } from './denied/use-parked.ts';
import css from './EditorPage.module.css';
import { preloadGrid } from './results/ResultGrid.tsx';
import { ResultPane } from './results/ResultPane.tsx';
import { Splitter } from './Splitter.tsx';
import { SessionEnded } from './session/SessionEnded.tsx';
import { TransactionBar } from './session/TransactionBar.tsx';
import { useTabSession } from './session/use-tab-session.ts';
import { type SqlHandle, SqlPane } from './sql/SqlPane.tsx';
import type { EditorStore } from './state/editor-store.ts';
import { type EditorTab, isRunning, shownRun } from './state/editor-tab.ts';
import { canCancel } from './state/run-statements.ts';
import { closeTab } from './state/tab-session.ts';
import { activeTab, useEditorState, useEditorStore, useKeptDrafts } from './state/use-editor.ts';
import { Toolbar } from './Toolbar.tsx';
import { TabStrip } from './tabs/TabStrip.tsx';
import { ConnectPanel } from './tree/ConnectPanel.tsx';
import { DatabasePanel } from './tree/DatabasePanel.tsx';
import { type EditorActions, useEditorActions } from './use-editor-actions.ts';
import { useEditorAddress } from './use-editor-address.ts';

/** The SQL Editor takes the whole width below the top bar. */
export default function EditorPage() {
  const store = useEditorStore();
  const state = useEditorState(store);
  const tab = activeTab(state);
  useKeptDrafts(store);
  useEditorAddress(store);
  useEffect(preloadGrid, []);
  const sql = useRef<SqlHandle>(null);
  const [isChoosing, setIsChoosing] = useState(false);
  const actions = useEditorActions(
    store,
    tab.id,
    sql,
    useCallback(() => setIsChoosing(true), []),
  );
  const closing = useClosing(store, () => sql.current?.focus());
  const [isFolded, setIsFolded] = useStoredChoice<'yes' | 'no'>('tidegate.editor.panel-folded', 'no');
  useEditorKeys({
    tab,
    actions,
    store,
    onClose: closing.ask,
    onFold: () => setIsFolded(isFolded === 'yes' ? 'no' : 'yes'),
  });
  return (
    <div className={css.editor} data-folded={isFolded} onKeyDownCapture={onPartKey}>
      <h1 className="visually-hidden">SQL Editor</h1>
      {isFolded === 'no' && (
        <nav className={css.left} aria-label="Databases" data-part>
          <DatabasePanel
            actions={{
              currentId: tab.database?.id ?? null,
              connect: actions.openInTab,
              request: actions.requestInTab,
              showRows: actions.showRows,
            }}
            current={tab.database}
          />
        </nav>
      )}
      <div className={css.middle}>
        <TabStrip
          tabs={state.tabs}
          activeId={tab.id}
          onShow={(id) => store.show(id)}
          onClose={closing.ask}
          onNew={() => store.add()}
        />
        <ActiveTab {...{ store, tab, actions, sql }} />
        {state.tabs
          .filter(({ id }) => id !== tab.id)
          .map((other) => (
            <TabWatch key={other.id} store={store} tab={other} />
          ))}
      </div>
      {isChoosing && (
        <Dialog title="Connect to a database" isOpen onClose={() => setIsChoosing(false)} width={620}>
          <ConnectPanel
            takesFocus
            onConnect={(database) => {
              actions.openInActive(database);
              setIsChoosing(false);
            }}
            onRequest={(database) => {
              actions.requestInActive(database);
              setIsChoosing(false);
            }}
          />
        </Dialog>
      )}
      {closing.dialog}
    </div>
  );
}

interface ActiveTabProps {
  store: EditorStore;
  tab: EditorTab;
  actions: EditorActions;
  sql: RefObject<SqlHandle | null>;
}

function ActiveTab({ store, tab, actions, sql }: ActiveTabProps) {
  const session = useTabSession(store, tab);
  const step = useParkedStep(tab, true);
  useParkedRun(store, tab, step);
  const text = <SqlPane store={store} tab={tab} handle={sql} />;
  return (
    <div role="tabpanel" id="editor-tab" aria-labelledby={`tab-${tab.id}`} className={css.panel}>
      <Toolbar tab={tab} session={session} actions={actions} />
      {tab.database === null ? (
        <div className={css.unconnected}>
          {tab.text.trim() !== '' && <div className={css.keptText}>{text}</div>}
          <section className={css.connect} aria-label="Connect to a database" data-part>
            <h2>Connect to a database</h2>
            <p>Select a database to start</p>
            <ConnectPanel
              key={tab.id}
              takesFocus={tab.text.trim() === ''}
              onConnect={actions.openInActive}
              onRequest={actions.requestInActive}
            />
          </section>
        </div>
      ) : (
        <Splitter
          above={
            <div data-part className={css.textPlace}>
              {text}
            </div>
          }
          below={
            <div className={css.below} data-part>
              {shownRun(tab)?.problem?.code !== 'session.ended' && (
                <SessionEnded tab={tab} onReconnect={actions.reconnect} />
              )}
              {tab.isInTransaction && <TransactionBar isBusy={isRunning(tab)} onEnd={actions.endTransaction} />}
              <ResultPane tab={tab} parkedStep={step} actions={actions} />
            </div>
          }
        />
      )}
    </div>
  );
}

/** A tab that is not on screen: the end of its session and the answer to its request are still heard. */
function TabWatch({ store, tab }: { store: EditorStore; tab: EditorTab }) {
  useTabSession(store, tab);
  useParkedStep(tab, false);
  return null;
}

/** A tab with a text or something that runs is closed only after its effect was said. */
function useClosing(store: EditorStore, onClosed: () => void) {
  const [tab, setTab] = useState<EditorTab | null>(null);
  const effect = [
    tab !== null && tab.text.trim() !== '' && 'Its text is thrown away.',
    tab !== null && isRunning(tab) && 'The running statement is stopped.',
    tab?.isInTransaction && 'The open transaction is rolled back.',
    tab !== null && tab.parked !== null && 'Its request stays, but nothing runs when it is approved.',
  ].filter((sentence) => typeof sentence === 'string');
  const ask = (closed: EditorTab) => {
    if (closed.text.trim() === '' && !isRunning(closed) && closed.parked === null) closeTab(store, closed.id);
    else setTab(closed);
  };
  const dialog = tab !== null && (
    <ConfirmEffect
      title="Close this tab"
      effect={effect.join(' ')}
      verb="Close it"
      isDestructive
      isBusy={false}
      problem={null}
      onConfirm={() => {
        closeTab(store, tab.id);
        setTab(null);
        onClosed();
      }}
      onClose={() => setTab(null)}
    />
  );
  return { ask, dialog };
}

interface EditorKeys {
  tab: EditorTab;
  actions: EditorActions;
  store: EditorStore;
  onClose: (tab: EditorTab) => void;
  onFold: () => void;
}

const group = 'SQL Editor';

/** The keys of the editor, listed under `?`. In the text itself the same keys are answered by the text. */
function useEditorKeys({ tab, actions, store, onFold }: EditorKeys): void {
  const hasDatabase = tab.database !== null;
  useShortcut(
    { keys: 'Mod+Enter', does: 'Run the selection, else the statement at the cursor', group },
    actions.run,
    hasDatabase,
  );
  useShortcut({ keys: 'Mod+Shift+Enter', does: 'Run all statements', group }, actions.runAll, hasDatabase);
  useShortcut({ keys: 'Mod+.', does: 'Cancel what runs (also Escape)', group }, actions.cancel, canCancel(tab));
  useShortcut({ keys: 'Escape', does: 'Cancel what runs', group }, actions.cancel, canCancel(tab));
  useShortcut({ keys: 'F6', does: 'Next part: databases, text, result', group }, () => nextPart(1));
  useShortcut({ keys: 'Shift+F6', does: 'Former part', group }, () => nextPart(-1));
  useShortcut({ keys: 'Mod+B', does: 'Fold the databases', group }, onFold);
  useShortcut({ keys: 'Mod+Shift+U', does: 'Choose the database of the tab', group }, actions.chooseDatabase);
  useShortcut({ keys: 'Mod+Shift+Y', does: 'New tab (Delete on a tab closes it)', group }, () => store.add());
}

/** F6 also works while one types, else nobody would get out of the text by it. */
function onPartKey(event: KeyboardEvent): void {
  if (event.key !== 'F6' || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  nextPart(event.shiftKey ? -1 : 1);
}

/** The parts of the editor in their order; each takes the focus at what is used first in it. */
function nextPart(by: 1 | -1): void {
  const parts = [...document.querySelectorAll<HTMLElement>('[data-part]')];
  const at = parts.findIndex((part) => part.contains(document.activeElement));
  const next = parts[(at + by + parts.length) % parts.length];
  const first = next?.querySelector<HTMLElement>(
    '.cm-content, [role="treeitem"][tabindex="0"], canvas[tabindex="0"], textarea, input, button:not([tabindex="-1"])',
  );
  (first ?? next?.querySelector<HTMLElement>('section'))?.focus();
}
