import type { AccessMissingDetails, Verdict } from '@tidegate/contract';
import { api } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import type { Denial, TabDatabase } from '../state/editor-tab.ts';

/** Kinds that change nothing: what of it was parked may run by itself. */
const readingKinds: ReadonlySet<string> = new Set(['read', 'explain', 'show']);

export function isReading(verdict: Pick<Verdict, 'isSure' | 'kind'> | null): boolean {
  return verdict?.isSure === true && verdict.kind !== null && readingKinds.has(verdict.kind);
}

async function judge(databaseId: string, text: string): Promise<Verdict | null> {
  // Without a verdict the request is written by hand, and the statement asks before it runs.
  return api('POST /databases/:databaseId/verdict', { params: { databaseId }, body: { text } }).catch(() => null);
}

/** What a refusal lacks, if access is what it lacks; null for every other problem. */
export async function denialOf(
  problem: ApiProblem,
  database: TabDatabase,
  text: string | null,
): Promise<Denial | null> {
  if (problem.code !== 'statement.access_missing' && problem.code !== 'session.no_access') return null;
  const verdict = text === null ? null : await judge(database.id, text);
  const details = problem.details as Partial<AccessMissingDetails>;
  const missing = problem.code === 'statement.access_missing' ? (details.missing ?? []) : (verdict?.missing ?? []);
  return {
    project: database.project,
    databaseId: database.id,
    missing: missing.length > 0 ? missing : undefined,
    sentence: problem.message,
    statementText: text,
    isRead: isReading(verdict),
  };
}

/** A request that the person begins by hand, for the whole database or parts of it. */
export function askByHand(database: TabDatabase): Denial {
  return {
    project: database.project,
    databaseId: database.id,
    missing: undefined,
    sentence: `Request query access to ${database.name}.`,
    statementText: null,
    isRead: false,
  };
}

/** Whether the person may ask for any of it. */
export function isRequestable({ project, missing }: Denial): boolean {
  return project !== null && (missing === undefined || missing.some((item) => item.isRequestable));
}
