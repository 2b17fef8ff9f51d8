import type { DatabaseAccess } from '../engine.ts';
import type { AdminConnections } from './admin-connections.ts';
import { quoteText } from './quote.ts';

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
    const names = new Set(present.map(fold));
    missing.push(
      ...one.tables.filter(({ table }) => !names.has(fold(table))).map(({ table }) => `${one.database}.${table}`),
    );
    const tables = one.tables
      .filter(({ table }) => names.has(fold(table)))
      .map((entry) => ({ ...entry, table: fold(entry.table) }));
    access.push({ ...one, database, tables });
  }
  return { access, missing };
}

async function presentTables(admin: AdminConnections, database: string, tables: readonly string[]) {
  const present: string[] = [];
  for (let from = 0; from < tables.length; from += namesAtOnce) {
    const names = tables
      .slice(from, from + namesAtOnce)
      .map(quoteText)
      .join(', ');
    const rows = await admin.rows(
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_NAME IN (${names})`,
    );
    present.push(...rows.map((row) => row['name'] ?? ''));
  }
  return present;
}
