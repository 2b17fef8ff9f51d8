import { z } from 'zod';
import { expiry, grantState, scope, scopeView } from './access.ts';
import { requestLevel, requestSource } from './approval.ts';
import { defineRoutes } from './route.ts';
import { abilities, id, instant, pageOf, pageQuery, privilege, text } from './values.ts';

/** `changes_wanted`: an approver asked for changes; it waits for the requester. */
export const requestState = z.enum(['pending', 'changes_wanted', 'approved', 'rejected', 'withdrawn', 'expired']);
/** `access`: something new. `extend` and `add`: more time, or more tables, for a grant that is in force. */
export const requestKind = z.enum(['access', 'extend', 'add']);

const person = z.object({ id, name: z.string() });
const minutes = z
  .number()
  .int()
  .min(1)
  .max(60 * 24 * 366);
const reason = text(2000).min(1, 'Say why: it is what the approver decides on.');
const ticket = z.string().trim().max(500).nullable().default(null);

/** How risky one source of the request is, and the rule that says so. */
export const requestRisk = z.object({
  source: requestSource,
  /** Null: no rule matched; then it cannot be asked for. */
  level: requestLevel.nullable(),
  ruleId: z.string().nullable(),
  ruleName: z.string().nullable(),
  reason: z.string(),
  /** A rule could not be evaluated and counted as the highest level. */
  isFaulty: z.boolean(),
});

export const requestStep = z.object({
  id,
  /** Flows run beside each other; the steps of one follow each other. */
  flowId: id,
  flowName: z.string(),
  flowVersion: z.number().int(),
  sources: z.array(requestSource),
  position: z.number().int(),
  state: z.enum(['waiting', 'open', 'satisfied', 'passed_over', 'expired', 'void']),
  /** `Project Owner or group On-call` */
  deciders: z.string(),
  quorum: z.number().int(),
  approvedBy: z.array(person),
  /** Who may decide it now; empty unless it is open. */
  approvers: z.array(person),
  dueAt: instant.nullable(),
  sentence: z.string(),
});

/** What approvers took away from what was asked; the requester sees it. */
export const requestCut = z.object({
  by: person,
  at: instant,
  /** `without salary in hr_prod; read only; 60 min instead of 1 day` */
  sentence: z.string(),
  before: z.object({ sentence: z.string(), minutes: z.number().nullable() }),
  after: z.object({ sentence: z.string(), minutes: z.number().nullable() }),
});

export const requestMessage = z.object({
  id,
  kind: z.enum(['comment', 'changes_wanted', 'edited', 'reminded', 'approved', 'rejected', 'narrowed', 'lapsed']),
  /** Null: time or a rule did it. */
  by: person.nullable(),
  text: z.string(),
  at: instant,
  /** Of `approved`: what this approver took away, as in `cuts`; null where he approved all that was left. */
  cut: z.string().nullable(),
});

export const accessRequest = z.object({
  id,
  /** Short number people can say aloud. */
  number: z.number().int(),
  kind: requestKind,
  /** Of `extend` and `add`: the grant that is to be extended. */
  amendsGrantId: id.nullable(),
  state: requestState,
  requester: z.object({ id, name: z.string(), email: z.string() }),
  project: z.object({ id, name: z.string() }),
  scope: scopeView,
  privileges: z.array(privilege),
  sentence: z.string(),
  reason: z.string(),
  ticket: z.string().nullable(),
  expiry,
  /** Access begins at this instant, or at the decision if that is later; null: at the decision. */
  startsAt: instant.nullable(),
  /** When it would end if approved now (pending), or ended/ends (approved). */
  expiresAt: instant.nullable(),
  createdAt: instant,
  /** The highest level of its sources; null where it was never evaluated. */
  level: requestLevel.nullable(),
  isAutoApproved: z.boolean(),
  /** The flow in words, and who can decide now. */
  flow: z.object({
    name: z.string(),
    sentence: z.string(),
    approvers: z.array(person),
    typicalMinutes: z.number().nullable(),
  }),
  decisions: z.array(
    z.object({ by: person, decision: z.enum(['approve', 'reject']), comment: z.string(), at: instant }),
  ),
  /** Hash of exactly what is shown: a decision must carry it. */
  contentHash: z.string(),
  grantId: id.nullable(),
  grantState: grantState.nullable(),
  statementText: z.string().nullable(),
  /** decide, comment, askChanges, narrow, edit, withdraw, remind, requestAgain */
  abilities,
});
export type AccessRequest = z.output<typeof accessRequest>;

