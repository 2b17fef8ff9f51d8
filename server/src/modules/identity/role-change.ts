import { type ProjectRole, type Role, roles } from '@tidegate/contract';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { IdentityTx } from './identity-change.ts';
import type { IdentityParts } from './identity-parts.ts';
import { deleteRoles, insertRole, listRoles, type RoleHolder } from './role-store.ts';

export interface RoleDifference {
  readonly added: readonly Role[];
  readonly removed: readonly Role[];
}

/** Workspace Member is held by everybody and never stored. */
export function differenceOf(current: readonly Role[], wanted: readonly Role[]): RoleDifference {
  const target = new Set<Role>(wanted.filter((role) => role !== 'workspace_member'));
  return {
    added: [...target].filter((role) => !current.includes(role)),
    removed: current.filter((role) => !target.has(role)),
  };
}

export function carriesAccess(role: Role): boolean {
  return roles[role].privileges.length > 0;
}

export function selfAssignment(): AppError {
  return new AppError(
    'role.self_assignment',
    'Nobody changes his own roles, or those of a group he is in. Ask another administrator.',
  );
}

export interface Holder {
  readonly ref: RoleHolder;
  /** Named in the record. */
  readonly kind: 'person' | 'group';
  readonly id: string;
  readonly name: string;
}

/**
 * Makes the holder's workspace-wide roles what is wanted. The caller has the locks of all people concerned, and tells
 * the access guard afterwards when something was removed.
 */
export async function changeRoles(
  parts: IdentityParts,
  { tx, note }: IdentityTx,
  actor: Actor,
  holder: Holder,
  wanted: readonly Role[],
): Promise<RoleDifference> {
  const difference = differenceOf(await listRoles(tx, holder.ref), wanted);
  const target = { kind: holder.kind, id: holder.id, name: holder.name };
  await deleteRoles(tx, holder.ref, difference.removed);
  for (const role of difference.removed) {
    note({ kind: 'role.taken', data: { from: target, role, label: roles[role].label } });
  }
  for (const role of difference.added) {
    demandAssignable(actor, role);
    const workspaceRoleId = await insertRole(tx, holder.ref, role, actor.personId);
    if (carriesAccess(role)) {
      const held = 'personId' in holder.ref ? { ...holder.ref, groupId: null } : { ...holder.ref, personId: null };
      const given = { workspaceRoleId, role: role as ProjectRole, ...held, by: actor.personId };
      await parts.roleAccess.roleGiven(tx, given);
    }
    note({ kind: 'role.given', data: { to: target, role, label: roles[role].label } });
  }
  return difference;
}

/** A role that opens data in every project may be given only by who may give access at all. */
function demandAssignable(actor: Actor, role: Role): void {
  if (!carriesAccess(role) || actor.can('member.grant_access', 'workspace')) return;
  throw new AppError('role.not_assignable', `You may not give ${roles[role].label}: it carries access to data.`);
}
