import type { NewAuditEvent } from './audit-event.ts';

/** The most subjects that one event is found by: a scope may name thousands of tables. */
const mostMentions = 500;

const idShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function personSubject(personId: string): string {
  return `id:${personId}`;
}

/** `name` as statements are recorded: `schema.table`, or `table` where the engine has no schemas. */
export function tableSubject(databaseId: string, name: string): string {
  return `table:${databaseId}:${name}`;
}

export function tableName(schema: string | null, table: string): string {
  return schema === null || schema === '' ? table : `${schema}.${table}`;
}

/** What an event is found by besides its columns: whoever it names by id, and the tables it speaks of. */
export function mentionsOf({ databaseId, data }: NewAuditEvent): string[] {
  const things = Object.values(data).flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]));
  const ids = things.flatMap((thing) => {
    const id = fieldOf(thing, 'id');
    return typeof id === 'string' && idShape.test(id) ? [personSubject(id)] : [];
  });
  const read = Array.isArray(data['tables']) && databaseId ? data['tables'] : [];
  const tables = read.flatMap((name: unknown) =>
    typeof name === 'string' && databaseId ? [tableSubject(databaseId, name)] : [],
  );
  const named = [...listIn(data['missing']), ...listIn(fieldOf(data['scope'], 'items'))].flatMap(namedTable);
  return [...new Set([...ids, ...tables, ...named])].slice(0, mostMentions);
}

function namedTable(item: unknown): string[] {
  const [databaseId, schema, table] = [fieldOf(item, 'databaseId'), fieldOf(item, 'schema'), fieldOf(item, 'table')];
  if (typeof databaseId !== 'string' || typeof table !== 'string') return [];
  return [tableSubject(databaseId, tableName(typeof schema === 'string' ? schema : null, table))];
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}
