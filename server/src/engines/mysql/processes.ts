import type { LiveSession } from '../engine.ts';
import type { Row } from './connection.ts';

/** Anything that runs administrative statements: the connecting user's connections, or one of an account itself. */
export interface Asker {
  rows(text: string): Promise<readonly Row[]>;
}

export interface Process extends LiveSession {
  /**
   * Its password is not checked yet: no session. It becomes one only if the server had read its name, and what the
   * account was then, before the login was blocked.
   */
  readonly isAttempt: boolean;
}

/**
 * The sessions of one account, and its attempts to log in where the server lists them: of any account with `PROCESS`, the
 * asker's own otherwise. `SHOW PROCESSLIST` works in every version and without the performance schema, but leaves out in
 * silence what the asker may not see. With `ofOthers` the transactions are read first, on the same connection: that fails
 * where it lacks `PROCESS`.
 */
export async function readSessions(connection: Asker, account: string, ofOthers: boolean): Promise<readonly Process[]> {
  return (await readSessionsOfAll(connection, ofOthers)).get(account) ?? [];
}

/** The same of every account at once, by name. */
export async function readSessionsOfAll(
  connection: Asker,
  ofOthers: boolean,
): Promise<ReadonlyMap<string, readonly Process[]>> {
  const transactions = ofOthers ? await readTransactions(connection) : new Map<string, string>();
  return sessionsIn(await connection.rows('SHOW FULL PROCESSLIST'), transactions);
}

/** The rows of `SHOW FULL PROCESSLIST`, by account. */
export function sessionsIn(
  processes: readonly Row[],
  transactions: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, readonly Process[]> {
  const byUser = Map.groupBy(processes, (row) => row['user'] ?? '');
  return new Map([...byUser].map(([user, rows]) => [user, rows.map((row) => sessionOf(row, transactions))]));
}

/** Accounts that have a session; the connecting user's own only, where it may not see others'. */
export async function readSessionNames(asker: Asker, prefix: string): Promise<readonly string[]> {
  const all = await readSessionsOfAll(asker, false);
  const isOurs = ([name, found]: [string, readonly Process[]]): boolean =>
    name.startsWith(prefix) && found.some(({ isAttempt, state }) => !isAttempt && state !== 'rolling back');
  return [...all].filter(isOurs).map(([name]) => name);
}

async function readTransactions(asker: Asker): Promise<ReadonlyMap<string, string>> {
  const rows = await asker.rows(
    'SELECT trx_mysql_thread_id AS id, trx_state AS state FROM information_schema.INNODB_TRX',
  );
  return new Map(rows.map((row) => [row['id'] ?? '', row['state'] ?? '']));
}

function sessionOf(row: Row, transactions: ReadonlyMap<string, string>): Process {
  const backendId = row['id'] ?? '';
  const seconds = Number(row['time']);
  const statement = row['info'] ?? null;
  return {
    backendId,
    database: row['db'] ?? null,
    statement: statement === null || statement === '' ? null : statement.slice(0, 2_000),
    state: stateOf(row['command'] ?? '', transactions.get(backendId)),
    durationMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null,
    connectedAt: null,
    isAttempt: row['command'] === 'Connect',
  };
}

function stateOf(command: string, transaction: string | undefined): LiveSession['state'] {
  // A killed session runs nothing any more: its thread undoes its work, if any, and ends. (A transaction that is
  // rolling back says less: so does the live session whose person rolls back.)
  if (command === 'Killed') return 'rolling back';
  if (command === 'Sleep') return transaction === undefined ? 'idle' : 'idle in transaction';
  return ['Query', 'Execute', 'Fetch', 'Prepare', 'Long Data', 'Init DB'].includes(command) ? 'active' : 'unknown';
}
