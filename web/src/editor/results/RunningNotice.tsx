import { useEffect, useState } from 'react';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { KeyHint } from '../../ui/KeyHint.tsx';
import type { EditorTab, Run } from '../state/editor-tab.ts';
import css from './ResultPane.module.css';
import { useRowCount } from './use-rows.ts';

const shownAfterMs = 400;

/** What runs and for how long, with the way to stop it. Quick statements end before it appears. */
export function RunningNotice({ tab, run, onCancel }: { tab: EditorTab; run: Run; onCancel: () => void }) {
  const [now, setNow] = useState(() => Date.now());
  const rows = useRowCount(run.rows);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  const elapsed = now - (run.startedAt ?? now);
  if (elapsed < shownAfterMs && !tab.isCancelling) return null;
  return (
    <div className={css.running} role="status">
      <span>
        {tab.isCancelling ? 'Asking the database server to stop it' : 'Running'}
        <span aria-hidden="true"> · {(elapsed / 1000).toFixed(1)} s</span>
        {rows > 0 && <span aria-hidden="true"> · {plural(rows, 'row')}</span>}
      </span>
      {!tab.isCancelling && (
        <Button isSmall onClick={onCancel}>
          Cancel
        </Button>
      )}
      {!tab.isCancelling && <KeyHint keys="Mod+." />}
    </div>
  );
}
