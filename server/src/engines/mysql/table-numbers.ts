import { EngineError } from '../engine.ts';
import type { AdminConnections } from './admin-connections.ts';
import type { Row } from './connection.ts';
import { quoteText } from './quote.ts';

/** The storage engine's own number of each table, by name. */
export type TableNumbers = ReadonlyMap<string, string>;

/**
 * Numbers stay where a table is renamed or altered in place, and change where it is made again or rebuilt. They take
 * `PROCESS`; without it, and for names that the storage engine spells its own way, there are none.
 */
export async function readTableNumbers(admin: AdminConnections, database: string): Promise<TableNumbers> {
  if (!/^[A-Za-z0-9_]+$/.test(database)) return new Map();
  const { isMariaDb } = await admin.nature();
  const source = isMariaDb ? 'INNODB_SYS_TABLES' : 'INNODB_TABLES';
  const pattern = quoteText(`${database.replaceAll('_', '|_')}/%`);
  try {
    const rows = await admin.rows(
      `SELECT NAME AS name, TABLE_ID AS number FROM information_schema.${source} WHERE NAME LIKE ${pattern} ESCAPE '|'`,
    );
    return new Map(rows.map((row) => [(row['name'] ?? '').slice(database.length + 1), row['number'] ?? '']));
  } catch (error) {
    // MySQL 5.7 calls the table as MariaDB does.
    if (error instanceof EngineError && ['access_refused', 'unknown_relation'].includes(error.kind)) return new Map();
    throw error;
  }
}

/**
 * Of a row with `table_name`, `kind` and `created`: seconds, because a date would be told in the time zone of the day.
 * Views of MariaDB have no time of creation.
 */
export function identityOf(row: Row, numbers: TableNumbers): string {
  const made = row['created'] ?? (row['kind'] ?? '').toLowerCase();
  const number = numbers.get(row['table_name'] ?? '') ?? '';
  return number === '' ? made : `${made}#${number}`;
}