export const accessRequestDetail = accessRequest.extend({
  risk: z.array(requestRisk),
  steps: z.array(requestStep),
  conversation: z.array(requestMessage),
  cuts: z.array(requestCut),
  /** What would still be granted, after cuts, for trimming it further. */
  wanted: z.object({ scope, privileges: z.array(privilege), minutes: z.number().nullable() }),
  /** Of `extend` and `add`: the grant with its use so far. */
  renewal: z
    .object({
      grantId: id,
      sentence: z.string(),
      startsAt: instant,
      expiresAt: instant.nullable(),
      statements: z.number().int(),
      rows: z.number(),
      tables: z.array(z.string()),
    })
    .nullable(),
  /** When the requester may remind again; null: now. */
  remindableAt: instant.nullable(),
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
export type AccessRequestDetail = z.output<typeof accessRequestDetail>;

/** What is asked for; the same whether it is asked, previewed or edited. */
const wish = {
  scope,
  privileges: z.array(privilege).min(1).max(3),
  reason,
  expiry,
  startsAt: instant.nullable().default(null),
  ticket,
};

const requestId = z.object({ requestId: id });
const grantId = z.object({ grantId: id });
const shown = { contentHash: z.string().max(100) };

export const requestRoutes = defineRoutes({
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
      ...wish,
      /** The refused statement that this request came from; shown to the approver. */
      statementText: z.string().max(100_000).nullable().default(null),
    }),
    response: accessRequest,
    status: 201,
  },
  'POST /requests/preview': {
    access: { permission: 'request.create' },
    summary:
      'How risky it is, who would decide and how long it usually takes; why it could not be sent and who mends it.',
    body: z.object({
      projectId: id,
      scope,
      privileges: wish.privileges,
      minutes: minutes.nullable().default(null),
      startsAt: wish.startsAt,
      ticket,
    }),
    response: z.object({
      flow: accessRequest.shape.flow,
      steps: z.array(z.string()),
      risk: z.array(requestRisk),
      level: requestLevel.nullable(),
      /** Nobody is asked: it is approved at once. */
      isAutoApproved: z.boolean(),
      sentence: z.string(),
      blocked: z.string().nullable(),
      durations: z.array(z.object({ label: z.string(), minutes: z.number().int() })),
      longestMinutes: z.number().int(),
      allowsNoEnd: z.boolean(),
      needsTicket: z.boolean(),
    }),
  },
  'GET /requests/:requestId': {
    access: { permission: 'self.manage' },
    summary: 'One request with what its decision needs. The requester’s own, its deciders’, or with `request.list`.',
    params: requestId,
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/decision': {
    access: { permission: 'self.manage' },
    summary:
      'Approves or rejects exactly what was shown, or approves less of it, as one whom an open step names. Never one’s own, nor one that one gains from.',
    params: requestId,
    body: z.object({
      decision: z.enum(['approve', 'reject']),
      comment: text(2000).default(''),
      ...shown,
      /** Approves only this much; what is absent stays as asked. */
      narrow: z
        .object({
          scope: scope.optional(),
          privileges: z.array(privilege).min(1).max(3).optional(),
          minutes: minutes.optional(),
        })
        .nullable()
        .default(null),
    }),
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/withdraw': {
    access: { permission: 'self.manage' },
    summary: 'The requester takes a request back that is not decided.',
    params: requestId,
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/comments': {
    access: { permission: 'self.manage' },
    summary: 'Says something about the request: its requester, and those whom its steps name.',
    params: requestId,
    body: z.object({ text: text(2000).min(1, 'Write something here.') }),
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/ask-changes': {
    access: { permission: 'self.manage' },
    summary: 'One who could decide asks the requester to change it; it waits for him.',
    params: requestId,
    body: z.object({ text: text(2000).min(1, 'Say what to change.'), ...shown }),
    response: accessRequestDetail,
  },
  'PUT /requests/:requestId': {
    access: { permission: 'self.manage' },
    summary: 'The requester changes it; risk and flow are looked up again and decisions start anew.',
    params: requestId,
    body: z.object({ ...wish, ...shown }),
    response: accessRequestDetail,
  },
  'POST /requests/:requestId/remind': {
    access: { permission: 'self.manage' },
    summary: 'The requester reminds those who can decide now, at most once an hour.',
    params: requestId,
    response: accessRequestDetail,
  },
  'GET /requests/:requestId/draft': {
    access: { permission: 'self.manage' },
    summary: 'A new request like this one, without what is gone, and the smaller one that its use suggests.',
    params: requestId,
    response: z.object({
      projectId: id,
      scope: scope.nullable(),
      privileges: z.array(privilege),
      reason: z.string(),
      ticket: z.string().nullable(),
      minutes: z.number().int().nullable(),
      /** What was left out because it is not there any more. */
      dropped: z.array(z.string()),
      /** Only what the former grant used: `Used 2 of 12 tables.` */
      used: z.object({ scope, sentence: z.string() }).nullable(),
    }),
  },
  'POST /grants/:grantId/extend': {
    access: { permission: 'self.manage' },
    summary:
      'The holder asks for more time for a grant in force. Never disconnects; the flow may approve it by itself.',
    params: grantId,
    body: z.object({ minutes, reason: text(2000).default(''), ticket }),
    response: accessRequest,
    status: 201,
  },
  'POST /grants/:grantId/add': {
    access: { permission: 'self.manage' },
    summary:
      'The holder asks for more tables for a grant in force, with its privileges and its end. Never disconnects.',
    params: grantId,
    body: z.object({ scope, reason, ticket }),
    response: accessRequest,
    status: 201,
  },
});
