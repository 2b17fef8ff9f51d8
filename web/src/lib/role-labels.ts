import { projectRoles, type Role, roles, workspaceRoles } from '@tidegate/contract/permissions';

/** A role as people know it: `Project Developer`. */
export function roleLabel(role: Role): string {
  return roles[role].label;
}

/** Roles that can be held in a project. */
export const projectRoleChoices = projectRoles.map((role) => ({ value: role, label: roles[role].label }));
/** Roles that can be held workspace-wide; every person is a Workspace Member without being told. */
export const workspaceWideRoles: readonly Role[] = [
  ...workspaceRoles.filter((role) => role !== 'workspace_member'),
  ...projectRoles,
];

export function roleSummary(role: Role): string {
  return roles[role].summary;
}

/** Whether the role lets one read without asking, where the environment allows it. */
export function readsByRole(role: Role): boolean {
  return roles[role].readsByRole;
}

/** Privileges on data that come with the role. */
export function rolePrivileges(role: Role): readonly string[] {
  return roles[role].privileges;
}
