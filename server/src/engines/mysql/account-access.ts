import type { DatabaseAccess, DatabasePrivilege, TableAccess } from '../engine.ts';
import type { HeldGrant } from './held-grants.ts';
import { type DatabaseReading, databaseOfGrant, quoteTable, quoteWholeDatabase } from './quote.ts';

const privilegesOf: Readonly<Record<DatabasePrivilege, readonly string[]>> = {
  read: ['SELECT'],
  write: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
};

/** A whole database or one table, as `GRANT … ON` names it. */
export interface GrantObject {
  /** Quoted, for statements; the same object always has the same one. */
  readonly sql: string;
  readonly label: string;
  readonly database: string;
  /** Null for the whole database. */
  readonly table: string | null;
}

export interface ObjectPrivileges {
  readonly object: GrantObject;
  readonly privileges: ReadonlySet<string>;
}

function wholeDatabase(database: string, reading: DatabaseReading): GrantObject {
  return { sql: quoteWholeDatabase(database, reading), label: `${database}.*`, database, table: null };
}

function oneTable(database: string, table: string): GrantObject {
  return { sql: quoteTable(database, table), label: `${database}.${table}`, database, table };
}

/** What the spec asks for, object by object; the wider privilege wins where one is named twice. */
export function wantedObjects(
  access: readonly DatabaseAccess[],
  reading: DatabaseReading,
): ReadonlyMap<string, ObjectPrivileges> {
  const wanted = new Map<string, ObjectPrivileges>();
  const add = (object: GrantObject, privilege: DatabasePrivilege): void => {
    const before = wanted.get(object.sql)?.privileges ?? [];
    wanted.set(object.sql, { object, privileges: new Set([...before, ...privilegesOf[privilege]]) });
  };
  for (const { database, whole, tables } of access) {
    if (whole !== null) add(wholeDatabase(database, reading), whole);
    for (const { table, privilege } of tables) add(oneTable(database, table), privilege);
  }
  return wanted;
}

export interface HeldObjects {
  readonly objects: ReadonlyMap<string, ObjectPrivileges>;
  /** What no spec can ask for at all; only revoking everything is sure to take it away. */
  readonly foreign: readonly HeldGrant[];
}

export function heldObjects(grants: readonly HeldGrant[], reading: DatabaseReading): HeldObjects {
  const objects = new Map<string, ObjectPrivileges>();
  const foreign: HeldGrant[] = [];
  for (const grant of grants) {
    const object = objectOf(grant, reading);
    if (object === null) foreign.push(grant);
    else objects.set(object.sql, { object, privileges: new Set(grant.privileges) });
  }
  return { objects, foreign };
}

function objectOf(grant: HeldGrant, reading: DatabaseReading): GrantObject | null {
  if (grant.hasColumns || grant.canGrant || grant.isRevoke || grant.privileges.includes('ALL PRIVILEGES')) return null;
  if (grant.level === 'table') return oneTable(grant.database, grant.table);
  const database = grant.level === 'database' ? databaseOfGrant(grant.database, reading) : null;
  return database === null ? null : wholeDatabase(database, reading);
}

/** The contract's words for what is held, and what has no such words. */
export function describeHeld(held: HeldObjects): { access: DatabaseAccess[]; unexpected: string[] } {
  const unexpected = held.foreign.map((grant) => `${grant.text}${grant.canGrant ? ' WITH GRANT OPTION' : ''}`);
  const databases = new Map<string, { whole: DatabasePrivilege | null; tables: TableAccess[] }>();
  for (const { object, privileges } of held.objects.values()) {
    const privilege = widest(privileges);
    const rest = [...privileges].filter((one) => privilege === null || !privilegesOf[privilege].includes(one));
    if (rest.length > 0) unexpected.push(`${rest.join(', ')} on ${object.label}`);
    if (privilege === null) continue;
    const entry = databases.get(object.database) ?? { whole: null, tables: [] };
    databases.set(object.database, entry);
    if (object.table === null) entry.whole = privilege;
    else entry.tables.push({ schema: '', table: object.table, privilege });
  }
  const access = [...databases].map(([database, { whole, tables }]) => ({ database, whole, schemas: [], tables }));
  return { access, unexpected };
}

export function widest(privileges: ReadonlySet<string>): DatabasePrivilege | null {
  if (privilegesOf.write.every((one) => privileges.has(one))) return 'write';
  return privileges.has('SELECT') ? 'read' : null;
}
