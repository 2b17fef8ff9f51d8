import type { Dialect } from '@tidegate/sql-analysis/split';
import { reservedWords } from './reserved-words.ts';

/** Names that the server reads back as they are: PostgreSQL folds what is not quoted to lower case. */
const plainNames: Readonly<Record<Dialect, RegExp>> = {
  postgresql: /^[a-z_][a-z0-9_]*$/,
  mysql: /^[A-Za-z_][A-Za-z0-9_]*$/,
  mariadb: /^[A-Za-z_][A-Za-z0-9_]*$/,
};

/** A name as the engine wants it written; quoted only where it must be. */
export function quoteName(dialect: Dialect, name: string): string {
  const isPlain = plainNames[dialect].test(name) && !reservedWords[dialect].has(name.toLowerCase());
  if (isPlain) return name;
  return dialect === 'postgresql' ? `"${name.replaceAll('"', '""')}"` : `\`${name.replaceAll('`', '``')}\``;
}

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A table as a statement names it; the schema where it is not the one that is searched anyway. */
export function quoteTable(dialect: Dialect, { schema, name }: TableName): string {
  const isUsual = schema === '' || (dialect === 'postgresql' && schema === 'public');
  return isUsual ? quoteName(dialect, name) : `${quoteName(dialect, schema)}.${quoteName(dialect, name)}`;
}

/** The statement that shows a table's rows. */
export function rowsOf(dialect: Dialect, table: TableName): string {
  return `SELECT * FROM ${quoteTable(dialect, table)}`;
}
