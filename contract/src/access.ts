import { z } from 'zod';
import { projectRole } from './identity.ts';
import { environmentRef } from './inventory.ts';
import { defineRoutes } from './route.ts';
import { abilities, done, id, instant, pageOf, pageQuery, principal, principalRef, privilege, text } from './values.ts';

/**
 * What a grant or a request covers. `project`: all databases of the project, also later ones. An item without `table`
 * covers the whole schema, without `schema` the whole database, also later tables; items with a table are a frozen list.
 * `schema` is '' on MySQL and MariaDB.
 */
export const scopeItem = z.object({
  databaseId: id,
  schema: z.string().max(128).nullable().default(null),
  table: z.string().max(128).nullable().default(null),
  /** Without `table`: only the tables that are there when it is sent, as a frozen list of names. Never in answers. */
  asOfNow: z.boolean().optional(),
});
export const scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('project') }),
  z.object({
    kind: z.literal('items'),
    items: z.array(scopeItem).min(1, 'Choose at least one database or table.').max(5000),
  }),
]);
export type Scope = z.output<typeof scope>;
export type ScopeItem = z.output<typeof scopeItem>;

/** A scope as people read it: the same sentence for requester, approver and auditor. */
export const scopeView = z.object({
  sentence: z.string(),
  isProject: z.boolean(),
  databases: z.array(
    z.object({
      databaseId: id,
      name: z.string(),
      instanceTitle: z.string(),
      environment: environmentRef,
      isWhole: z.boolean(),
      schemas: z.array(z.string()),
      tables: z.array(
        z.object({
          schema: z.string(),
          table: z.string(),
          /** Of the table and its columns. */
          labels: z.array(z.string()).default([]),
        }),
      ),
      /** Of everything of this database that is meant. */
      labels: z.array(z.string()).default([]),
    }),
  ),
});
export type ScopeView = z.output<typeof scopeView>;

/** When access ends: after minutes from the decision, at an instant, or never (where allowed). */
export const expiry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('after'),
    minutes: z
      .number()
      .int()
      .min(1)
      .max(60 * 24 * 366),
  }),
  z.object({ kind: z.literal('at'), at: instant }),
  z.object({ kind: z.literal('never') }),
]);
export type Expiry = z.output<typeof expiry>;

export const grantState = z.enum(['scheduled', 'active', 'closing', 'closed']);
export const endKind = z.enum([
  'expired',
  'revoked',
  'given_back',
  'narrowed',
  'role_lost',
  'person_deactivated',
  'group_deleted',
  'database_moved',
  'database_vanished',
  'project_archived',
  'instance_unregistered',
]);

export const closureStep = z.object({
  step: z.enum(['block', 'end', 'revoke', 'drop', 'check']),
  ok: z.boolean(),
  /** What was blocked, ended (backend ids, the statement that ran, for how long), revoked, seen; in words. */
  summary: z.string(),
  details: z.record(z.string(), z.unknown()),
  instanceTitle: z.string().nullable(),
  personName: z.string().nullable(),
  at: instant,
});

export const grant = z.object({
  id,
  source: z.enum(['request', 'membership', 'role', 'emergency']),
  holder: principal,
  project: z.object({ id, name: z.string() }).nullable(),
  scope: scopeView,
  privileges: z.array(privilege),
  /** "dev can read employee, salary and title in hr_prod until 18:00" without the time. */
  sentence: z.string(),
  reason: z.string(),
  role: projectRole.nullable(),
  requestId: id.nullable(),
  memberId: id.nullable(),
  grantedBy: z.object({ id, name: z.string() }).nullable(),
  startsAt: instant,
  expiresAt: instant.nullable(),
  state: grantState,
  end: z
    .object({
      kind: endKind,
      by: z.object({ id, name: z.string() }).nullable(),
      note: z.string().nullable(),
      closingAt: instant,
      endedAt: instant.nullable(),
    })
    .nullable(),
  use: z.object({
    statements: z.number().int(),
    rows: z.number(),
    lastAt: instant.nullable(),
    tables: z.array(z.string()),
  }),
  liveSessions: z.number().int(),
  runningStatements: z.number().int(),
  /**
   * Tables that the grant names and no longer gives: they were dropped, or something else has their name
   * (`isReplaced`), which somebody who may grant can confirm.
   */
  lostTables: z.array(
    z.object({ database: z.string(), schema: z.string(), table: z.string(), since: instant, isReplaced: z.boolean() }),
  ),
  abilities,
});
export type Grant = z.output<typeof grant>;

