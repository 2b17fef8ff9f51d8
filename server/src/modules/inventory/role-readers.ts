import { roles } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Tx } from '../../platform/store/tx.ts';
import type { AccessGuard } from '../identity/index.ts';

const readingRoles = Object.entries(roles)
  .filter(([, role]) => role.readsByRole)
  .map(([name]) => name);

/**
 * Everybody who loses something when reading by role is switched off on these databases: those who hold rows there, and
 * those who may be making one this very moment, because the lock only holds back people who are named.
 */
export async function lockRoleReaders(guard: AccessGuard, tx: Tx, databaseIds: readonly string[]): Promise<string[]> {
  const holders = databaseIds.length === 0 ? [] : await guard.peopleOfDatabases(tx, databaseIds);
  const people = [...new Set([...holders, ...(await possibleRoleReaders(tx))])];
  await guard.lockPeople(tx, people);
  return people;
}

async function possibleRoleReaders(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ personId: string }>`
    with held as (
      select person_id, group_id from tidegate.workspace_role where role = any(${readingRoles}::text[])
      union all
      select person_id, group_id from tidegate.project_member where role = any(${readingRoles}::text[])
    )
    select person_id as "personId" from held where person_id is not null
    union
    select member.person_id from held join tidegate.group_member member on member.group_id = held.group_id
  `.execute(tx);
  return rows.map(({ personId }) => personId);
}
