import { z } from 'zod';
import { scopeView } from './access.ts';
import { environmentRef } from './inventory.ts';
import { riskLevels, riskSources } from './risk-attributes.ts';
import { defineRoutes } from './route.ts';
import { abilities, done, id, instant, line, text } from './values.ts';

/** What is asked for, as rules and the matrix see it: a request has one source for each privilege. */
export const requestSource = z.enum(riskSources);
export type RequestSource = z.output<typeof requestSource>;
export const requestLevel = z.enum(riskLevels);
export type RequestLevel = z.output<typeof requestLevel>;

/** Who may decide: everybody who holds a role (in the project or everywhere), a group, or one person. */
export const decider = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('role'), role: z.string().min(1).max(64) }),
  z.object({ kind: z.literal('group'), id }),
  z.object({ kind: z.literal('person'), id }),
]);
export type Decider = z.output<typeof decider>;

const minutes = z
  .number()
  .int()
  .min(1)
  .max(60 * 24 * 366);

export const flowStep = z.object({
  deciders: z.array(decider).min(1, 'Say who may decide.').max(20),
  /** Distinct people who have to approve, whatever roles and groups they are in. */
  quorum: z.number().int().min(1).max(20).default(1),
  /** After so long without its quorum the step ends; null: it waits. */
  minutes: minutes.nullable().default(null),
  /** What happens then: the request expires, or goes on to a later step (counted from 0). */
  afterwards: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('expire') }),
      z.object({ kind: z.literal('step'), step: z.number().int().min(1).max(9) }),
    ])
    .default({ kind: 'expire' }),
});
export type FlowStep = z.output<typeof flowStep>;

/** `steps`: people decide, one step after the other. `auto_approve`: nobody is asked. `refuse`: it cannot be asked for. */
export const flowKind = z.enum(['steps', 'auto_approve', 'refuse']);
const flowShape = {
  name: line(80),
  description: text(500).default(''),
  kind: flowKind,
  steps: z.array(flowStep).max(10).default([]),
  /** Of `auto_approve`: whether it may stand for write. Said in so many words, never by omission. */
  approvesWrite: z.boolean().default(false),
  /** Extensions of a live grant are approved by themselves up to so many minutes altogether; null: they are asked. */
  extendsMinutes: minutes.nullable().default(null),
};
export const flowDraft = z.object(flowShape);
export type FlowDraft = z.output<typeof flowDraft>;

export const approvalFlow = z.object({
  ...flowShape,
  id,
  /** Counts every change; a request keeps the version that it was sent under. */
  version: z.number().int(),
  /** `One Project Owner decides; after 4 h without a decision the request expires.` */
  sentence: z.string(),
  /** Each step in words, with the names of groups and people. */
  stepSentences: z.array(z.string()),
  /** Names of the groups and people in its steps, by id; who is gone is left out. */
  names: z.record(z.string(), z.string()),
  /** How many cells of the matrix and of projects use it. */
  usedBy: z.number().int(),
  updatedAt: instant,
  abilities,
});
export type ApprovalFlow = z.output<typeof approvalFlow>;

/** One cell of the matrix. No flow: nothing of this kind can be asked for. */
export const matrixCell = z.object({ source: requestSource, level: requestLevel, flowId: id.nullable() });
export type MatrixCell = z.output<typeof matrixCell>;

/** Limits of what may be asked for at a level. */
export const levelCaps = z.object({
  level: requestLevel,
  longestMinutes: minutes,
  allowsNoEnd: z.boolean(),
  needsTicket: z.boolean(),
});
export type LevelCaps = z.output<typeof levelCaps>;

/**
 * What a project adds to the workspace's matrix. It can only be stricter: a request must satisfy the workspace's flow and
 * the project's; of two limits the tighter one holds.
 */
export const projectApproval = z.object({
  projectId: id,
  cells: z.array(z.object({ source: requestSource, level: requestLevel, flowId: id })),
  caps: z.array(levelCaps),
  abilities,
});

const flowId = z.object({ flowId: id });
const projectId = z.object({ projectId: id });

export const approvalRoutes = defineRoutes({
  'GET /approval': {
    access: { permission: 'approval.list' },
    summary: 'Custom approval of the workspace: flows, the matrix source × level → flow, and the limits of each level.',
    response: z.object({
      flows: z.array(approvalFlow),
      matrix: z.array(matrixCell),
      caps: z.array(levelCaps),
      /** Roles that a step may name, with their labels. */
      roles: z.array(z.object({ role: z.string(), label: z.string() })),
      abilities,
    }),
  },
  'POST /approval/flows': {
    access: { permission: 'approval.manage' },
    summary: 'Adds a flow.',
    body: flowDraft,
    response: approvalFlow,
    status: 201,
  },
  'PUT /approval/flows/:flowId': {
    access: { permission: 'approval.manage' },
    summary: 'Changes a flow. Requests that were sent keep the version they were sent under.',
    params: flowId,
    body: flowDraft.extend({ version: z.number().int() }),
    response: approvalFlow,
  },
  'DELETE /approval/flows/:flowId': {
    access: { permission: 'approval.manage' },
    summary: 'Takes away a flow that no cell uses.',
    params: flowId,
    response: done,
  },
  'PUT /approval/matrix': {
    access: { permission: 'approval.manage' },
    summary: 'Sets cells of the workspace’s matrix and limits; what is not named stays.',
    body: z.object({ cells: z.array(matrixCell).max(12).default([]), caps: z.array(levelCaps).max(3).default([]) }),
    response: z.object({ matrix: z.array(matrixCell), caps: z.array(levelCaps) }),
  },
  'GET /projects/:projectId/approval': {
    access: { permission: 'project.view' },
    summary: 'What the project adds to the workspace’s matrix, and the flows it may choose from.',
    params: projectId,
    response: projectApproval.extend({
      flows: z.array(approvalFlow),
      workspace: z.object({ matrix: z.array(matrixCell), caps: z.array(levelCaps) }),
    }),
  },
  'PUT /projects/:projectId/approval': {
    access: { permission: 'project.manage' },
    summary: 'Sets what the project adds. It only ever makes asking stricter.',
    params: projectId,
    body: projectApproval.pick({ cells: true, caps: true }),
    response: projectApproval,
  },
});

