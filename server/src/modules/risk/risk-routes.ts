import type { RouteInput, Routes } from '@tidegate/contract';
import { conditionWords } from '@tidegate/contract/risk-sentence';
import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import { compileCondition, isConditionError } from './condition.ts';
import { reportReplay } from './replay-report.ts';
import type { RiskEvaluation } from './risk.ts';
import { tryRules } from './risk-evaluator.ts';
import { type RiskRuleService, requireCondition } from './risk-rule-service.ts';
import type { RiskRule, RiskRuleStore } from './risk-rule-store.ts';
import { readTimeZone } from './time-zone.ts';

type Keys =
  | 'GET /risk-rules'
  | 'POST /risk-rules'
  | 'PATCH /risk-rules/:ruleId'
  | 'DELETE /risk-rules/:ruleId'
  | 'POST /risk-rules/:ruleId/move'
  | 'POST /risk-rules/check'
  | 'POST /risk-rules/try'
  | 'POST /risk-rules/replay'
  | 'PUT /risk-time-zone';

interface Parts {
  readonly db: Db;
  readonly rules: RiskRuleStore;
  readonly service: RiskRuleService;
}

export function riskHandlers({ db, rules, service }: Parts): HandlersOf<Keys> {
  const presentOne = async (actor: Actor, id: string) => {
    const rule = await rules.find(id);
    if (rule === null) throw notFound('rule');
    return present(actor, rule);
  };

  return {
    'GET /risk-rules': async ({ query }, context) => {
      context.authorize('rule.list', 'workspace');
      const { actor } = context;
      const [{ items, total }, counts, timeZone] = await Promise.all([
        rules.list(query),
        rules.counts(),
        readTimeZone(db),
      ]);
      return {
        items: items.map((rule) => present(actor, rule)),
        ...{ total, page: query.page, pageSize: query.pageSize, counts, timeZone },
        abilities: { manage: actor.can('rule.manage', 'workspace') },
      };
    },
    'POST /risk-rules': async ({ body }, context) => {
      context.authorize('rule.manage', 'workspace');
      return await presentOne(context.actor, await service.create(context.actor, body));
    },
    'PATCH /risk-rules/:ruleId': async ({ params, body }, context) => {
      context.authorize('rule.manage', 'workspace');
      await service.update(context.actor, params.ruleId, changeOf(body));
      return await presentOne(context.actor, params.ruleId);
    },
    'DELETE /risk-rules/:ruleId': async ({ params }, context) => {
      context.authorize('rule.manage', 'workspace');
      await service.delete(context.actor, params.ruleId);
      return { done: true };
    },
    'POST /risk-rules/:ruleId/move': async ({ params, body }, context) => {
      context.authorize('rule.manage', 'workspace');
      await service.move(context.actor, params.ruleId, body.position);
      return await presentOne(context.actor, params.ruleId);
    },
    'POST /risk-rules/check': async ({ body }, context) => {
      context.authorize('rule.list', 'workspace');
      const result = compileCondition(body.condition);
      return { fault: isConditionError(result) ? result : null };
    },
    'POST /risk-rules/try': async ({ body }, context) => {
      context.authorize('rule.manage', 'workspace');
      const { change, startsAt, ...subject } = body;
      if (change !== null) requireCondition(change.condition);
      const at = startsAt === null ? null : new Date(startsAt);
      return presentTrial(await tryRules(db, { ...subject, startsAt: at }, change === null ? [] : [change]));
    },
    'POST /risk-rules/replay': async ({ body }, context) => {
      context.authorize('rule.manage', 'workspace');
      const { change, isDeleted, days } = body;
      requireCondition(change.condition);
      return await reportReplay(db, isDeleted ? { ...change, isOn: false } : change, days);
    },
    'PUT /risk-time-zone': async ({ body }, context) => {
      context.authorize('rule.manage', 'workspace');
      await service.setTimeZone(context.actor, body.timeZone);
      return { timeZone: body.timeZone };
    },
  };
}

type ChangeBody = RouteInput<Routes['PATCH /risk-rules/:ruleId']>['body'];

function changeOf({ version, name, condition, level, isOn }: ChangeBody) {
  return {
    version,
    ...(name === undefined ? {} : { name }),
    ...(condition === undefined ? {} : { condition }),
    ...(level === undefined ? {} : { level }),
    ...(isOn === undefined ? {} : { isOn }),
  };
}

function present(actor: Actor, { fault, faultedAt, changedAt, ...rule }: RiskRule) {
  const mayManage = actor.can('rule.manage', 'workspace');
  return {
    ...rule,
    sentence: conditionWords(rule.condition),
    fault: fault === null || faultedAt === null ? null : { message: fault, at: faultedAt.toISOString() },
    changedAt: changedAt.toISOString(),
    abilities: { edit: mayManage, move: mayManage, delete: mayManage },
  };
}

/** A rule that is not saved has no id yet. */
function presentTrial({ level, ruleId, ruleName, reason, isFaulty, inputs, rules }: RiskEvaluation) {
  const isSaved = rules.some((rule) => rule.id === ruleId && rule.version > 0);
  return {
    ...{ level, ruleName, reason, isFaulty },
    ruleId: isSaved ? ruleId : null,
    databases: inputs.databases.map(({ name, attributes }) => ({
      name,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]),
      ),
    })),
  };
}
