import { z } from 'zod';
import { flowDraft, levelCaps, matrixCell } from './approval.ts';
import { riskRuleChange } from './risk.ts';
import { defineRoutes } from './route.ts';
import { id, instant } from './values.ts';

export const replayOutcome = z.enum(['auto_approved', 'asked', 'refused']);
const outcomeCounts = z.object({ autoApproved: z.number().int(), asked: z.number().int(), refused: z.number().int() });
export const replayReport = z.object({
  /** Requests looked at, and since when. */
  requests: z.number().int(),
  since: instant,
  /** "Of the last 30 days' 86 requests this would have auto-approved 61, asked 22, refused 3." */
  sentence: z.string(),
  before: outcomeCounts,
  after: outcomeCounts,
  /** Those with another outcome, another flow or another level, newest first, at most 200. */
  changes: z.array(
    z.object({
      requestId: id,
      number: z.number().int(),
      requester: z.string(),
      project: z.string(),
      createdAt: instant,
      before: z.object({ outcome: replayOutcome, words: z.string() }),
      after: z.object({ outcome: replayOutcome, words: z.string() }),
    }),
  ),
  changed: z.number().int(),
});

export const replayRoutes = defineRoutes({
  'POST /approval/replay': {
    access: { permission: 'approval.manage' },
    summary:
      'What the requests of the last days would have met if these rules, flows, cells and limits were in force, beside what they would meet as it is saved now.',
    body: z.object({
      rules: z.array(riskRuleChange).max(20).default([]),
      /** With the id of the flow it would replace, or a new one that `cells` may name. */
      flows: z.array(flowDraft.extend({ id })).max(50).default([]),
      cells: z.array(matrixCell).max(12).default([]),
      caps: z.array(levelCaps).max(3).default([]),
      days: z.number().int().min(1).max(366).default(30),
    }),
    response: replayReport,
  },
});
