import type { KeyboardEvent } from 'react';
import { cx } from '../../lib/class-names.ts';
import type { Run } from '../state/editor-tab.ts';
import css from './ResultPane.module.css';

const stateWords: Readonly<Record<Run['state'], string>> = {
  waiting: 'waits',
  running: 'running',
  finished: '',
  failed: 'failed',
  skipped: 'not run',
};
const longestLabel = 32;

function labelOf({ text }: Run): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= longestLabel ? line : `${line.slice(0, longestLabel - 1)}…`;
}

/** One tab a statement, when several were run. */
export function ResultTabs({ runs, shown, onShow }: { runs: readonly Run[]; shown: Run; onShow: (run: Run) => void }) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = runs[runs.indexOf(shown) + by];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onShow(next);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')[runs.indexOf(next)]?.focus();
  };
  return (
    <div className={css.tabs} role="tablist" aria-label="Results" onKeyDown={onKeyDown}>
      {runs.map((run, index) => (
        <button
          key={run.id}
          type="button"
          role="tab"
          className={cx(css.tab, css[run.state])}
          aria-selected={run === shown}
          tabIndex={run === shown ? 0 : -1}
          title={run.text.slice(0, 400)}
          onClick={() => onShow(run)}
        >
          <span className={css.number}>{index + 1}</span>
          <span className="mono">{labelOf(run)}</span>
          {stateWords[run.state] !== '' && <span className={css.tabState}>{stateWords[run.state]}</span>}
        </button>
      ))}
    </div>
  );
}
