import type { StatementLine } from '@tidegate/contract';
import { api, apiStream } from '../../api/client.ts';
import { asProblem, toProblem } from '../../api/problem.ts';
import { read } from '../../api/queries.ts';
import { queryClient } from '../../app/session.ts';
import { denialOf } from '../denied/denial.ts';
import { type EditorStore, newTabId } from './editor-store.ts';
import { type EditorTab, isRunning, type Run } from './editor-tab.ts';
import { ResultStore } from './result-store.ts';
import { closeSession, openSession, sessionEnded } from './tab-session.ts';

/** A statement with the place where it stands in the tab's text. */
export interface StatementToRun {
  readonly text: string;
  readonly start: number;
}

function newRun({ text, start }: StatementToRun, note: string | null): Run {
  return {
    id: newTabId(),
    text,
    start,
    state: 'waiting',
    startedAt: null,
    rows: new ResultStore(),
    finished: null,
    problem: null,
    position: null,
    denial: null,
    note,
  };
}

/**
 * Runs statements one after the other in the tab's session, which is opened where it is not; each has its own result.
 * The first that fails ends it. Does nothing while another one runs.
 */
export async function runStatements(
  store: EditorStore,
  tabId: string,
  statements: readonly StatementToRun[],
  note: string | null = null,
): Promise<void> {
  const tab = store.find(tabId);
  if (tab === undefined || tab.database === null || isRunning(tab) || statements.length === 0) return;
  const runs = statements.map((statement) => newRun(statement, note));
  store.change(tabId, { runs, shownRunId: runs[0]?.id ?? null, isCancelling: false, asking: null });
  let hasFailed = false;
  for (const run of runs) {
    if (hasFailed) {
      store.changeRun(tabId, run.id, { state: 'skipped' });
      continue;
    }
    store.changeRun(tabId, run.id, { state: 'running', startedAt: Date.now() });
    store.change(tabId, { shownRunId: run.id });
    hasFailed = !(await runOne(store, tabId, run).catch((error: unknown) => failed(store, tabId, run, error)));
  }
  store.change(tabId, { isCancelling: false });
}

async function runOne(store: EditorStore, tabId: string, run: Run): Promise<boolean> {
  await reopenToWrite(store, tabId);
  const sessionId = await openSession(store, tabId);
  const maxRows = store.find(tabId)?.rowLimit ?? 1000;
  const lines = apiStream('POST /sessions/:sessionId/statements', {
    params: { sessionId },
    body: { text: run.text, maxRows },
  });
  for await (const line of lines) {
    const isDone = await take(store, tabId, run, line);
    if (isDone !== null) return isDone;
  }
  throw toProblem(null, 200);
}

/** Whether the statement has succeeded; null while it goes on. */
async function take(store: EditorStore, tabId: string, run: Run, line: StatementLine): Promise<boolean | null> {
  switch (line.type) {
    case 'started':
      return null;
    case 'columns':
      run.rows.setColumns(line.columns);
      return null;
    case 'rows':
      run.rows.append(line.rows);
      return null;
    case 'finished':
      store.changeRun(tabId, run.id, { state: 'finished', finished: line });
      store.change(tabId, { isInTransaction: line.isInTransaction });
      return true;
    case 'failed':
      store.changeRun(tabId, run.id, { position: line.position });
      return await failed(store, tabId, run, toProblem(line.problem, line.problem.status));
  }
}

async function failed(store: EditorStore, tabId: string, run: Run, error: unknown): Promise<false> {
  const problem = asProblem(error);
  if (problem.code === 'session.ended') sessionEnded(store, tabId, endReason(problem.details, problem.message));
  const database = store.find(tabId)?.database ?? null;
  const denial = database === null ? null : await denialOf(problem, database, run.text);
  store.changeRun(tabId, run.id, { state: 'failed', problem, denial });
  return false;
}

function endReason(details: Readonly<Record<string, unknown>>, message: string): string {
  return typeof details['reason'] === 'string' ? details['reason'] : message;
}

/**
 * A session that was opened to read only stays so; where writing was granted since, the next statement gets a new one.
 */
async function reopenToWrite(store: EditorStore, tabId: string): Promise<void> {
  const tab = store.find(tabId);
  if (tab?.session.state !== 'open' || tab.session.canWrite || tab.isInTransaction) return;
  const { queryKey } = read('GET /sessions/:sessionId', { params: { sessionId: tab.session.id } });
  const known = queryClient.getQueryData(queryKey);
  if (known?.privileges.includes('write')) await closeSession(store, tabId);
}

/** Asks the server to stop what runs in the tab. The running statement then ends with the server's own answer. */
export async function cancelRun(store: EditorStore, tabId: string): Promise<void> {
  const tab = store.find(tabId);
  if (tab === undefined || !canCancel(tab) || tab.session.state !== 'open') return;
  store.change(tabId, { isCancelling: true });
  // It may have ended in this moment; its own line says how.
  await api('POST /sessions/:sessionId/cancel', { params: { sessionId: tab.session.id } }).catch(() => undefined);
}

export function canCancel(tab: Pick<EditorTab, 'runs' | 'isCancelling'>): boolean {
  return isRunning(tab) && !tab.isCancelling;
}