export const grantDetail = grant.extend({
  closure: z.array(closureStep),
  /** Granted against used. */
  receipt: z.object({
    /** Tables that the grant covers now: those named, and those of whole schemas and databases. */
    granted: z.number().int(),
    used: z.array(
      z.object({
        databaseId: id,
        database: z.string(),
        schema: z.string(),
        table: z.string(),
        statements: z.number().int(),
      }),
    ),
    /** Whether anything was written by it. */
    hasWritten: z.boolean(),
  }),
  /** Rows that belong to it: what it was added to, what was added, what it was before, and what was left of it. */
  family: z.array(
    z.object({
      id,
      relation: z.enum(['added_to', 'addition', 'before', 'left']),
      sentence: z.string(),
      state: grantState,
    }),
  ),
  sessions: z.array(
    z.object({
      id,
      person: z.object({ id, name: z.string() }),
      databaseName: z.string(),
      account: z.string(),
      backendId: z.string().nullable(),
      state: z.enum(['opening', 'open', 'ended']),
      openedAt: instant,
      endedAt: instant.nullable(),
      endReason: z.string().nullable(),
      runningStatement: z.object({ text: z.string(), startedAt: instant }).nullable(),
    }),
  ),
  statements: z.array(
    z.object({
      id,
      text: z.string(),
      state: z.string(),
      startedAt: instant,
      rows: z.number().nullable(),
      person: z.string(),
    }),
  ),
});

/** What ending access would do now, in a sentence, before it is done. */
export const effect = z.object({
  sentence: z.string(),
  people: z.number().int(),
  sessions: z.number().int(),
  runningStatements: z.number().int(),
});

export const member = z.object({
  id,
  principal,
  role: projectRole,
  /** Null for roles that carry no access. */
  scope: scopeView.nullable(),
  expiresAt: instant.nullable(),
  grantId: id.nullable(),
  grantState: grantState.nullable(),
  /** True for a role that is held in every project; changed under Users & Groups. */
  isWorkspaceWide: z.boolean(),
  addedBy: z.object({ id, name: z.string() }).nullable(),
  addedAt: instant,
  abilities,
});

const projectId = z.object({ projectId: id });
const grantId = z.object({ grantId: id });

export const accessRoutes = defineRoutes({
  'GET /projects/:projectId/members': {
    access: { permission: 'member.list' },
    summary: 'Members of the project, and those who hold a project role in every project.',
    params: projectId,
    query: z.object(pageQuery),
    response: pageOf(member).extend({ abilities }),
  },
  'POST /projects/:projectId/members': {
    access: { permission: 'member.grant' },
    summary:
      'Grant access: gives a person or group a role, on a scope, until an expiry. Never to oneself or an own group. Roles that carry data access need `member.grant_access`.',
    params: projectId,
    body: z.object({
      principals: z.array(principalRef).min(1, 'Choose at least one person or group.').max(100),
      role: projectRole,
      scope: scope.default({ kind: 'project' }),
      expiry,
      reason: text(500).default(''),
    }),
    response: z.object({ items: z.array(member) }),
    status: 201,
  },
  'GET /projects/:projectId/members/:memberId/effect': {
    access: { permission: 'member.revoke' },
    summary: 'What removing this member would end.',
    params: z.object({ projectId: id, memberId: id }),
    response: effect,
  },
  'DELETE /projects/:projectId/members/:memberId': {
    access: { permission: 'member.revoke' },
    summary: 'Takes the role away; the access that came with it ends at once, running statements included.',
    params: z.object({ projectId: id, memberId: id }),
    response: done,
  },
  'DELETE /projects/:projectId': {
    access: { permission: 'project.manage' },
    summary:
      'Deletes an archived project once every closure has passed. Its databases are in no project then; its record stays.',
    params: projectId,
    response: done,
  },
  'GET /grants': {
    access: { permission: 'self.manage' },
    summary: 'Grants that I hold (`mine`), of a project, or all; newest first. Others’ need `grant.list`.',
    query: z.object({
      ...pageQuery,
      mine: z
        .enum(['true', 'false'])
        .default('true')
        .transform((value) => value === 'true'),
      projectId: id.optional(),
      personId: id.optional(),
      state: z.enum(['scheduled', 'active', 'closing', 'closed', 'live']).optional(),
    }),
    response: pageOf(grant),
  },
  'GET /grants/:grantId': {
    access: { permission: 'self.manage' },
    summary: 'One grant with its use, sessions and closure record. The holder’s own, or with `grant.list`.',
    params: grantId,
    response: grantDetail,
  },
  'GET /grants/:grantId/effect': {
    access: { permission: 'self.manage' },
    summary: 'What ending this grant would end. The holder’s own, or with `grant.revoke`.',
    params: grantId,
    response: effect,
  },
  'POST /grants/:grantId/revoke': {
    access: { permission: 'grant.revoke' },
    summary: 'Ends a grant at once, running statements included.',
    params: grantId,
    body: z.object({ note: text(500).default('') }),
    response: grantDetail,
  },
  'POST /grants/:grantId/confirm-tables': {
    access: { permission: 'member.grant_access' },
    summary:
      'Gives the tables that now have the names of lost ones: made again, or renamed into them. Never on one’s own grant.',
    params: grantId,
    response: grantDetail,
  },
  'POST /grants/:grantId/give-back': {
    access: { permission: 'self.manage' },
    summary: 'The holder ends his grant.',
    params: grantId,
    response: grantDetail,
  },
  'GET /my-access': {
    access: { permission: 'self.manage' },
    summary: 'What I can do now, as sentences with their ends.',
    response: z.object({ items: z.array(grant), serverNow: instant }),
  },
});
