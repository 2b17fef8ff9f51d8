import type { parse } from '@bufbuild/cel';
import { type RiskAttributeType, riskAttributes } from '@tidegate/contract/risk-attributes';

export type Expr = NonNullable<ReturnType<typeof parse>['expr']>;
type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value'];
type Comprehension = Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value'];

/** The types that a condition knows. `none` is an element of an empty list: it fits everywhere. */
export type ConditionType = 'bool' | 'number' | 'text' | 'none' | `list of ${'bool' | 'number' | 'text' | 'none'}`;
type Scope = ReadonlyMap<string, ConditionType>;

/** What is wrong with a condition, and with which part of it. */
export class ConditionFault extends Error {
  readonly exprId: bigint | null;

  constructor(message: string, exprId: bigint | null) {
    super(message);
    this.exprId = exprId;
  }
}

const attributeTypes: Readonly<Record<RiskAttributeType, ConditionType>> = {
  text: 'text',
  time: 'text',
  flag: 'bool',
  number: 'number',
  list: 'list of text',
};
const attributes = new Map(riskAttributes.map(({ name, type }) => [name, attributeTypes[type]]));

const words: Readonly<Record<string, string>> = { bool: 'true or false', number: 'a number', text: 'a text' };
const wordsOf = (type: ConditionType): string => words[type] ?? `a ${type}`;

/** The name that an expression spells, `environment.name` say; null for anything else. */
export function pathOf(expr: Expr): string | null {
  const { exprKind } = expr;
  if (exprKind.case === 'identExpr') return exprKind.value.name;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly || exprKind.value.operand === undefined) return null;
  const before = pathOf(exprKind.value.operand);
  return before === null ? null : `${before}.${exprKind.value.field}`;
}

/**
 * Finds the type of an expression; throws `ConditionFault` for what does not fit. The library parses and evaluates, but
 * its own check knows only constants and names, and it would allow what we do not: a condition here is made of what can
 * be bounded and read by a person.
 */
export class ConditionTypes {
  /** Attributes that the condition looks at. */
  readonly reads = new Set<string>();

  typeOf(expr: Expr, scope: Scope): ConditionType {
    const { exprKind } = expr;
    switch (exprKind.case) {
      case 'constExpr':
        return constantType(exprKind.value.constantKind.case, expr.id);
      case 'identExpr':
      case 'selectExpr':
        return this.#named(expr, scope);
      case 'listExpr':
        return this.#list(exprKind.value.elements, scope, expr.id);
      case 'callExpr':
        return this.#call(exprKind.value, scope, expr.id);
      case 'comprehensionExpr':
        return this.#comprehension(exprKind.value, scope, expr.id);
      default:
        throw new ConditionFault('A condition cannot make objects or maps.', expr.id);
    }
  }

  #named(expr: Expr, scope: Scope): ConditionType {
    const path = pathOf(expr);
    if (path === null) throw new ConditionFault('Every attribute is always given: has() is not needed.', expr.id);
    const local = scope.get(path);
    if (local !== undefined) return local;
    const type = attributes.get(path);
    if (type === undefined) throw new ConditionFault(`There is no attribute ${path}.`, expr.id);
    this.reads.add(path);
    return type;
  }

  #list(elements: readonly Expr[], scope: Scope, id: bigint): ConditionType {
    const types = new Set(elements.map((element) => this.typeOf(element, scope)));
    if (types.size > 1) throw new ConditionFault('All values of a list must be of one kind.', id);
    const [type = 'none'] = types;
    if (isList(type)) throw new ConditionFault('A list cannot hold lists.', id);
    return `list of ${type}`;
  }

  #call(call: Call, scope: Scope, id: bigint): ConditionType {
    const args = [...(call.target === undefined ? [] : [call.target]), ...call.args];
    const types = args.map((arg) => this.typeOf(arg, scope));
    const signature = signatures[call.function];
    if (signature === undefined) {
      throw new ConditionFault(`${call.function} is not known here.`, id);
    }
    const result = signature(types);
    if (typeof result !== 'string') {
      // Of what is joined, the part that is wrong; of a comparison, its sign.
      const part = signature === logical ? args.find((_arg, index) => types[index] !== 'bool') : undefined;
      const message = `${shown(call.function)} ${result.wants}, not ${types.map(wordsOf).join(' and ')}.`;
      throw new ConditionFault(message, part?.id ?? id);
    }
    if (call.function === 'matches') requirePattern(args[1], id);
    return result;
  }

  #comprehension(fold: Comprehension, scope: Scope, id: bigint): ConditionType {
    const { accuInit, iterRange, loopCondition, loopStep, result } = fold;
    if (!accuInit || !iterRange || !loopCondition || !loopStep || !result) {
      throw new ConditionFault('This part is not complete.', id);
    }
    const range = this.typeOf(iterRange, scope);
    if (!isList(range)) throw new ConditionFault(`Only a list can be looked through, not ${wordsOf(range)}.`, id);
    const accumulated = this.typeOf(accuInit, scope);
    if (isList(accumulated))
      throw new ConditionFault('map() and filter() are not known here; use exists() or all().', id);
    const inner = new Map(scope)
      .set(fold.iterVar, range.slice('list of '.length) as ConditionType)
      .set(fold.accuVar, accumulated);
    const step = this.typeOf(loopStep, inner);
    if (step !== accumulated) throw new ConditionFault(`This must be ${wordsOf(accumulated)}.`, loopStep.id);
    this.typeOf(loopCondition, inner);
    return this.typeOf(result, inner);
  }
}

