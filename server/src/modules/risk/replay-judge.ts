import { type Bindings, bindingsOf, condition, isConditionError } from './condition.ts';
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

/** A condition with its answers by the number that stands for the values of what it looks at. */
interface Remembered {
  readonly text: string;
  readonly group: number;
  readonly answers: (Answer | undefined)[];
}

/**
 * Remembers what conditions answered: one depends only on the attributes that it looks at, so it is run once for each
 * combination of their values. Past requests repeat themselves, and rules that did not change are the same before and
 * after: a million runs become some thousand.
 */
export class ReplayMemory {
  readonly #conditions = new Map<string, Remembered>();
  readonly #groupsByKey = new Map<string, number>();
  readonly #groups: { readonly names: readonly string[]; readonly numbers: Map<string, number> }[] = [];
  readonly #seen = new WeakMap<RiskDatabase, SeenDatabase>();

  remembered(text: string): Remembered {
    const known = this.#conditions.get(text);
    if (known !== undefined) return known;
    const compiled = condition(text);
    const names = isConditionError(compiled) ? [] : compiled.reads.toSorted();
    const key = names.join(' ');
    const group = this.#groupsByKey.get(key) ?? this.#groups.push({ names, numbers: new Map() }) - 1;
    this.#groupsByKey.set(key, group);
    const fresh = { text, group, answers: [] };
    this.#conditions.set(text, fresh);
    return fresh;
  }

  answer({ text, group, answers }: Remembered, database: RiskDatabase): Answer {
    const seen = this.#see(database);
    seen.numbers[group] ??= this.#numberOf(group, seen, database);
    const number = seen.numbers[group];
    const known = answers[number];
    if (known !== undefined) return known;
    seen.bindings ??= bindingsOf(database.attributes);
    const result = ask(text, database, seen.bindings, { left: Number.POSITIVE_INFINITY });
    const answer = {
      matches: result === true,
      isFault: typeof result === 'string',
      steps: stepsOn(text, database),
    };
    answers[number] = answer;
    return answer;
  }

  #see(database: RiskDatabase): SeenDatabase {
    const known = this.#seen.get(database);
    if (known !== undefined) return known;
    const fresh: SeenDatabase = { texts: new Map(), numbers: [], bindings: null };
    this.#seen.set(database, fresh);
    return fresh;
  }

  /** The number of this combination of values, in the order in which combinations were first seen. */
  #numberOf(group: number, seen: SeenDatabase, database: RiskDatabase): number {
    const { names, numbers } = this.#groups[group] ?? { names: [], numbers: new Map<string, number>() };
    const key = names.map((name) => textOf(name, seen, database)).join('\n');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  }
}

interface SeenDatabase {
  readonly texts: Map<string, string>;
  readonly numbers: number[];
  bindings: Bindings | null;
}

function textOf(name: string, { texts }: SeenDatabase, { cut, attributes }: RiskDatabase): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = `${cut.includes(name)}${JSON.stringify(attributes[name]) ?? 'absent'}`;
  texts.set(name, text);
  return text;
}

/** Says the same as `judge`, of many requests in a row. */
export class ReplayJudge {
  readonly #rules: readonly { readonly rule: ConsideredRule; readonly remembered: Remembered }[];
  readonly #memory: ReplayMemory;

  constructor(rules: readonly ConsideredRule[], memory = new ReplayMemory()) {
    this.#memory = memory;
    this.#rules = rules.map((rule) => ({ rule, remembered: memory.remembered(rule.condition) }));
  }

  levelOf({ databases }: RiskInputs): ReplayedLevel {
    let left = mostStepsOfEvaluation;
    let winner: { rule: ConsideredRule; rank: number; isFault: boolean } | null = null;
    for (const { rule, remembered } of this.#rules) {
      for (const database of databases) {
        const answer = this.#memory.answer(remembered, database);
        left -= answer.steps;
        const isFault = answer.isFault || left < 0;
        if (!answer.matches && !isFault) continue;
        const rank = isFault ? rankOf('high') : rankOf(rule.level);
        if (winner === null || rank > winner.rank) winner = { rule, rank, isFault };
      }
    }
    if (winner === null) return { level: null, ruleId: null, ruleName: null };
    const { rule, isFault } = winner;
    return { level: isFault ? 'high' : rule.level, ruleId: rule.id, ruleName: rule.name };
  }
}
