import type { Grant } from '@tidegate/contract';
import type { EditorRelation } from './use-databases.ts';

export type GrantedTable = Pick<EditorRelation, 'schema' | 'name' | 'kind' | 'canRead'>;

/** The tables of a database that grants name one by one; null where one covers a schema, the database or its project. */
export function grantedTables(
  grants: readonly Pick<Grant, 'state' | 'scope'>[],
  databaseId: string,
): readonly GrantedTable[] | null {
  const tables = new Map<string, GrantedTable>();
  for (const { state, scope } of grants) {
    if (state !== 'active') continue;
    const part = scope.databases.find((database) => database.databaseId === databaseId);
    if (scope.isProject || part?.isWhole || (part?.schemas.length ?? 0) > 0) return null;
    for (const { schema, table } of part?.tables ?? []) {
      tables.set(JSON.stringify([schema, table]), { schema, name: table, kind: 'table', canRead: true });
    }
  }
  return [...tables.values()].sort((a, b) => a.name.localeCompare(b.name));
}