type Signature = (types: readonly ConditionType[]) => ConditionType | { readonly wants: string };

const all =
  (type: ConditionType, result: ConditionType, wants: string): Signature =>
  (types) =>
    types.length > 0 && types.every((given) => given === type) ? result : { wants };
const logical = all('bool', 'bool', 'joins what is true or false');
const arithmetic = all('number', 'number', 'wants numbers');
const onText = all('text', 'bool', 'wants texts');
const equality: Signature = ([left, right]) =>
  left !== undefined && left === right && !isList(left) ? 'bool' : { wants: 'compares two values of one kind' };
const order: Signature = ([left, right]) =>
  left === right && (left === 'number' || left === 'text') ? 'bool' : { wants: 'compares two numbers or two texts' };

const signatures: Readonly<Record<string, Signature>> = {
  '_&&_': logical,
  '_||_': logical,
  '!_': logical,
  '@not_strictly_false': logical,
  '_==_': equality,
  '_!=_': equality,
  '_<_': order,
  '_<=_': order,
  '_>_': order,
  '_>=_': order,
  '_+_': arithmetic,
  '_-_': arithmetic,
  '_*_': arithmetic,
  '_/_': arithmetic,
  '_%_': arithmetic,
  '-_': arithmetic,
  '_?_:_': ([test, yes, no]) =>
    test === 'bool' && yes !== undefined && yes === no ? yes : { wants: 'wants a test and two values of one kind' },
  '@in': ([item, list]) =>
    list === `list of ${item}` || list === 'list of none'
      ? 'bool'
      : { wants: 'wants a value and a list of such values' },
  size: ([value]) =>
    value !== undefined && (value === 'text' || isList(value)) ? 'number' : { wants: 'wants a text or a list' },
  contains: onText,
  startsWith: onText,
  endsWith: onText,
  matches: onText,
};

function isList(type: ConditionType): type is Extract<ConditionType, `list of ${string}`> {
  return type.startsWith('list of ');
}

/** The operator as people write it. */
function shown(name: string): string {
  return name === '@in' ? 'in' : name.replaceAll('_', '');
}

function constantType(kind: string | undefined, id: bigint): ConditionType {
  if (kind === 'boolValue') return 'bool';
  if (kind === 'int64Value') return 'number';
  if (kind === 'stringValue') return 'text';
  throw new ConditionFault('Only texts, whole numbers, true and false can be written here.', id);
}

/** A pattern is written out, so that it can be checked and bounded before it is used. */
function requirePattern(expr: Expr | undefined, id: bigint): void {
  const constant = expr?.exprKind.case === 'constExpr' ? expr.exprKind.value.constantKind : undefined;
  if (constant?.case !== 'stringValue') throw new ConditionFault('The pattern of matches() must be written out.', id);
}
