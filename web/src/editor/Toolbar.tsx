import type { Session } from '@tidegate/contract';
import { cx } from '../lib/class-names.ts';
import { numberWords } from '../lib/plural.ts';
import { keyNames } from '../lib/shortcuts.ts';
import { Button } from '../ui/Button.tsx';
import { EnvironmentTag } from '../ui/EnvironmentTag.tsx';
import { IconDatabase, IconDown, IconRun, IconStop } from '../ui/icons.ts';
import css from './EditorPage.module.css';
import { SessionPill } from './session/SessionPill.tsx';
import { type EditorTab, isRunning, rowLimits } from './state/editor-tab.ts';
import { canCancel } from './state/run-statements.ts';

export interface ToolbarActions {
  run(): void;
  runAll(): void;
  cancel(): void;
  chooseDatabase(): void;
  disconnect(): void;
  setRowLimit(limit: (typeof rowLimits)[number]): void;
}

interface ToolbarProps {
  tab: EditorTab;
  session: Session | null;
  actions: ToolbarActions;
}

/** What can be done with the tab, and with which access. */
export function Toolbar({ tab, session, actions }: ToolbarProps) {
  const { database } = tab;
  const runs = isRunning(tab);
  const cannotRun = database === null || tab.text.trim() === '';
  return (
    <div className={cx(css.toolbar, database?.environment.isProtected && css.production)}>
      <button type="button" className={css.database} onClick={actions.chooseDatabase}>
        <IconDatabase size={14} aria-hidden="true" />
        <span className="visually-hidden">Database:</span>
        {database === null ? (
          <span>Select a database</span>
        ) : (
          <>
            <span className="mono">{database.name}</span>
            <EnvironmentTag environment={database.environment} />
          </>
        )}
        <IconDown size={13} aria-hidden="true" />
      </button>
      {runs ? (
        <Button
          isSmall
          look="danger"
          disabled={!canCancel(tab)}
          onClick={actions.cancel}
          title={keyNames('Mod+.').join(' ')}
        >
          <IconStop aria-hidden="true" />
          {tab.isCancelling ? 'Cancelling' : 'Cancel'}
        </Button>
      ) : (
        <Button
          isSmall
          look="primary"
          disabled={cannotRun}
          onClick={actions.run}
          title={keyNames('Mod+Enter').join(' ')}
        >
          <IconRun aria-hidden="true" />
          Run
        </Button>
      )}
      <Button
        isSmall
        look="quiet"
        disabled={cannotRun || runs}
        onClick={actions.runAll}
        title={keyNames('Mod+Shift+Enter').join(' ')}
      >
        Run all
      </Button>
      <span className={css.limit}>
        <select
          aria-label="Row limit"
          value={tab.rowLimit}
          onChange={(event) => {
            const limit = rowLimits.find((known) => String(known) === event.target.value);
            if (limit !== undefined) actions.setRowLimit(limit);
          }}
        >
          {rowLimits.map((limit) => (
            <option key={limit} value={limit}>
              {numberWords(limit)} rows
            </option>
          ))}
        </select>
      </span>
      <span className={css.space} />
      <SessionPill tab={tab} session={session} />
      {tab.session.state === 'open' && (
        <Button isSmall look="quiet" onClick={actions.disconnect}>
          Disconnect
        </Button>
      )}
    </div>
  );
}
