import type { ConsideredRule, RiskLevel, RiskSource } from './risk.ts';

/** A rule as it would be: a new one (`ruleId` null, before the others), another text of a known one, off, or gone. */
export interface RuleChange {
  readonly ruleId: string | null;
  readonly source: RiskSource;
  readonly name: string;
  readonly condition: string;
  readonly level: RiskLevel;
  /** Also false for a rule that would be deleted. */
  readonly isOn: boolean;
}

const unsaved = '00000000-0000-0000-0000-000000000000';

/**
 * The rules of a source with changes that are not saved. `order` is that of all its rules, also those that are off, so that
 * one that would be on takes its place.
 */
export function withChanges(
  inForce: readonly ConsideredRule[],
  changes: readonly RuleChange[],
  source: RiskSource,
  order: readonly string[],
): ConsideredRule[] {
  const own = changes.filter((change) => change.source === source);
  const changed = new Set(own.map((change) => change.ruleId));
  const drafts = own.filter((change) => change.isOn).map(toRule);
  const places = new Map(order.map((id, place) => [id, place]));
  return [...inForce.filter((rule) => !changed.has(rule.id)), ...drafts].toSorted(
    (a, b) => (places.get(a.id) ?? -1) - (places.get(b.id) ?? -1),
  );
}

function toRule({ ruleId, name, condition, level }: RuleChange): ConsideredRule {
  return { id: ruleId ?? unsaved, versionId: unsaved, version: 0, name, condition, level };
}
