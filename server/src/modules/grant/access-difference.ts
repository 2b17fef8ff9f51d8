import type { DatabaseAccess, DatabasePrivilege } from '../../engines/engine.ts';

const strength: Readonly<Record<DatabasePrivilege, number>> = { read: 1, write: 2 };

/** Databases in which the account holds more than it should, with what is too much there in words. */
export function excessOf(
  actual: readonly DatabaseAccess[],
  desired: readonly DatabaseAccess[],
): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map(desired.map((access) => [access.database, access]));
  const excess = new Map<string, string[]>();
  for (const held of actual) {
    const found = excessIn(held, wanted.get(held.database));
    if (found.length > 0) excess.set(held.database, found);
  }
  return excess;
}

function excessIn(held: DatabaseAccess, wanted: DatabaseAccess | undefined): string[] {
  const found: string[] = [];
  const exceeds = (privilege: DatabasePrivilege | null, allowed: DatabasePrivilege | null | undefined) =>
    privilege !== null && strength[privilege] > (allowed == null ? 0 : strength[allowed]);
  if (exceeds(held.whole, wanted?.whole)) found.push(`${held.whole} on all tables`);
  for (const item of held.schemas) {
    if (exceeds(item.privilege, strongest(wanted?.whole, schemaOf(wanted, item.schema)))) {
      found.push(`${item.privilege} on schema ${item.schema}`);
    }
  }
  for (const item of held.tables) {
    const table = wanted?.tables.find((one) => one.schema === item.schema && one.table === item.table)?.privilege;
    if (exceeds(item.privilege, strongest(wanted?.whole, schemaOf(wanted, item.schema), table))) {
      found.push(`${item.privilege} on ${item.schema === '' ? '' : `${item.schema}.`}${item.table}`);
    }
  }
  return found;
}

function schemaOf(wanted: DatabaseAccess | undefined, schema: string): DatabasePrivilege | undefined {
  return wanted?.schemas.find((one) => one.schema === schema)?.privilege;
}

function strongest(...privileges: readonly (DatabasePrivilege | null | undefined)[]): DatabasePrivilege | null {
  if (privileges.includes('write')) return 'write';
  return privileges.includes('read') ? 'read' : null;
}
