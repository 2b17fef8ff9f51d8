import type { MissingAccess, StatementLine } from '@tidegate/contract';
import type { ItemOf } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import type { ResultStore } from './result-store.ts';

type Database = ItemOf<'GET /editor/databases'>;

/** What a tab keeps of its database, so that it can be drawn before anything was read. */
export interface TabDatabase {
  readonly id: string;
  readonly name: string;
  readonly engine: Database['instance']['engine'];
  readonly instanceTitle: string;
  readonly environment: Database['environment'];
  readonly project: Database['project'];
}

export function tabDatabase(database: Omit<Database, 'abilities'>): TabDatabase {
  const { id, name, instance, environment, project } = database;
  return { id, name, engine: instance.engine, instanceTitle: instance.title, environment, project };
}

export const rowLimits = [1000, 10_000, 100_000] as const;
export type RowLimit = (typeof rowLimits)[number];

/** A refused statement that waits in its tab for the decision on its access request. */
export interface ParkedStatement {
  readonly requestId: string;
  /** Null where access was asked for without a statement. */
  readonly text: string | null;
  readonly databaseId: string;
  /** Only what surely reads may run without being asked for again. */
  readonly isRead: boolean;
}

/** The part of a tab that outlives reload, sign-out and crash. */
export interface TabDraft {
  readonly id: string;
  readonly text: string;
  readonly database: TabDatabase | null;
  readonly rowLimit: RowLimit;
  readonly parked: ParkedStatement | null;
}

export type TabSession =
  | { readonly state: 'none' }
  | { readonly state: 'opening' }
  | { readonly state: 'open'; readonly id: string; readonly canWrite: boolean }
  | { readonly state: 'ended'; readonly reason: string; readonly wasInTransaction: boolean }
  /** It could not be opened for another reason than missing access. */
  | { readonly state: 'failed'; readonly problem: ApiProblem };

/** What was missing, and everything that a request for it needs. */
export interface Denial {
  readonly project: { readonly id: string; readonly name: string } | null;
  readonly databaseId: string;
  /** The tables; undefined where the person has nothing in the database and names no table. */
  readonly missing: readonly MissingAccess[] | undefined;
  readonly sentence: string;
  /** Null when the request did not come from a statement. */
  readonly statementText: string | null;
  readonly isRead: boolean;
}

export type Finished = Extract<StatementLine, { type: 'finished' }>;

export type RunState = 'waiting' | 'running' | 'finished' | 'failed' | 'skipped';

/** One statement that was run, with its result. */
export interface Run {
  readonly id: string;
  readonly text: string;
  /** Where the statement stood in the tab's text when it was run. */
  readonly start: number;
  readonly state: RunState;
  readonly startedAt: number | null;
  readonly rows: ResultStore;
  readonly finished: Finished | null;
  readonly problem: ApiProblem | null;
  /** Of the error, in UTF-16 code units from the start of the statement. */
  readonly position: number | null;
  readonly denial: Denial | null;
  /** Why it ran without a key being pressed. */
  readonly note: string | null;
}

export interface EditorTab extends TabDraft {
  readonly session: TabSession;
  readonly runs: readonly Run[];
  readonly shownRunId: string | null;
  readonly isCancelling: boolean;
  readonly isInTransaction: boolean;
  /** A request that was opened by hand, in place of the result. */
  readonly asking: Denial | null;
}

export function emptyDraft(id: string): TabDraft {
  return { id, text: '', database: null, rowLimit: 1000, parked: null };
}

export function openTab(draft: TabDraft): EditorTab {
  return {
    ...draft,
    session: { state: 'none' },
    runs: [],
    shownRunId: null,
    isCancelling: false,
    isInTransaction: false,
    asking: null,
  };
}

export function isRunning(tab: Pick<EditorTab, 'runs'>): boolean {
  return tab.runs.some((run) => run.state === 'running');
}

export function shownRun(tab: EditorTab): Run | null {
  return tab.runs.find((run) => run.id === tab.shownRunId) ?? null;
}
