import { type Expr, pathOf } from './condition-type.ts';

/** Steps that one condition may take on one database. */
export const mostStepsOfCondition = 250_000;

/** Steps that all rules together may take on one request: about a second. */
export const mostStepsOfEvaluation = 5_000_000;

/**
 * At most so many steps will it take, from the lengths of the lists it looks through. Counted before it runs, not timed:
 * what is refused now is refused again when it is evaluated later from what was stored.
 */
export function stepsOf(expr: Expr, lengthOf: (attribute: string) => number): number {
  const { exprKind } = expr;
  switch (exprKind.case) {
    case 'callExpr': {
      const { target, args, function: name } = exprKind.value;
      const all = [...(target === undefined ? [] : [target]), ...args];
      const inner = all.reduce((sum, arg) => sum + stepsOf(arg, lengthOf), 1);
      if (name === '@in') return inner + elementsOf(all[1], lengthOf);
      return name === 'matches' ? inner + patternSteps(all[1]) : inner;
    }
    case 'listExpr':
      return exprKind.value.elements.reduce((sum, element) => sum + stepsOf(element, lengthOf), 1);
    case 'comprehensionExpr': {
      const { iterRange, loopStep } = exprKind.value;
      if (iterRange === undefined || loopStep === undefined) return 1;
      return stepsOf(iterRange, lengthOf) + elementsOf(iterRange, lengthOf) * (3 + stepsOf(loopStep, lengthOf));
    }
    default:
      return 1;
  }
}

function elementsOf(expr: Expr | undefined, lengthOf: (attribute: string) => number): number {
  if (expr === undefined) return 0;
  const { exprKind } = expr;
  if (exprKind.case === 'listExpr') return exprKind.value.elements.length;
  if (exprKind.case === 'callExpr') {
    return Math.max(0, ...exprKind.value.args.map((arg) => elementsOf(arg, lengthOf)));
  }
  const path = pathOf(expr);
  return path === null ? 0 : lengthOf(path);
}

function patternSteps(pattern: Expr | undefined): number {
  const constant = pattern?.exprKind.case === 'constExpr' ? pattern.exprKind.value.constantKind : undefined;
  return constant?.case === 'stringValue' ? 50 + constant.value.length : 0;
}
