import { riskSourceLabels } from '@tidegate/contract/risk-attributes';
import { conditionWords } from '@tidegate/contract/risk-sentence';
import { type Bindings, bindingsOf, condition, isConditionError } from './condition.ts';
import { mostStepsOfCondition, mostStepsOfEvaluation } from './condition-cost.ts';
import {
  type ConsideredRule,
  type RiskDatabase,
  type RiskEvaluation,
  type RiskInputs,
  type RuleFault,
  rankOf,
} from './risk.ts';

interface Firing {
  readonly rule: ConsideredRule;
  readonly database: RiskDatabase;
  readonly rank: number;
  readonly fault: string | null;
}

/**
 * What the rules say of the inputs; pure, so that it says the same whenever it is asked. Every rule is asked for every
 * database. The highest level wins, in it the first rule; a rule that cannot be evaluated counts as high.
 */
export function judge(
  inputs: RiskInputs,
  rules: readonly ConsideredRule[],
  at: string,
): { evaluation: RiskEvaluation; faults: RuleFault[] } {
  const budget = { left: mostStepsOfEvaluation };
  const asked = inputs.databases.map((database) => ({ database, bindings: bindingsOf(database.attributes) }));
  const faults = new Map<string, string>();
  let winner: Firing | null = null;
  for (const rule of rules) {
    for (const { database, bindings } of asked) {
      const answer = ask(rule.condition, database, bindings, budget);
      if (answer === false) continue;
      const fault = answer === true ? null : answer;
      if (fault !== null && !faults.has(rule.id)) faults.set(rule.id, fault);
      const rank = fault === null ? rankOf(rule.level) : rankOf('high');
      if (winner === null || rank > winner.rank) winner = { rule, database, rank, fault };
    }
  }
  const isFaulty = faults.size > 0;
  return {
    evaluation: { ...verdictOf(winner, inputs), isFaulty, inputs, rules, at },
    faults: [...faults].map(([ruleId, message]) => ({ ruleId, message })),
  };
}

/** The same evaluation from what was stored of it: its inputs and the versions of the rules. */
export function reevaluate(stored: RiskEvaluation): RiskEvaluation {
  return judge(stored.inputs, stored.rules, stored.at).evaluation;
}

/** True, false, or why it cannot be evaluated. */
export function ask(
  text: string,
  database: RiskDatabase,
  bindings: Bindings,
  budget: { left: number },
): boolean | string {
  const compiled = condition(text);
  if (isConditionError(compiled)) return `${compiled.message} (line ${compiled.line}, column ${compiled.column})`;
  const cut = compiled.reads.find((name) => database.cut.includes(name));
  if (cut !== undefined) return `it looks at ${cut}, and ${database.name} has more of them than can be looked at`;
  const steps = compiled.steps((name) => lengthOf(database, name));
  if (steps > mostStepsOfCondition) return `it would take too long on ${database.name}`;
  budget.left -= steps;
  if (budget.left < 0) return 'the rules before it took all the time that one request has';
  try {
    return compiled.holds(bindings);
  } catch (error) {
    return error instanceof Error ? error.message : 'it failed';
  }
}

/** At most so many steps would it take there; none where it is not run. */
export function stepsOn(text: string, database: RiskDatabase): number {
  const compiled = condition(text);
  if (isConditionError(compiled) || compiled.reads.some((name) => database.cut.includes(name))) return 0;
  const steps = compiled.steps((name) => lengthOf(database, name));
  return steps > mostStepsOfCondition ? 0 : steps;
}

function lengthOf(database: RiskDatabase, name: string): number {
  const value = database.attributes[name];
  return Array.isArray(value) ? value.length : 0;
}

type Verdict = Pick<RiskEvaluation, 'level' | 'ruleId' | 'ruleName' | 'ruleVersion' | 'reason'>;

function verdictOf(winner: Firing | null, inputs: RiskInputs): Verdict {
  if (winner === null) {
    const source = riskSourceLabels[inputs.source];
    const reason = `No risk rule for “${source}” matches, so this cannot be asked for. An administrator has to add a rule in the Risk Center.`;
    return { level: null, ruleId: null, ruleName: null, ruleVersion: null, reason };
  }
  const { rule, fault } = winner;
  return {
    level: fault === null ? rule.level : 'high',
    ruleId: rule.id,
    ruleName: rule.name,
    ruleVersion: rule.version,
    reason: reasonOf(winner, inputs.databases.length > 1),
  };
}

function reasonOf({ rule, database, fault }: Firing, isOneOfSeveral: boolean): string {
  const where = isOneOfSeveral ? ` for ${database.name}` : '';
  if (fault !== null) {
    return `The rule “${rule.name}” could not be evaluated${where}, so this counts as high: ${fault}.`;
  }
  return `The rule “${rule.name}” matches${where}: ${conditionWords(rule.condition)}.`;
}
