import { bindingsOf, condition, isConditionError } from './condition.ts';
import { mostStepsOfEvaluation } from './condition-cost.ts';
import { ask, stepsOn } from './judge.ts';
import { type ConsideredRule, type RiskDatabase, type RiskInputs, type RiskLevel, rankOf } from './risk.ts';

/** What the rules would say, without the words. */
export interface ReplayedLevel {
  readonly level: RiskLevel | null;
  readonly ruleId: string | null;
  readonly ruleName: string | null;
}

interface Answer {
  readonly matches: boolean;
  readonly isFault: boolean;
  readonly steps: number;
}

interface Asked {
  readonly rule: ConsideredRule;
  /** Which group of attributes it looks at. */
  readonly group: number;
  /** By the number that stands for the values of its group. */
  readonly answers: (Answer | undefined)[];
}

/**
 * Says the same as `judge`, of many requests in a row: a condition depends only on the attributes that it looks at, so each
 * is run once for each combination of their values. Past requests repeat themselves; a million runs become some thousand.
 */
export class ReplayJudge {
  readonly #rules: readonly Asked[];
  readonly #groups: readonly (readonly string[])[];
  readonly #numbers: Map<string, number>[];

  constructor(rules: readonly ConsideredRule[]) {
    const groups = new Map<string, number>();
    const names: string[][] = [];
    this.#rules = rules.map((rule) => {
      const compiled = condition(rule.condition);
      const reads = isConditionError(compiled) ? [] : compiled.reads.toSorted();
      const key = reads.join(' ');
      const group = groups.get(key) ?? names.push([...reads]) - 1;
      groups.set(key, group);
      return { rule, group, answers: [] };
    });
    this.#groups = names;
    this.#numbers = names.map(() => new Map());
  }

  levelOf(inputs: RiskInputs): ReplayedLevel {
    const databases = inputs.databases.map((database) => ({ database, numbers: this.#numbersOf(database) }));
    let left = mostStepsOfEvaluation;
    let winner: { rule: ConsideredRule; rank: number; isFault: boolean } | null = null;
    for (const asked of this.#rules) {
      for (const { database, numbers } of databases) {
        const answer = this.#answer(asked, database, numbers[asked.group] ?? 0);
        left -= answer.steps;
        const isFault = answer.isFault || left < 0;
        if (!answer.matches && !isFault) continue;
        const rank = isFault ? rankOf('high') : rankOf(asked.rule.level);
        if (winner === null || rank > winner.rank) winner = { rule: asked.rule, rank, isFault };
      }
    }
    if (winner === null) return { level: null, ruleId: null, ruleName: null };
    const { rule, isFault } = winner;
    return { level: isFault ? 'high' : rule.level, ruleId: rule.id, ruleName: rule.name };
  }

  #answer(asked: Asked, database: RiskDatabase, number: number): Answer {
    const known = asked.answers[number];
    if (known !== undefined) return known;
    const result = ask(asked.rule.condition, database, bindingsOf(database.attributes), {
      left: Number.POSITIVE_INFINITY,
    });
    const answer = {
      matches: result === true,
      isFault: typeof result === 'string',
      steps: stepsOn(asked.rule.condition, database),
    };
    asked.answers[number] = answer;
    return answer;
  }

  /** For each group of attributes the number of this combination of their values, in the order they were first seen. */
  #numbersOf(database: RiskDatabase): number[] {
    const texts = new Map<string, string>();
    const textOf = (name: string): string => {
      const known = texts.get(name);
      if (known !== undefined) return known;
      const text = `${database.cut.includes(name)}${JSON.stringify(database.attributes[name]) ?? 'absent'}`;
      texts.set(name, text);
      return text;
    };
    return this.#groups.map((names, group) => {
      const key = names.map(textOf).join('\n');
      const numbers = this.#numbers[group] ?? new Map<string, number>();
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, numbers.size);
      return numbers.size - 1;
    });
  }
}
