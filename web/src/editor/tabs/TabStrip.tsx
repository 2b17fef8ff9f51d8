import type { KeyboardEvent } from 'react';
import { cx } from '../../lib/class-names.ts';
import { Button } from '../../ui/Button.tsx';
import { IconAdd, IconClose } from '../../ui/icons.ts';
import { type EditorTab, isRunning } from '../state/editor-tab.ts';
import css from './TabStrip.module.css';
import { tabTitle } from './tab-words.ts';

interface TabStripProps {
  tabs: readonly EditorTab[];
  activeId: string;
  onShow: (tabId: string) => void;
  onClose: (tab: EditorTab) => void;
  onNew: () => void;
}

/** The open tabs; each has its own database and session. */
export function TabStrip({ tabs, activeId, onShow, onClose, onNew }: TabStripProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>, tab: EditorTab) => {
    if (event.key === 'Delete') onClose(tab);
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[tabs.indexOf(tab) + by];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onShow(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div className={css.strip}>
      <div role="tablist" aria-label="Editor tabs" className={css.tabs}>
        {tabs.map((tab) => (
          <div key={tab.id} role="presentation" className={cx(css.tab, tab.id === activeId && css.active)}>
            <button
              type="button"
              role="tab"
              id={`tab-${tab.id}`}
              className={css.title}
              aria-selected={tab.id === activeId}
              aria-controls="editor-tab"
              tabIndex={tab.id === activeId ? 0 : -1}
              title={tab.text.slice(0, 300)}
              onClick={() => onShow(tab.id)}
              onKeyDown={(event) => onKeyDown(event, tab)}
              onAuxClick={(event) => event.button === 1 && onClose(tab)}
            >
              <Mark tab={tab} />
              <span className={css.words}>{tabTitle(tab)}</span>
              {tab.database !== null && tabTitle(tab) !== tab.database.name && (
                <span className={css.database}>{tab.database.name}</span>
              )}
            </button>
            <button
              type="button"
              className={css.close}
              tabIndex={-1}
              // For the pointer: `Delete` on the tab does the same, and a tab list holds nothing but tabs.
              aria-hidden="true"
              title={`Close ${tabTitle(tab)}`}
              onClick={() => onClose(tab)}
            >
              <IconClose size={12} aria-hidden="true" />
            </button>
          </div>
        ))}
      </div>
      <Button isSmall isIcon look="quiet" aria-label="New tab" onClick={onNew}>
        <IconAdd aria-hidden="true" />
      </Button>
    </div>
  );
}

/** What happens in a tab that is not in view. */
function Mark({ tab }: { tab: EditorTab }) {
  const state = isRunning(tab)
    ? 'runs'
    : tab.parked !== null
      ? 'parked'
      : tab.session.state === 'ended'
        ? 'ended'
        : null;
  const tone = tab.database?.environment.isProtected ? css.production : css[tab.database?.environment.color ?? 'none'];
  const words = { runs: 'running', parked: 'a statement is parked', ended: 'session ended' } as const;
  return (
    <>
      <span className={cx(css.mark, tone, state !== null && css[state])} aria-hidden="true" />
      {state !== null && <span className="visually-hidden">{words[state]}: </span>}
    </>
  );
}
