import { type Permission, permissions, type Role, roles } from '@tidegate/contract';
import type { Actor, Resource } from '../../platform/http/route.ts';

/** Who somebody is and which roles he holds now, as the store has it. */
export interface ActorFacts {
  readonly personId: string;
  readonly name: string;
  readonly email: string;
  readonly adminPersonId: string | null;
  readonly mustChangePassword: boolean;
  /** Held workspace-wide, by himself or by a group; project roles among them hold in every project. */
  readonly workspaceWideRoles: readonly string[];
  /** Held in single projects. */
  readonly projectRoles: readonly { readonly projectId: string; readonly role: string }[];
}

/** What is known of an actor beyond what other modules need. */
export interface KnownActor extends Actor {
  readonly roles: readonly Role[];
  /** Held in the workspace or in every project. */
  readonly permissions: readonly Permission[];
}

/**
 * Turns roles into answers. Roles that this version does not know, or that stand at the wrong level, give nothing.
 * Every active person is a Workspace Member.
 */
export function createActor(facts: ActorFacts): KnownActor {
  const wide = new Set<Role>(['workspace_member', ...facts.workspaceWideRoles.filter(isRole)]);
  const inWorkspace = permissionsOf([...wide].filter((role) => roles[role].level === 'workspace'));
  const everywhere = permissionsOf([...wide]);
  const byProject = new Map<string, Set<Permission>>();
  for (const { projectId, role } of facts.projectRoles) {
    if (!isRole(role) || roles[role].level !== 'project') continue;
    byProject.set(projectId, new Set([...(byProject.get(projectId) ?? []), ...permissionsOf([role])]));
  }

  const can = (permission: Permission, resource: Resource): boolean => {
    if (resource === 'self' || resource === 'workspace' || resource.projectId === null) {
      return inWorkspace.has(permission);
    }
    return everywhere.has(permission) || (byProject.get(resource.projectId)?.has(permission) ?? false);
  };
  const projectsWith = (permission: Permission): 'all' | readonly string[] =>
    everywhere.has(permission)
      ? 'all'
      : [...byProject].filter(([, held]) => held.has(permission)).map(([projectId]) => projectId);

  const { personId, name, email, adminPersonId, mustChangePassword } = facts;
  return {
    ...{ personId, name, email, adminPersonId, mustChangePassword, can, projectsWith },
    roles: [...wide],
    permissions: permissions.filter((permission) => everywhere.has(permission)),
  };
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(roles, text);
}

function permissionsOf(held: readonly Role[]): Set<Permission> {
  return new Set(held.flatMap((role) => roles[role].permissions));
}
