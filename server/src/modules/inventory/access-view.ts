/** What the ledger gives on data; `export` is no concern of lists and trees. */
export type DataPrivilege = 'read' | 'write';

/** What one person may do in one database now: the union of the rows of the ledger that are in force. */
export interface AccessOnDatabase {
  readonly whole: ReadonlySet<DataPrivilege>;
  /** Whole schemas by name. */
  readonly schemas: ReadonlyMap<string, ReadonlySet<DataPrivilege>>;
  /** Single tables by `relationKey`. */
  readonly tables: ReadonlyMap<string, ReadonlySet<DataPrivilege>>;
  /** When the last of it ends; null without an end, or without access. */
  readonly until: Date | null;
  /** True where opening a session would make a `role` row: the person administers and the environment allows it. */
  readonly byRole: boolean;
}

/** The ledger as lists and trees need it. Declared here, implemented by the grant module, wired by `main`. */
export interface AccessView {
  /** A database without any access may be left out. */
  accessOnDatabases(personId: string, databaseIds: readonly string[]): Promise<ReadonlyMap<string, AccessOnDatabase>>;
  /** Databases on which the person has anything now. */
  grantedDatabases(personId: string): Promise<readonly string[]>;
}

/** The key of a table in `AccessOnDatabase.tables`; names may hold dots, so they are not simply joined. */
export function relationKey(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}

/** Whether the privilege holds on one relation. Reading by role covers reading: opening makes the row. */
export function mayUse(
  access: AccessOnDatabase | undefined,
  privilege: DataPrivilege,
  relation: { readonly schema: string; readonly name: string },
): boolean {
  if (access === undefined) return false;
  return (
    access.whole.has(privilege) ||
    (privilege === 'read' && access.byRole) ||
    access.schemas.get(relation.schema)?.has(privilege) === true ||
    access.tables.get(relationKey(relation.schema, relation.name))?.has(privilege) === true
  );
}

/** How much of a database the privilege reaches. */
export function reachOf(access: AccessOnDatabase | undefined, privilege: DataPrivilege): 'all' | 'some' | 'none' {
  if (access === undefined) return 'none';
  if (access.whole.has(privilege) || (privilege === 'read' && access.byRole)) return 'all';
  const parts = [...access.schemas.values(), ...access.tables.values()];
  return parts.some((privileges) => privileges.has(privilege)) ? 'some' : 'none';
}
