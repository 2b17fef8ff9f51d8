import { type Role, type RoleDefinition, type RouteAnswer, type Routes, roles } from '@tidegate/contract';
import type { Actor } from '../../platform/http/route.ts';
import { isOneself } from './identity-change.ts';
import type { GroupRow, PersonRow } from './identity-read-model.ts';

type PersonView = RouteAnswer<Routes['GET /people']>['items'][number];
type GroupView = RouteAnswer<Routes['GET /groups']>['items'][number];

/** Abilities say what would be let through for this actor now; pages draw their buttons from them. */
export function presentPerson(person: PersonRow, actor: Actor): PersonView {
  const canManage = actor.can('person.manage', 'workspace');
  const isOther = canManage && !isOneself(actor, person.id);
  const isHere = person.state !== 'deactivated';
  return {
    ...person,
    roles: [...person.roles],
    groups: [...person.groups],
    createdAt: person.createdAt.toISOString(),
    lastSeenAt: person.lastSeenAt?.toISOString() ?? null,
    abilities: {
      edit: canManage,
      changeRoles: isOther && isHere,
      deactivate: isOther && isHere,
      activate: canManage && !isHere,
      invite: isOther && isHere,
      revokeAccess: isHere && actor.can('grant.revoke', 'workspace'),
    },
  };
}

export function presentGroup(group: GroupRow, actor: Actor): GroupView {
  const canManage = actor.can('group.manage', 'workspace');
  const isOutside = canManage && !group.members.some((member) => isOneself(actor, member.id));
  return {
    ...group,
    roles: [...group.roles],
    members: [...group.members],
    createdAt: group.createdAt.toISOString(),
    abilities: { edit: canManage, changePeople: canManage, changeRoles: isOutside, delete: isOutside },
  };
}

export function presentRoles(): RouteAnswer<Routes['GET /roles']> {
  const items = (Object.entries(roles) as [Role, RoleDefinition][]).map(([role, definition]) => ({
    role,
    label: definition.label,
    summary: definition.summary,
    level: definition.level,
    permissions: [...definition.permissions],
    privileges: [...definition.privileges],
  }));
  return { items };
}
