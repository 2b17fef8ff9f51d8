import type { Privilege, RiskLevel, RiskSource, Scope } from '@tidegate/contract';
import type { Attributes } from './condition.ts';

export type { RiskLevel, RiskSource } from '@tidegate/contract';

/** What is asked for, as the rules look at it. */
export interface RiskSubject {
  readonly source: RiskSource;
  readonly requesterId: string;
  readonly projectId: string;
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  /** Null: without an end. */
  readonly minutes: number | null;
  readonly startsAt: Date;
  readonly ticket: string | null;
}

/** One version of a rule, as it was considered. */
export interface ConsideredRule {
  readonly id: string;
  readonly versionId: string;
  readonly version: number;
  readonly name: string;
  readonly condition: string;
  readonly level: RiskLevel;
}

/** What the rules were told. Rules are asked for each database; the highest level wins. */
export interface RiskInputs {
  readonly source: RiskSource;
  readonly databases: readonly RiskDatabase[];
}

export interface RiskDatabase {
  readonly databaseId: string | null;
  readonly name: string;
  readonly attributes: Attributes;
  /** Attributes that are not complete, because there was too much; a rule that looks at them cannot be evaluated. */
  readonly cut: readonly string[];
}

/** What the rules said. JSON throughout: it is stored as it is, and `reevaluate` gives the same from it. */
export interface RiskEvaluation {
  /** Null: no rule matched, nothing is allowed. */
  readonly level: RiskLevel | null;
  readonly ruleId: string | null;
  readonly ruleName: string | null;
  readonly ruleVersion: number | null;
  /** In words, for requester, approver and auditor. */
  readonly reason: string;
  /** A rule could not be evaluated; it counts as high. */
  readonly isFaulty: boolean;
  readonly inputs: RiskInputs;
  /** In their order, those that were on. */
  readonly rules: readonly ConsideredRule[];
  /** ISO 8601, of the store's clock. */
  readonly at: string;
}

export interface RuleFault {
  readonly ruleId: string;
  readonly message: string;
}

const ranks: Readonly<Record<RiskLevel, number>> = { low: 1, moderate: 2, high: 3 };

/** 0 where no rule matched: below every level. */
export function rankOf(level: RiskLevel | null): number {
  return level === null ? 0 : ranks[level];
}
