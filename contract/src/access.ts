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
      tables: z.array(z.object({ schema: z.string(), table: z.string() })),
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
  abilities,
});
export type Grant = z.output<typeof grant>;

export const grantDetail = grant.extend({
  closure: z.array(closureStep),
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

export const requestState = z.enum(['pending', 'approved', 'rejected', 'withdrawn', 'expired']);
export const accessRequest = z.object({
  id,
  /** Short number people can say aloud. */
  number: z.number().int(),
  state: requestState,
  requester: z.object({ id, name: z.string(), email: z.string() }),
  project: z.object({ id, name: z.string() }),
  scope: scopeView,
  privileges: z.array(privilege),
  sentence: z.string(),
  reason: z.string(),
  expiry,
  /** When it would end if approved now (pending), or ended/ends (approved). */
  expiresAt: instant.nullable(),
  createdAt: instant,
  /** The flow in words, and who can decide now. */
  flow: z.object({
    name: z.string(),
    sentence: z.string(),
    approvers: z.array(z.object({ id, name: z.string() })),
    typicalMinutes: z.number().nullable(),
  }),
  decisions: z.array(
    z.object({
      by: z.object({ id, name: z.string() }),
      decision: z.enum(['approve', 'reject']),
      comment: z.string(),
      at: instant,
    }),
  ),
  /** Hash of exactly what is shown: a decision must carry it. */
  contentHash: z.string(),
  grantId: id.nullable(),
  grantState: grantState.nullable(),
  statementText: z.string().nullable(),
  abilities,
});
export type AccessRequest = z.output<typeof accessRequest>;

export const accessRequestDetail = accessRequest.extend({
  /** What the person has today on these databases, as a sentence each. */
  today: z.array(z.string()),
  /** What the request would add beyond it. */
  added: z.array(
    z.object({ database: z.string(), schema: z.string(), table: z.string().nullable(), privilege: z.string() }),
  ),
  /** The requester's latest grants and what was used of them. */
  history: z.array(
    z.object({
      grantId: id,
      sentence: z.string(),
      startsAt: instant,
      endedAt: instant.nullable(),
      statements: z.number().int(),
      rows: z.number(),
    }),
  ),
  warnings: z.array(z.string()),
});

const projectId = z.object({ projectId: id });
const grantId = z.object({ grantId: id });
const requestId = z.object({ requestId: id });

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
  'GET /requests': {
    access: { permission: 'self.manage' },
    summary: 'Access requests: mine, those I can decide, or all that I may see.',
    query: z.object({
      ...pageQuery,
      view: z.enum(['mine', 'to_decide', 'all']).default('all'),
      state: requestState.optional(),
      projectId: id.optional(),
    }),
    response: pageOf(accessRequest).extend({
      counts: z.object({ toDecide: z.number().int(), minePending: z.number().int() }),
    }),
  },
  'POST /requests': {
    access: { permission: 'request.create' },
    summary: 'Asks for access. All databases of one request belong to one project.',
    body: z.object({
      projectId: id,
      scope,
      privileges: z.array(privilege).min(1).max(3),
      reason: text(2000).min(1, 'Say why: it is what the approver decides on.'),
      expiry,
      /** The refused statement that this request came from; shown to the approver. */
      statementText: z.string().max(100_000).nullable().default(null),
    }),
    response: accessRequest,
    status: 201,
  },
  'POST /requests/preview': {
    access: { permission: 'request.create' },
    summary: 'Who would decide and how long it usually takes; why it could not be sent.',
    body: z.object({ projectId: id, scope, privileges: z.array(privilege).min(1).max(3) }),
    response: z.object({
      flow: accessRequest.shape.flow,
      sentence: z.string(),
      blocked: z.string().nullable(),
      durations: z.array(z.object({ label: z.string(), minutes: z.number().int() })),
    }),
  },
  'GET /requests/:requestId': {
    access: { permission: 'self.manage' },
    summary: 'One request with what its decision needs. The requester’s own, or with `request.list`.',
    params: requestId,
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/decision': {
    access: { permission: 'request.decide' },
    summary: 'Approves or rejects exactly what was shown. Never one’s own, nor one that one gains from.',
    params: requestId,
    body: z.object({
      decision: z.enum(['approve', 'reject']),
      comment: text(2000).default(''),
      contentHash: z.string().max(100),
    }),
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/withdraw': {
    access: { permission: 'self.manage' },
    summary: 'The requester takes a pending request back.',
    params: requestId,
    response: accessRequestDetail,
  },
});
