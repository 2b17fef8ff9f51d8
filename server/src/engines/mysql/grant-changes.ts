import { EngineError } from '../engine.ts';
import { type HeldObjects, type ObjectPrivileges, widest } from './account-access.ts';
import type { AdminConnections } from './admin-connections.ts';
import { quoteAccount } from './quote.ts';

type Wanted = ReadonlyMap<string, ObjectPrivileges>;

/** Adds all that is missing, then takes away all that is too much; says what it did in `actions`. */
export async function changeGrants(
  admin: AdminConnections,
  name: string,
  wanted: Wanted,
  held: HeldObjects,
  actions: string[],
): Promise<void> {
  for (const { object, privileges } of wanted.values()) {
    const missing = without(privileges, held.objects.get(object.sql)?.privileges);
    if (missing.length === 0) continue;
    await grant(admin, name, object.sql, missing);
    actions.push(`granted ${widest(privileges) ?? ''} on ${object.label}`);
  }
  let mustReset = held.foreign.length > 0;
  for (const { object, privileges } of held.objects.values()) {
    const tooMuch = without(privileges, wanted.get(object.sql)?.privileges);
    if (tooMuch.length === 0) continue;
    mustReset = !(await revoke(admin, name, object.sql, tooMuch)) || mustReset;
    actions.push(`revoked ${tooMuch.join(', ')} on ${object.label}`);
  }
  if (!mustReset) return;
  await reset(admin, name, wanted, held);
  for (const { text } of held.foreign) actions.push(`revoked ${text}`);
}

/**
 * Revokes everything and grants again what is wanted. `CREATE USER` alone allows it, where revoking a single
 * privilege demands to hold it; for an instant the account holds less than it should.
 */
async function reset(admin: AdminConnections, name: string, wanted: Wanted, held: HeldObjects): Promise<void> {
  await admin.rows(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${quoteAccount(name)}`);
  for (const { object, privileges } of wanted.values()) await grant(admin, name, object.sql, [...privileges]);
  const failures: unknown[] = [];
  for (const { level, text } of held.foreign) {
    if (level !== 'role' && level !== 'proxy') continue;
    await admin.rows(`REVOKE ${text} FROM ${quoteAccount(name)}`).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function grant(admin: AdminConnections, name: string, object: string, privileges: readonly string[]) {
  await admin.rows(`GRANT ${privileges.join(', ')} ON ${object} TO ${quoteAccount(name)}`);
}

/** False when the connecting user may not revoke it. */
async function revoke(
  admin: AdminConnections,
  name: string,
  object: string,
  privileges: readonly string[],
): Promise<boolean> {
  try {
    await admin.rows(`REVOKE ${privileges.join(', ')} ON ${object} FROM ${quoteAccount(name)}`);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.kind === 'access_refused') return false;
    // 1141, 1147: somebody else revoked it meanwhile.
    if (!['1141', '1147'].includes(error.serverCode ?? '')) throw error;
  }
  return true;
}

function without(all: ReadonlySet<string>, some: ReadonlySet<string> | undefined): string[] {
  return [...all].filter((one) => some?.has(one) !== true);
}
