/**
 * How names and texts are written into statements. Account verbs cannot be prepared, so everything from outside
 * passes through here. Valid while `sql_mode` has neither `ANSI_QUOTES` nor `NO_BACKSLASH_ESCAPES`, which
 * `connection.ts` makes sure of for every connection.
 */

/** An identifier. The server takes no NUL in one; it is left in, so that the server refuses it. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A table by its database and name. */
export function quoteTable(database: string, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

/** A string literal. */
export function quoteText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0');
  return `'${escaped}'`;
}

/** An account; ours are always reachable from any host. */
export function quoteAccount(name: string, host = '%'): string {
  return `${quoteText(name)}@${quoteText(host)}`;
}

/**
 * How the server reads the database of `GRANT … ON db.*`. As a pattern, where `_` and `%` match others unless they
 * are escaped (`hr_prod` matches `hrXprod`); or, under MySQL's `partial_revokes`, as the name itself, where an escape
 * would make it another one. In a table's grant it always is the name.
 */
export type DatabaseReading = 'pattern' | 'name';

export function quoteWholeDatabase(database: string, reading: DatabaseReading): string {
  const written = reading === 'name' ? database : database.replace(/[\\_%]/g, (character) => `\\${character}`);
  return `${quoteName(written)}.*`;
}

/** The one database that a grant names, or null when it may match others too. */
export function databaseOfGrant(written: string, reading: DatabaseReading): string | null {
  if (reading === 'name') return written;
  if (/(?<!\\)(?:\\\\)*[_%]/.test(written)) return null;
  return written.replace(/\\([\\_%])/g, '$1');
}
