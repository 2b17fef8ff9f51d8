import type { SessionOptions } from '../engine.ts';
import type { MySqlConnection } from './connection.ts';
import { quoteText } from './quote.ts';

/** Modes that change what a statement says (quotes, comments, blanks) or stand for a bundle with such a one. */
const refusedModes = new Set([
  'ANSI',
  'ANSI_QUOTES',
  'DB2',
  'IGNORE_SPACE',
  'MAXDB',
  'MSSQL',
  'NO_BACKSLASH_ESCAPES',
  'ORACLE',
  'PIPES_AS_CONCAT',
  'POSTGRESQL',
]);

/** Seconds that the server waits for a reader who is slow, before it gives the connection up. */
const writeTimeout = 900;

/** Settings of a person's session. He can change them: they are comfort, not wall. */
export async function prepareSession(connection: MySqlConnection, options: SessionOptions) {
  const [row] = await connection.rows(
    'SELECT CONNECTION_ID() AS id, CURRENT_USER() AS account, @@SESSION.sql_mode AS modes, VERSION() AS version',
  );
  const isMariaDb = (row?.['version'] ?? '').includes('MariaDB');
  const modes = (row?.['modes'] ?? '').split(',').filter((mode) => !refusedModes.has(mode));
  const settings = [`sql_mode = ${quoteText(modes.join(','))}`, `net_write_timeout = ${writeTimeout}`];
  if (options.remainingMs !== null) settings.push(timeLimit(options.remainingMs, isMariaDb));
  // The names again: so the collation is the server's own default, not the one that the handshake could name.
  await connection.rows(`SET NAMES utf8mb4, ${settings.join(', ')}`);
  if (options.isReadOnly) await connection.rows('SET SESSION TRANSACTION READ ONLY');
  return { backendId: row?.['id'] ?? '', currentUser: row?.['account'] ?? '', version: row?.['version'] ?? '' };
}

/** MySQL limits `SELECT` alone, in milliseconds; MariaDB every statement, in seconds. Zero would mean none. */
function timeLimit(remainingMs: number, isMariaDb: boolean): string {
  const ms = Math.max(1, Math.min(Math.ceil(remainingMs), 31_536_000_000));
  if (isMariaDb) return `max_statement_time = ${ms / 1_000}`;
  return `max_execution_time = ${Math.min(ms, 4_294_967_295)}`;
}
