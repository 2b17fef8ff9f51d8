/**
 * The one table of permissions and predefined roles. A permission says what a person may do in Tidegate; it never
 * opens data: data access is a row of the ledger (see `role.privileges` for the roles that own such a row).
 */

export const permissions = [
  // About oneself. Everybody who is signed in holds it.
  'self.manage',
  // Workspace.
  'workspace.settings',
  'person.list',
  'person.manage',
  'group.manage',
  'role.list',
  'environment.list',
  'environment.manage',
  'instance.list',
  'instance.manage',
  'sample.manage',
  'project.create',
  'audit.list',
  'approval.list',
  'approval.manage',
  // What of the record is kept, and for how long.
  'audit.manage',
  'rule.list',
  'rule.manage',
  // Project (also held workspace-wide by those who administer).
  'project.view',
  'project.manage',
  'project.transfer',
  'member.list',
  'member.grant',
  'member.grant_access',
  'member.revoke',
  'editor.use',
  'request.create',
  'request.list',
  'request.decide',
  'grant.list',
  'grant.revoke',
] as const;
export type Permission = (typeof permissions)[number];

export const workspaceRoles = ['workspace_admin', 'workspace_dba', 'workspace_auditor', 'workspace_member'] as const;
export type WorkspaceRole = (typeof workspaceRoles)[number];

export const projectRoles = [
  'project_owner',
  'project_developer',
  'sql_editor_user',
  'sql_editor_read_only',
  'project_querier',
  'project_viewer',
] as const;
export type ProjectRole = (typeof projectRoles)[number];
export type Role = WorkspaceRole | ProjectRole;

export type Privilege = 'read' | 'write' | 'export';

export interface RoleDefinition {
  readonly label: string;
  readonly summary: string;
  readonly level: 'workspace' | 'project';
  readonly permissions: readonly Permission[];
  /** Privileges that membership with this role carries: a `membership` row of the ledger. */
  readonly privileges: readonly Privilege[];
  /** May open a session by his role (a `role` row: read, one hour, renewed while in use) where the environment allows it. */
  readonly readsByRole: boolean;
}

const seesProject: readonly Permission[] = ['project.view', 'member.list'];
const asks: readonly Permission[] = [...seesProject, 'editor.use', 'request.create'];
const ownsProject: readonly Permission[] = [
  ...asks,
  'project.manage',
  'project.transfer',
  'member.grant',
  'member.revoke',
  'request.list',
  'request.decide',
  'grant.list',
  'grant.revoke',
];

/** Reading what says who may do what, who did what and who allowed it. Permissions that only read end in `list` or `view`. */
const readsRecord: readonly Permission[] = permissions.filter((permission) => /\.(?:list|view)$/.test(permission));

export const roles: Readonly<Record<Role, RoleDefinition>> = {
  workspace_admin: {
    label: 'Workspace Admin',
    summary: 'Manages everything, reads data by role where the environment allows it, decides requests.',
    level: 'workspace',
    permissions: [...permissions],
    privileges: [],
    readsByRole: true,
  },
  workspace_dba: {
    label: 'Workspace DBA',
    summary: 'Manages instances, projects and access, decides requests; does not manage people.',
    level: 'workspace',
    permissions: [
      'self.manage',
      'person.list',
      'role.list',
      'environment.list',
      'environment.manage',
      'instance.list',
      'instance.manage',
      'project.create',
      'approval.list',
      'rule.list',
      'rule.manage',
      ...ownsProject,
      'member.grant_access',
    ],
    privileges: [],
    readsByRole: true,
  },
  workspace_auditor: {
    label: 'Workspace Auditor',
    summary:
      'Reads requests, grants, statements, rules, closures and the audit log. Changes nothing and queries nothing.',
    level: 'workspace',
    permissions: ['self.manage', ...readsRecord],
    privileges: [],
    readsByRole: false,
  },
  workspace_member: {
    label: 'Workspace Member',
    summary: 'Can sign in. Sees only the projects he is a member of.',
    level: 'workspace',
    permissions: ['self.manage', 'environment.list', 'role.list'],
    privileges: [],
    readsByRole: false,
  },
  project_owner: {
    label: 'Project Owner',
    summary: 'Manages the project and its members, decides its requests, reads its data by role.',
    level: 'project',
    permissions: ownsProject,
    privileges: [],
    readsByRole: true,
  },
  project_developer: {
    label: 'Project Developer',
    summary: 'Sees the project and its databases and may ask for access. Reads nothing.',
    level: 'project',
    permissions: asks,
    privileges: [],
    readsByRole: false,
  },
  sql_editor_user: {
    label: 'SQL Editor User',
    summary: 'Reads and writes the chosen databases.',
    level: 'project',
    permissions: asks,
    privileges: ['read', 'write'],
    readsByRole: false,
  },
  sql_editor_read_only: {
    label: 'SQL Editor Read-only',
    summary: 'Reads the chosen databases.',
    level: 'project',
    permissions: asks,
    privileges: ['read'],
    readsByRole: false,
  },
  project_querier: {
    label: 'Project Querier',
    summary: 'Reads the chosen databases; what an approved request gives.',
    level: 'project',
    permissions: asks,
    privileges: ['read'],
    readsByRole: false,
  },
  project_viewer: {
    label: 'Project Viewer',
    summary: 'Sees the project, its databases and members. Reads nothing and asks for nothing.',
    level: 'project',
    permissions: seesProject,
    privileges: [],
    readsByRole: false,
  },
};
