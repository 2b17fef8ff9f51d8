import type { Role } from '@tidegate/contract';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { isRole } from './actor.ts';

/** Who holds a role workspace-wide. */
export type RoleHolder = { readonly personId: string } | { readonly groupId: string };

const columnsOf = (holder: RoleHolder) =>
  'personId' in holder ? { person_id: holder.personId, group_id: null } : { person_id: null, group_id: holder.groupId };

/** Held directly, not through a group. */
export async function listRoles(db: Db, holder: RoleHolder): Promise<Role[]> {
  const query = db.selectFrom('workspace_role').select('role').orderBy('role');
  const rows = await ('personId' in holder
    ? query.where('person_id', '=', holder.personId)
    : query.where('group_id', '=', holder.groupId)
  ).execute();
  return rows.map((row) => row.role).filter(isRole);
}

export async function insertRole(tx: Tx, holder: RoleHolder, role: Role, by: string): Promise<string> {
  const row = await tx
    .insertInto('workspace_role')
    .values({ role, ...columnsOf(holder), added_by: by })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function deleteRoles(tx: Tx, holder: RoleHolder, roles: readonly Role[]): Promise<void> {
  if (roles.length === 0) return;
  const query = tx.deleteFrom('workspace_role').where('role', 'in', roles);
  await ('personId' in holder
    ? query.where('person_id', '=', holder.personId)
    : query.where('group_id', '=', holder.groupId)
  ).execute();
}
