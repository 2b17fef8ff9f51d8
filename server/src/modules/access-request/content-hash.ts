import { createHash } from 'node:crypto';
import type { Scope } from '@tidegate/contract';
import type { NewAccessRequest, SourceRisk, Wanted } from './access-request.ts';

/** What stands beside the request when it is decided. */
export interface DecisionBasis {
  readonly round: number;
  readonly narrowed: Wanted | null;
  readonly risks: readonly SourceRisk[];
  readonly flows: readonly { readonly id: string; readonly version: number; readonly sources: readonly string[] }[];
}

/**
 * Binds a decision to exactly what was shown: everything that widens or narrows what a grant would give, why it is asked
 * for, how risky it was found by which rule, and which version of which flow decides. Independent of the order in which
 * tables were listed.
 */
export function contentHashOf(request: NewAccessRequest, basis: DecisionBasis): string {
  const content = JSON.stringify([
    ...[request.kind, request.amendsGrantId, request.requesterId, request.projectId],
    wantedParts(request),
    ...[request.reason, request.ticket, request.startsAt?.toISOString() ?? null, request.statementText],
    basis.round,
    basis.narrowed === null ? null : wantedParts(basis.narrowed),
    basis.risks
      .map((risk) => [risk.source, risk.level, risk.ruleId, risk.ruleVersion, risk.reason, risk.isFaulty].map(String))
      .toSorted(byFirst),
    basis.flows.map((flow) => [flow.id, String(flow.version), ...flow.sources.toSorted()]).toSorted(byFirst),
  ]);
  return createHash('sha256').update(content).digest('hex');
}

function byFirst(a: readonly string[], b: readonly string[]): number {
  return (a[0] ?? '') < (b[0] ?? '') ? -1 : 1;
}

function wantedParts({ scope, privileges, expiry }: Wanted): unknown {
  return [scopeParts(scope), privileges.toSorted(), expiry];
}

function scopeParts(scope: Scope): string[] {
  if (scope.kind === 'project') return ['project'];
  return scope.items.map((item) => JSON.stringify([item.databaseId, item.schema, item.table])).toSorted();
}
