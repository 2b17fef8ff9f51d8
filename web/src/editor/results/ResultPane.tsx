import type { AccessRequest } from '@tidegate/contract';
import type { ReactNode, Ref } from 'react';
import { Button } from '../../ui/Button.tsx';
import { KeyHint } from '../../ui/KeyHint.tsx';
import { DeniedPane } from '../denied/DeniedPane.tsx';
import { ParkedPane } from '../denied/ParkedPane.tsx';
import type { ParkedStep } from '../denied/parked-decision.ts';
import { type Denial, type EditorTab, type RowLimit, type Run, shownRun } from '../state/editor-tab.ts';
import { useTabDatabase } from '../state/use-editor.ts';
import { isLocked } from '../tree/use-databases.ts';
import css from './ResultPane.module.css';
import { ResultRows } from './ResultRows.tsx';
import { ResultTabs } from './ResultTabs.tsx';
import { RunFailure } from './RunFailure.tsx';
import { RunningNotice } from './RunningNotice.tsx';

export interface ResultActions {
  show(run: Run): void;
  cancel(): void;
  moreRows(run: Run, limit: RowLimit): void;
  /** A request was sent for this. */
  sent(denial: Denial, request: AccessRequest): void;
  closeDenial(): void;
  runParked(): void;
  askAgain(): void;
  letGo(): void;
  reconnect(): void;
  askFor(): void;
}

interface ResultPaneProps {
  tab: EditorTab;
  parkedStep: ParkedStep | null;
  actions: ResultActions;
  ref?: Ref<HTMLElement>;
}

/** Below the text: rows, an error, the request for what was missing, or the parked statement. */
export function ResultPane({ tab, parkedStep, actions, ref }: ResultPaneProps) {
  const run = shownRun(tab);
  return (
    <section ref={ref} className={css.pane} aria-label="Result" tabIndex={-1}>
      {tab.asking !== null ? (
        <Denied denial={tab.asking} actions={actions} />
      ) : run === null ? (
        tab.parked === null ? (
          <Idle tab={tab} onRequest={actions.askFor} />
        ) : (
          <Parked {...{ tab, parkedStep, actions }} />
        )
      ) : (
        <>
          {tab.runs.length > 1 && <ResultTabs runs={tab.runs} shown={run} onShow={actions.show} />}
          {tab.parked !== null && <ParkedStrip step={parkedStep} actions={actions} />}
          <RunBody key={run.id} {...{ tab, run, actions }} />
        </>
      )}
    </section>
  );
}

function Denied({ denial, actions }: { denial: Denial; actions: ResultActions }) {
  return (
    <DeniedPane denial={denial} onSent={(request) => actions.sent(denial, request)} onClose={actions.closeDenial} />
  );
}

function Parked({ tab, parkedStep, actions }: Omit<ResultPaneProps, 'ref'>) {
  if (tab.parked === null) return null;
  return (
    <ParkedPane
      parked={tab.parked}
      step={parkedStep}
      onRun={actions.runParked}
      onAskAgain={actions.askAgain}
      onDismiss={actions.letGo}
    />
  );
}

const stripWords: Readonly<Record<ParkedStep, string>> = {
  wait: 'A parked statement waits for its decision.',
  run: 'The parked statement is approved.',
  offer: 'The parked statement is approved.',
  refused: 'The request for the parked statement was rejected.',
  over: 'The request for the parked statement is over.',
};

/** While another result is looked at, what is parked stays in sight. */
function ParkedStrip({ step, actions }: { step: ParkedStep | null; actions: ResultActions }) {
  if (step === null) return null;
  return (
    <div className={css.strip} role="status">
      <span>{stripWords[step]}</span>
      {step === 'offer' && (
        <Button isSmall onClick={actions.runParked}>
          Run now
        </Button>
      )}
      <Button isSmall look="quiet" onClick={actions.closeDenial}>
        Show it
      </Button>
    </div>
  );
}

function RunBody({ tab, run, actions }: { tab: EditorTab; run: Run; actions: ResultActions }) {
  if (run.state === 'skipped') return <Words>Not run, because a statement before it failed.</Words>;
  if (run.state === 'waiting') return <Words>Waits for the statement before it.</Words>;
  if (run.denial !== null) return <Denied denial={run.denial} actions={actions} />;
  // The session's own notice says why, and offers the next attempt.
  const hasNoSession = tab.session.state === 'failed' && tab.session.problem === run.problem;
  if (hasNoSession) return <Words>Not run, because no session was opened. Your text is kept.</Words>;
  const hasRows = run.rows.columns !== null;
  const notice = run.state === 'running' && <RunningNotice tab={tab} run={run} onCancel={actions.cancel} />;
  const reconnect = run.problem?.code === 'session.ended' && tab.session.state === 'ended' && (
    <div className={css.reconnect}>
      <Button onClick={actions.reconnect}>Reconnect</Button>
      <span className={css.words}>
        {tab.session.wasInTransaction && 'The open transaction was rolled back. '}
        Your text is kept. Running a statement reconnects too.
      </span>
    </div>
  );
  if (run.state === 'failed' && run.rows.rowCount === 0) return <RunFailure run={run}>{reconnect}</RunFailure>;
  if (!hasRows && run.state === 'running') return notice;
  return (
    <>
      {run.state === 'failed' && (
        <div className={css.over}>
          <RunFailure run={run}>
            <p className={css.words}>The rows below came before it ended.</p>
            {reconnect}
          </RunFailure>
        </div>
      )}
      {notice}
      <ResultRows tab={tab} run={run} onMoreRows={(limit) => actions.moreRows(run, limit)} />
    </>
  );
}

function Words({ children }: { children: ReactNode }) {
  return (
    <div className={css.message}>
      <p className={css.words}>{children}</p>
    </div>
  );
}

/** Nothing was run yet. Where nothing may be read, the way to it. */
function Idle({ tab, onRequest }: { tab: EditorTab; onRequest: () => void }) {
  const database = useTabDatabase(tab);
  if (database !== undefined && isLocked(database)) {
    return (
      <div className={css.idle}>
        <p>
          You cannot read <span className="mono">{database.name}</span> yet. Write the statement you need and run it:
          the request for its tables fills itself in.
        </p>
        {database.project !== null && (
          <Button className={css.ask} onClick={onRequest}>
            Request query
          </Button>
        )}
      </div>
    );
  }
  return (
    <div className={css.idle}>
      <p>The result appears here.</p>
      <dl>
        <dt>
          <KeyHint keys="Mod+Enter" />
        </dt>
        <dd>runs the selection, else the statement at the cursor</dd>
        <dt>
          <KeyHint keys="Mod+Shift+Enter" />
        </dt>
        <dd>runs all, one after the other</dd>
        <dt>
          <KeyHint keys="F6" />
        </dt>
        <dd>goes on to the next part of the editor</dd>
      </dl>
    </div>
  );
}
