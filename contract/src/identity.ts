import { z } from 'zod';
import { permissions, projectRoles, workspaceRoles } from './permissions.ts';
import { defineRoutes } from './route.ts';
import { abilities, done, email, id, instant, line, newPassword, pageOf, pageQuery } from './values.ts';

export const role = z.enum([...workspaceRoles, ...projectRoles]);
export const workspaceRole = z.enum(workspaceRoles);
export const projectRole = z.enum(projectRoles);

export const person = z.object({
  id,
  name: z.string(),
  email: z.string(),
  state: z.enum(['invited', 'active', 'deactivated']),
  /** Workspace roles, and project roles held in every project. `workspace_member` is held by all and not listed. */
  roles: z.array(role),
  groups: z.array(z.object({ id, name: z.string() })),
  isSample: z.boolean(),
  createdAt: instant,
  lastSeenAt: instant.nullable(),
  abilities,
});

export const group = z.object({
  id,
  name: z.string(),
  roles: z.array(role),
  members: z.array(z.object({ id, name: z.string(), email: z.string() })),
  createdAt: instant,
  abilities,
});

export const me = z.object({
  person: z.object({ id, name: z.string(), email: z.string() }),
  /** Permissions held workspace-wide; those of single projects come with each entity as `abilities`. */
  permissions: z.array(z.enum(permissions)),
  roles: z.array(role),
  mustChangePassword: z.boolean(),
  /** Set while an administrator looks through the sample person's eyes. */
  returnTo: z.object({ id, name: z.string() }).nullable(),
  samples: z.object({ exist: z.boolean(), canContinueAsDev: z.boolean() }),
  /** Standing warnings for those who can do something about them. */
  warnings: z.array(z.object({ key: z.string(), message: z.string(), action: z.string().nullable() })),
  serverNow: instant,
});
export type Me = z.output<typeof me>;

const roleList = z.array(role).max(20);

