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
 * The database of `GRANT … ON db.*`, where `_` and `%` are pattern characters unless escaped: `hr_prod` would
 * match `hrXprod` too. (In a table's grant the name is taken as it is.)
 */
export function quoteDatabasePattern(database: string): string {
  return quoteName(escapePattern(database));
}

export function escapePattern(database: string): string {
  return database.replace(/[\\_%]/g, (character) => `\\${character}`);
}

/** The one database that a pattern means, or null when it may match others too. */
export function databaseOfPattern(pattern: string): string | null {
  if (/(?<!\\)(?:\\\\)*[_%]/.test(pattern)) return null;
  return pattern.replace(/\\([\\_%])/g, '$1');
}
