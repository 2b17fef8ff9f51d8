import { z } from 'zod';
import { scope } from './access.ts';
import { requestLevel, requestSource } from './approval.ts';
import { conditionLimits } from './risk-attributes.ts';
import { defineRoutes } from './route.ts';
import { abilities, done, flag, id, instant, line, pageOf, pageQuery, privilege } from './values.ts';

/** CEL over the attributes of `riskAttributes`. */
const condition = z
  .string()
  .trim()
  .min(1, 'Write a condition; `true` matches always.')
  .max(conditionLimits.length)
  .regex(/^[^\0\p{Cs}]*$/u, 'This text cannot be kept.');

const ruleShape = {
  source: requestSource,
  name: line(80),
  condition,
  level: requestLevel,
  isOn: z.boolean(),
};

export const riskRule = z.object({
  id,
  ...ruleShape,
  /** Its place among the rules of its source, counted from 1. */
  position: z.number().int(),
  /** Counts the changes of name, condition and level. */
  version: z.number().int(),
  /** The condition in words, or itself where it has none. */
  sentence: z.string(),
  /** Set when it could not be evaluated: it counted as high. */
  fault: z.object({ message: z.string(), at: instant }).nullable(),
  changedBy: z.object({ id, name: z.string() }).nullable(),
  changedAt: instant,
  abilities,
});
export type RiskRule = z.output<typeof riskRule>;

/** Where a condition is wrong, counted from 1, and why. */
export const conditionFault = z.object({
  message: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  offset: z.number().int(),
});

/** A rule as it would be; without `ruleId` a new one, which goes before the others. */
export const riskRuleChange = z.object({ ruleId: id.nullable().default(null), ...ruleShape });
export type RiskRuleChange = z.output<typeof riskRuleChange>;

export const riskTrial = z.object({
  level: requestLevel.nullable(),
  ruleId: id.nullable(),
  ruleName: z.string().nullable(),
  reason: z.string(),
  isFaulty: z.boolean(),
  /** For each database what the rules were told. */
  databases: z.array(
    z.object({
      name: z.string(),
      attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
    }),
  ),
});

export const riskReplay = z.object({
  since: instant,
  /** Requests of that time that the source of the rule has looked at. */
  requests: z.number().int(),
  changed: z.number().int(),
  /** "Of the 86 requests of the last 30 days 3 would get another level." */
  sentence: z.string(),
  counts: z.array(
    z.object({ before: requestLevel.nullable(), after: requestLevel.nullable(), requests: z.number().int() }),
  ),
  /** Those that change, newest first, at most 200. */
  changes: z.array(
    z.object({
      requestId: id,
      number: z.number().int(),
      requester: z.string(),
      project: z.string(),
      createdAt: instant,
      before: requestLevel.nullable(),
      after: requestLevel.nullable(),
      ruleBefore: z.string().nullable(),
      ruleAfter: z.string().nullable(),
    }),
  ),
});

const ruleId = z.object({ ruleId: id });

export const riskRoutes = defineRoutes({
  'GET /risk-rules': {
    access: { permission: 'rule.list' },
    summary: 'The rules of one source in their order.',
    query: z.object({ ...pageQuery, source: requestSource, isFaulty: flag.optional() }),
    response: pageOf(riskRule).extend({
      /** Rules of every source, and how many of them could not be evaluated. */
      counts: z.array(z.object({ source: requestSource, rules: z.number().int(), faulty: z.number().int() })),
      timeZone: z.string(),
      abilities,
    }),
  },
  'POST /risk-rules': {
    access: { permission: 'rule.manage' },
    summary:
      'Adds a rule before the others of its source. Refused with `rule.condition_invalid` and the place of the fault.',
    body: z.object(ruleShape),
    response: riskRule,
    status: 201,
  },
  'PATCH /risk-rules/:ruleId': {
    access: { permission: 'rule.manage' },
    summary:
      'Changes a rule; name, condition and level make a new version. `version` is that which was shown: refused when it is not the last.',
    params: ruleId,
    body: z.object({
      version: z.number().int(),
      name: line(80).optional(),
      condition: condition.optional(),
      level: requestLevel.optional(),
      isOn: z.boolean().optional(),
    }),
    response: riskRule,
  },
  'POST /risk-rules/:ruleId/move': {
    access: { permission: 'rule.manage' },
    summary: 'Puts a rule at another place among those of its source, counted from 1.',
    params: ruleId,
    body: z.object({ position: z.number().int().min(1).max(100_000) }),
    response: riskRule,
  },
  'DELETE /risk-rules/:ruleId': {
    access: { permission: 'rule.manage' },
    summary: 'Deletes a rule. What it said of past requests stays.',
    params: ruleId,
    response: done,
  },
  'POST /risk-rules/check': {
    access: { permission: 'rule.list' },
    summary: 'Says what is wrong with a condition, and where; null when nothing is.',
    body: z.object({ condition: z.string().max(conditionLimits.length + 1000) }),
    response: z.object({ fault: conditionFault.nullable() }),
  },
  'POST /risk-rules/try': {
    access: { permission: 'rule.manage' },
    summary: 'What the rules would say of a request, with a change of a rule that is not saved; nothing is asked for.',
    body: z.object({
      source: requestSource,
      requesterId: id,
      projectId: id,
      scope,
      privileges: z.array(privilege).min(1).max(3),
      minutes: z.number().int().min(1).max(527_040).nullable(),
      startsAt: instant.nullable().default(null),
      ticket: z.string().max(500).nullable().default(null),
      change: riskRuleChange.nullable().default(null),
    }),
    response: riskTrial,
  },
  'POST /risk-rules/replay': {
    access: { permission: 'rule.manage' },
    summary: 'Which past requests would have got another level, had the rule been as it is given (or deleted).',
    body: z.object({
      change: riskRuleChange,
      isDeleted: z.boolean().default(false),
      days: z.number().int().min(1).max(366).default(30),
    }),
    response: riskReplay,
  },
  'PUT /risk-time-zone': {
    access: { permission: 'rule.manage' },
    summary: 'The time zone in which rules mean weekday and time of day.',
    body: z.object({ timeZone: line(64) }),
    response: z.object({ timeZone: z.string() }),
  },
});
