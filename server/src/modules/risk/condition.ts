import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { conditionLimits, riskAttributes } from '@tidegate/contract/risk-attributes';
import { stepsOf } from './condition-cost.ts';
import { ConditionFault, ConditionTypes, type Expr } from './condition-type.ts';

/** What a request is, by the names of `riskAttributes`. JSON, so that it can be stored and read again. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;
export type Bindings = Readonly<Record<string, CelInput>>;

/** Where in the text a condition is wrong, counted from 1, and why. */
export interface ConditionError {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface CompiledCondition {
  readonly reads: readonly string[];
  /** An upper bound of what it takes, from the lengths of lists. */
  steps(lengthOf: (attribute: string) => number): number;
  /** Throws with the reason when it cannot be evaluated. */
  holds(bindings: Bindings): boolean;
}

const environment = celEnv({});
const lists = new Set(riskAttributes.filter(({ type }) => type === 'list').map(({ name }) => name));

/** Reads, checks and plans a condition, or says what is wrong with it. */
export function compileCondition(text: string): CompiledCondition | ConditionError {
  if (text.length > conditionLimits.length) {
    return errorAt(text, conditionLimits.length, `A condition has at most ${conditionLimits.length} characters.`);
  }
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== null) return errorAt(text, tooDeep, tooDeepMessage);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text);
  } catch (error) {
    return syntaxError(text, error);
  }
  const { expr } = parsed;
  if (expr === undefined) return errorAt(text, 0, 'Write a condition; `true` matches always.');
  try {
    return compiled(expr);
  } catch (error) {
    if (!(error instanceof ConditionFault)) throw error;
    const offset = error.exprId === null ? 0 : (parsed.sourceInfo?.positions[error.exprId.toString()] ?? 0);
    return errorAt(text, offset, error.message);
  }
}

export function isConditionError(value: CompiledCondition | ConditionError): value is ConditionError {
  return 'message' in value;
}

function compiled(expr: Expr): CompiledCondition {
  requireShallow(expr, 0);
  const types = new ConditionTypes();
  const type = types.typeOf(expr, new Map());
  if (type !== 'bool') throw new ConditionFault('A condition must be true or false.', expr.id);
  const run = plan(environment, expr);
  const looksThroughLists = [...types.reads].some((name) => lists.has(name));
  const fewest = stepsOf(expr, () => 0);
  // A pattern that cannot be read shows itself only when it runs.
  requirePatterns(expr);
  return {
    reads: [...types.reads],
    steps: (lengthOf) => (looksThroughLists ? stepsOf(expr, lengthOf) : fewest),
    holds: (bindings) => {
      const value = run(bindings);
      if (isCelError(value)) throw new Error(value.message);
      if (typeof value !== 'boolean') throw new Error('it is neither true nor false');
      return value;
    },
  };
}

/** Attributes as the evaluator wants them: `environment.name` inside `environment`, numbers as CEL's whole numbers. */
export function bindingsOf(attributes: Attributes): Bindings {
  const bindings: Record<string, CelInput> = {};
  const groups: Record<string, Record<string, CelInput>> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const input = typeof value === 'number' ? BigInt(Math.trunc(value)) : (value as CelInput);
    const [group = '', field] = name.split('.');
    if (field === undefined) bindings[name] = input;
    else groups[group] = { ...groups[group], [field]: input };
  }
  for (const [group, fields] of Object.entries(groups)) bindings[group] = new Map(Object.entries(fields));
  return bindings;
}

const tooDeepMessage = `This is nested more than ${conditionLimits.depth} deep.`;

/**
 * Where brackets and choices are nested deeper than any condition may be. Looked at before the parser, which calls itself
 * for each of them and would end where the stack happens to end. A bracket in a text counts too.
 */
function tooDeepAt(text: string): number | null {
  let depth = 0;
  for (const { 0: sign, index } of text.matchAll(/[()[\]{}?]/g)) {
    depth += '([{?'.includes(sign) ? 1 : -1;
    if (depth > conditionLimits.depth) return index;
  }
  return null;
}

function childrenOf(expr: Expr): Expr[] {
  const { exprKind } = expr;
  switch (exprKind.case) {
    case 'callExpr':
      return [...(exprKind.value.target === undefined ? [] : [exprKind.value.target]), ...exprKind.value.args];
    case 'listExpr':
      return exprKind.value.elements;
    case 'selectExpr':
      return exprKind.value.operand === undefined ? [] : [exprKind.value.operand];
    case 'comprehensionExpr':
      return [exprKind.value.iterRange, exprKind.value.loopStep].filter((part) => part !== undefined);
    default:
      return [];
  }
}

function requireShallow(expr: Expr, depth: number): void {
  if (depth > conditionLimits.depth) {
    throw new ConditionFault(tooDeepMessage, expr.id);
  }
  for (const child of childrenOf(expr)) requireShallow(child, depth + 1);
}

function requirePatterns(expr: Expr): void {
  const { exprKind } = expr;
  if (exprKind.case === 'callExpr' && exprKind.value.function === 'matches') {
    const pattern = exprKind.value.args.slice(-1);
    const onNothing = { ...exprKind, value: { ...exprKind.value, target: emptyText, args: pattern } };
    const value = plan(environment, { ...expr, exprKind: onNothing })();
    if (isCelError(value)) throw new ConditionFault(`This pattern cannot be read: ${value.message}.`, expr.id);
  }
  for (const child of childrenOf(expr)) requirePatterns(child);
}

const emptyText = parse('""').expr;

function syntaxError(text: string, error: unknown): ConditionError {
  const offset = (error as { location?: { start?: { offset?: number } } }).location?.start?.offset ?? 0;
  const rest = /^\S{1,20}/u.exec(text.slice(offset))?.[0];
  if (rest === undefined) return errorAt(text, offset, 'Something is missing at the end.');
  return errorAt(text, offset, `From “${rest}” on this cannot be read.`);
}

function errorAt(text: string, offset: number, message: string): ConditionError {
  const before = text.slice(0, offset).split('\n');
  return { message, offset, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const mostKept = 5000;
const kept = new Map<string, CompiledCondition | ConditionError>();

/** Compiles each text once: the versions of rules that are in use stay at hand. */
export function condition(text: string): CompiledCondition | ConditionError {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const fresh = compileCondition(text);
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
  kept.set(text, fresh);
  return fresh;
}
