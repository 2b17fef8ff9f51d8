import { type DatabaseAccess, isSameRelation, type TableAccess } from '../engine.ts';
import type { AdminConnections } from './admin-connections.ts';
import { quoteText } from './quote.ts';
import { identityOf, readTableNumbers, type TableNumbers } from './table-numbers.ts';

export interface PresentAccess {
  readonly access: readonly DatabaseAccess[];
  readonly missing: readonly string[];
}

const namesAtOnce = 500;

/**
 * Leaves out what the server does not have. It would take a grant on a database that is yet to come, and names are
 * compared here to the last character, because the server's own comparison pads and folds.
 */
export async function presentAccess(
  admin: AdminConnections,
  wanted: readonly DatabaseAccess[],
  ignoresCase: boolean,
): Promise<PresentAccess> {
  const fold = (name: string): string => (ignoresCase ? name.toLowerCase() : name);
  const databases = new Set((await admin.rows('SHOW DATABASES')).map((row) => fold(row['database'] ?? '')));
  const access: DatabaseAccess[] = [];
  const missing: string[] = [];
  for (const one of wanted) {
    const database = fold(one.database);
    if (!databases.has(database)) {
      missing.push(one.database);
      continue;
    }
    const present = await presentTables(admin, database, [...new Set(one.tables.map(({ table }) => fold(table)))]);
    const identities = new Map([...present].map(([name, identity]) => [fold(name), identity]));
    const isThere = ({ table, identity }: TableAccess): boolean => {
      const found = identities.get(fold(table));
      return found !== undefined && (identity === undefined || isSameRelation(found, identity));
    };
    missing.push(...one.tables.filter((entry) => !isThere(entry)).map(({ table }) => `${one.database}.${table}`));
    const tables = one.tables.filter(isThere).map((entry) => ({ ...entry, table: fold(entry.table) }));
    access.push({ ...one, database, tables });
  }
  return { access, missing };
}

/** Those that are there, with their identities. */
async function presentTables(admin: AdminConnections, database: string, tables: readonly string[]) {
  const present = new Map<string, string>();
  const numbers: TableNumbers = tables.length === 0 ? new Map() : await readTableNumbers(admin, database);
  for (let from = 0; from < tables.length; from += namesAtOnce) {
    const names = tables
      .slice(from, from + namesAtOnce)
      .map(quoteText)
      .join(', ');
    const rows = await admin.rows(
      `SELECT TABLE_NAME AS table_name, TABLE_TYPE AS kind, UNIX_TIMESTAMP(CREATE_TIME) AS created FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_NAME IN (${names})`,
    );
    for (const row of rows) present.set(row['table_name'] ?? '', identityOf(row, numbers));
  }
  return present;
}