// ------------------------------------------------------------------ emergency

const principals = z.array(z.object({ kind: z.enum(['person', 'group']), id })).max(200);

/** Who may open what by emergency in an environment. */
export const emergencyPolicy = z.object({
  environment: z.object({ id, name: z.string() }),
  principals: z.array(z.object({ kind: z.enum(['person', 'group']), id, name: z.string() })),
  longestMinutes: z.number().int().min(1).max(60),
});

export const emergencyReview = z.object({
  id,
  grantId: id,
  person: z.object({ id, name: z.string() }),
  project: z.object({ id, name: z.string() }),
  scope: scopeView,
  reason: z.string(),
  incident: z.string(),
  level: requestLevel,
  riskReason: z.string(),
  startsAt: instant,
  expiresAt: instant,
  /** Whether the access has ended; only then the review can be closed. */
  hasEnded: z.boolean(),
  state: z.enum(['open', 'closed']),
  /** Who may close it, the person himself never. */
  reviewers: z.array(z.object({ id, name: z.string() })),
  closedBy: z.object({ id, name: z.string() }).nullable(),
  closedAt: instant.nullable(),
  note: z.string().nullable(),
  statements: z.number().int(),
  abilities,
});

export const emergencyReviewDetail = emergencyReview.extend({
  statementList: z.array(
    z.object({
      id,
      database: z.string(),
      text: z.string(),
      state: z.string(),
      startedAt: instant,
      rows: z.number().nullable(),
      tables: z.array(z.string()).nullable(),
    }),
  ),
  /** Hash of exactly what is shown: closing must carry it. */
  contentHash: z.string(),
});

const reviewId = z.object({ reviewId: id });

export const emergencyRoutes = defineRoutes({
  'GET /emergency/policies': {
    access: { permission: 'approval.list' },
    summary: 'Who may open which environments by emergency.',
    response: z.object({ items: z.array(emergencyPolicy), abilities }),
  },
  'PUT /emergency/policies/:environmentId': {
    access: { permission: 'approval.manage' },
    summary: 'Names the people and groups who may open this environment by emergency. Nobody: it is closed to it.',
    params: z.object({ environmentId: id }),
    body: z.object({ principals, longestMinutes: z.number().int().min(1).max(60).default(60) }),
    response: emergencyPolicy,
  },
  'GET /emergency': {
    access: { permission: 'self.manage' },
    summary: 'What I may open by emergency, and whether a review of mine stands in the way.',
    response: z.object({
      databases: z.array(
        z.object({
          databaseId: id,
          name: z.string(),
          projectId: id,
          project: z.string(),
          environment: environmentRef,
          longestMinutes: z.number().int(),
        }),
      ),
      openReview: z.object({ id, grantId: id }).nullable(),
    }),
  },
  'POST /emergency': {
    access: { permission: 'self.manage' },
    summary: 'Opens databases at once: read only, at most an hour, with a reason, an incident and the own password.',
    body: z.object({
      projectId: id,
      databaseIds: z.array(id).min(1, 'Choose at least one database.').max(20),
      minutes: z.number().int().min(1).max(60),
      reason: text(2000).min(1, 'Say why: whoever reviews it reads this.'),
      incident: line(500),
      password: z.string().min(1).max(256),
    }),
    response: emergencyReview,
    status: 201,
  },
  'GET /emergency/reviews': {
    access: { permission: 'self.manage' },
    summary: 'Emergency access that is under review or was: mine, those I may close, and with `audit.list` all.',
    query: z.object({ state: z.enum(['open', 'closed']).optional() }),
    response: z.object({ items: z.array(emergencyReview) }),
  },
  'GET /emergency/reviews/:reviewId': {
    access: { permission: 'self.manage' },
    summary: 'One emergency access with every statement that ran under it.',
    params: reviewId,
    response: emergencyReviewDetail,
  },
  'POST /emergency/reviews/:reviewId/close': {
    access: { permission: 'self.manage' },
    summary: 'Somebody else closes the review of exactly what was shown.',
    params: reviewId,
    body: z.object({ note: text(2000).min(1, 'Say what you found.'), contentHash: z.string().max(100) }),
    response: emergencyReviewDetail,
  },
});