export const identityRoutes = defineRoutes({
  'GET /setup': {
    access: { public: 'The first page must know whether anybody has registered.' },
    summary: 'Whether the workspace awaits its first person, and what this server is.',
    response: z.object({ isRegistrationOpen: z.boolean(), version: z.string(), areSamplesPossible: z.boolean() }),
  },
  'POST /register': {
    access: { public: 'The first person registers before anybody can sign in; refused afterwards.' },
    summary: 'Registers the first person as workspace admin and signs in.',
    body: z.object({ name: line(100), email, password: newPassword, withSamples: z.boolean().default(false) }),
    response: me,
    status: 201,
  },
  'POST /sign-in': {
    access: { public: 'Nobody is signed in yet.' },
    summary: 'Signs in with e-mail and password.',
    body: z.object({ email: z.string().max(254), password: z.string().max(256) }),
    response: me,
  },
  'POST /sign-out': { access: { permission: 'self.manage' }, summary: 'Ends this browser session.', response: done },
  'POST /sign-out-everywhere': {
    access: { permission: 'self.manage' },
    summary: 'Ends every browser session of the person, this one included.',
    response: done,
  },
  'GET /me': { access: { permission: 'self.manage' }, summary: 'Who is signed in and what he may do.', response: me },
  'POST /me/password': {
    access: { permission: 'self.manage' },
    summary: 'Changes the own password; other browser sessions end.',
    body: z.object({ current: z.string().max(256), next: newPassword }),
    response: done,
  },
  'POST /me/continue-as-dev': {
    access: { permission: 'sample.manage' },
    summary: 'While the samples exist: continue as the sample developer. Recorded.',
    response: me,
  },
  'POST /me/return': {
    access: { permission: 'self.manage' },
    summary: 'Back from the sample developer to oneself. Recorded.',
    response: me,
  },
  'GET /invitations/:token': {
    access: { public: 'The invited person has no account yet; the token is the proof.' },
    summary: 'Whom an invitation is for.',
    params: z.object({ token: z.string().max(100) }),
    response: z.object({ name: z.string(), email: z.string(), expiresAt: instant }),
  },
  'POST /invitations/:token/accept': {
    access: { public: 'The invited person has no account yet; the token is the proof and works once.' },
    summary: 'Chooses a password and signs in.',
    params: z.object({ token: z.string().max(100) }),
    body: z.object({ password: newPassword }),
    response: me,
  },
  'GET /people': {
    access: { permission: 'person.list' },
    summary: 'People of the workspace.',
    query: z.object({ ...pageQuery, state: z.enum(['invited', 'active', 'deactivated']).optional() }),
    response: pageOf(person),
  },
  'POST /people': {
    access: { permission: 'person.manage' },
    summary: 'Adds a person: by an invitation link, or with a first password to be changed at sign-in.',
    body: z.object({
      name: line(100),
      email,
      roles: roleList.default([]),
      firstPassword: newPassword.nullable().default(null),
    }),
    response: z.object({ person, invitationUrl: z.string().nullable(), invitationExpiresAt: instant.nullable() }),
    status: 201,
  },
  'PATCH /people/:personId': {
    access: { permission: 'person.manage' },
    summary: 'Changes name or workspace-wide roles. Losing a role ends the access that came with it.',
    params: z.object({ personId: id }),
    body: z.object({ name: line(100).optional(), roles: roleList.optional() }),
    response: person,
  },
  'POST /people/:personId/deactivate': {
    access: { permission: 'person.manage' },
    summary: 'Signs the person out everywhere and ends all of his access.',
    params: z.object({ personId: id }),
    response: person,
  },
  'POST /people/:personId/activate': {
    access: { permission: 'person.manage' },
    summary: 'Lets a deactivated person sign in again; ended access stays ended.',
    params: z.object({ personId: id }),
    response: person,
  },
  'POST /people/:personId/invitation': {
    access: { permission: 'person.manage' },
    summary: 'A new link by which the person chooses a password; older links stop working.',
    params: z.object({ personId: id }),
    response: z.object({ invitationUrl: z.string(), invitationExpiresAt: instant }),
  },
  'GET /groups': {
    access: { permission: 'person.list' },
    summary: 'Groups of people.',
    query: z.object(pageQuery),
    response: pageOf(group),
  },
  'POST /groups': {
    access: { permission: 'group.manage' },
    summary: 'Makes a group.',
    body: z.object({ name: line(100), roles: roleList.default([]), personIds: z.array(id).max(10_000).default([]) }),
    response: group,
    status: 201,
  },
  'PATCH /groups/:groupId': {
    access: { permission: 'group.manage' },
    summary: 'Changes name, roles or the people in it. Who is removed loses the access that came with the group.',
    params: z.object({ groupId: id }),
    body: z.object({
      name: line(100).optional(),
      roles: roleList.optional(),
      personIds: z.array(id).max(10_000).optional(),
    }),
    response: group,
  },
  'DELETE /groups/:groupId': {
    access: { permission: 'group.manage' },
    summary: 'Deletes a group; its access ends.',
    params: z.object({ groupId: id }),
    response: done,
  },
  'GET /roles': {
    access: { permission: 'role.list' },
    summary: 'The predefined roles with their permissions and privileges.',
    response: z.object({
      items: z.array(
        z.object({
          role,
          label: z.string(),
          summary: z.string(),
          level: z.enum(['workspace', 'project']),
          permissions: z.array(z.string()),
          privileges: z.array(z.string()),
        }),
      ),
    }),
  },
  'GET /principals': {
    access: { permission: 'member.list' },
    summary: 'People and groups by name, for pickers.',
    query: z.object({ search: z.string().max(200).optional(), projectId: id.optional() }),
    response: z.object({
      items: z.array(
        z.object({ kind: z.enum(['person', 'group']), id, name: z.string(), email: z.string().nullable() }),
      ),
    }),
  },
});
