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
  const whole = strengthOf(wanted?.whole);
  const schemas = new Map(wanted?.schemas.map((item) => [item.schema, strengthOf(item.privilege)]));
  const tables = new Map(wanted?.tables.map((item) => [keyOf(item), strengthOf(item.privilege)]));
  const found: string[] = [];
  if (strengthOf(held.whole) > whole) found.push(`${held.whole} on all tables`);
  for (const { schema, privilege } of held.schemas) {
    if (strength[privilege] > Math.max(whole, schemas.get(schema) ?? 0)) found.push(`${privilege} on schema ${schema}`);
  }
  for (const item of held.tables) {
    const allowed = Math.max(whole, schemas.get(item.schema) ?? 0, tables.get(keyOf(item)) ?? 0);
    if (strength[item.privilege] > allowed) {
      found.push(`${item.privilege} on ${item.schema === '' ? '' : `${item.schema}.`}${item.table}`);
    }
  }
  return found;
}

function strengthOf(privilege: DatabasePrivilege | null | undefined): number {
  return privilege == null ? 0 : strength[privilege];
}

function keyOf(item: { schema: string; table: string }): string {
  return JSON.stringify([item.schema, item.table]);
}
