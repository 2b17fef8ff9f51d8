import {
  type CatalogColumn,
  type CatalogDatabase,
  type CatalogForeignKey,
  type CatalogIndex,
  EngineError,
  type RelationIdentity,
  type RelationKind,
} from '../engine.ts';
import type { AdminConnections } from './admin-connections.ts';
import type { Row } from './connection.ts';
import { quoteText } from './quote.ts';
import { identityOf, readTableNumbers } from './table-numbers.ts';

const systemDatabases = new Set(['information_schema', 'mysql', 'performance_schema', 'sys', 'innodb']);

export async function listDatabases(admin: AdminConnections): Promise<readonly string[]> {
  const rows = await admin.rows('SHOW DATABASES');
  return rows.map((row) => text(row, 'database')).filter((name) => !systemDatabases.has(name.toLowerCase()));
}

/** A handful of statements over the whole database, however many tables it has. */
export async function readCatalog(admin: AdminConnections, database: string): Promise<CatalogDatabase> {
  if (!(await listDatabases(admin)).includes(database)) {
    throw new EngineError('database_missing', `The server has no database ${database}.`);
  }
  const name = quoteText(database);
  const [tables, numbers, columns, keys, indexes, routines] = await Promise.all([
    admin.rows(tablesOf(name)),
    readTableNumbers(admin, database),
    admin.rows(columnsOf(name)),
    admin.rows(foreignKeysOf(name)),
    admin.rows(indexesOf(name)),
    admin.rows(routinesOf(name)),
  ]);
  const columnsByTable = Map.groupBy(columns, (row) => text(row, 'table_name'));
  const keysByTable = Map.groupBy(keys, (row) => text(row, 'table_name'));
  const indexesByTable = Map.groupBy(indexes, (row) => text(row, 'table_name'));
  return {
    name: database,
    schemas: [],
    relations: tables.map((row) => {
      const table = text(row, 'table_name');
      const grouped = indexesIn(indexesByTable.get(table) ?? []);
      return {
        schema: '',
        name: table,
        kind: kindOf(text(row, 'kind')),
        identity: identityOf(row, numbers),
        estimatedRows: row['estimate'] === null ? null : Number(row['estimate']),
        columns: (columnsByTable.get(table) ?? []).map(columnIn),
        primaryKey: grouped.find(({ name: index }) => index === 'PRIMARY')?.columns ?? [],
        foreignKeys: foreignKeysIn(keysByTable.get(table) ?? []),
        indexes: grouped,
      };
    }),
    routines: routines.map((row) => ({ schema: '', name: text(row, 'name'), kind: text(row, 'kind').toLowerCase() })),
  };
}

/** See `EngineAdmin.readIdentities`. */
export async function readIdentities(admin: AdminConnections, database: string): Promise<readonly RelationIdentity[]> {
  if (!(await listDatabases(admin)).includes(database)) {
    throw new EngineError('database_missing', `The server has no database ${database}.`);
  }
  const [tables, numbers] = await Promise.all([
    admin.rows(tablesOf(quoteText(database))),
    readTableNumbers(admin, database),
  ]);
  return tables.map((row) => ({ schema: '', name: text(row, 'table_name'), identity: identityOf(row, numbers) }));
}

function tablesOf(database: string): string {
  return `SELECT TABLE_NAME AS table_name, TABLE_TYPE AS kind, UNIX_TIMESTAMP(CREATE_TIME) AS created, TABLE_ROWS AS estimate
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${database} AND TABLE_TYPE <> 'SEQUENCE' ORDER BY TABLE_NAME`;
}

function columnsOf(database: string): string {
  return `SELECT TABLE_NAME AS table_name, COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable, COLUMN_DEFAULT AS default_text
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${database} ORDER BY TABLE_NAME, ORDINAL_POSITION`;
}

function foreignKeysOf(database: string): string {
  return `SELECT TABLE_NAME AS table_name, CONSTRAINT_NAME AS name, COLUMN_NAME AS column_name,
      REFERENCED_TABLE_NAME AS to_table, REFERENCED_COLUMN_NAME AS to_column
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = ${database} AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`;
}

function indexesOf(database: string): string {
  return `SELECT TABLE_NAME AS table_name, INDEX_NAME AS name, COLUMN_NAME AS column_name, NON_UNIQUE AS is_plain
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ${database} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`;
}

function routinesOf(database: string): string {
  return `SELECT ROUTINE_NAME AS name, ROUTINE_TYPE AS kind FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${database} ORDER BY ROUTINE_NAME`;
}

function kindOf(type: string): RelationKind {
  return type.endsWith('VIEW') ? 'view' : 'table';
}

function columnIn(row: Row): CatalogColumn {
  return {
    name: text(row, 'name'),
    type: text(row, 'type'),
    isNullable: row['nullable'] === 'YES',
    defaultText: row['default_text'] ?? null,
  };
}

function indexesIn(rows: readonly Row[]): CatalogIndex[] {
  return [...Map.groupBy(rows, (row) => text(row, 'name'))].map(([name, parts]) => ({
    name,
    // A part that is an expression has no column.
    columns: parts.map((part) => part['column_name'] ?? '(expression)'),
    isUnique: parts[0]?.['is_plain'] === '0',
  }));
}

function foreignKeysIn(rows: readonly Row[]): CatalogForeignKey[] {
  return [...Map.groupBy(rows, (row) => text(row, 'name'))].map(([name, parts]) => ({
    name,
    columns: parts.map((part) => text(part, 'column_name')),
    toSchema: '',
    toTable: parts[0]?.['to_table'] ?? '',
    toColumns: parts.map((part) => text(part, 'to_column')),
  }));
}

function text(row: Row, column: string): string {
  return row[column] ?? '';
}
