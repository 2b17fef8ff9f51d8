import { asProblem } from '../../api/problem.ts';
import { denialOf } from '../denied/denial.ts';
import { allStatements } from '../sql/statements-to-run.ts';
import type { EditorStore } from './editor-store.ts';
import type { TabDatabase } from './editor-tab.ts';
import { attach, openSession } from './tab-session.ts';

/**
 * Gives the tab a database and opens a session there. Where access is missing the tab shows the request for it, filled
 * in from its text when that is one statement; what else goes wrong is shown in the tab.
 */
export async function connect(store: EditorStore, tabId: string, database: TabDatabase): Promise<void> {
  attach(store, tabId, database);
  try {
    await openSession(store, tabId);
  } catch (error) {
    const text = store.find(tabId)?.text ?? '';
    const statements = allStatements(database.engine, text);
    const asking = await denialOf(
      asProblem(error),
      database,
      statements.length === 1 ? (statements[0]?.text ?? null) : null,
    );
    if (asking !== null && store.find(tabId)?.database?.id === database.id) store.change(tabId, { asking });
  }
}
