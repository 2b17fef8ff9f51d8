import type { Decider, FlowDraft, FlowStep, LevelCaps, RequestLevel, RequestSource } from '@tidegate/contract';
import { roles } from '@tidegate/contract';

/** A flow in one of its versions. */
export interface Flow extends Omit<FlowDraft, 'steps'> {
  readonly id: string;
  readonly version: number;
  readonly steps: readonly FlowStep[];
}

/** Source × level → flow; what is not there cannot be asked for. */
export interface Matrix {
  find(source: RequestSource, level: RequestLevel): string | null;
}

/** Everything that decides who has to say yes, as it is in force for one project. */
export interface ApprovalRules {
  readonly workspace: Matrix;
  /** What the project adds; never instead of the workspace's. */
  readonly project: Matrix;
  readonly flows: ReadonlyMap<string, Flow>;
  readonly caps: readonly LevelCaps[];
  readonly projectCaps: readonly LevelCaps[];
}

export function matrixOf(
  cells: readonly { readonly source: string; readonly level: string; readonly flowId: string | null }[],
): Matrix {
  const flows = new Map(cells.map((cell) => [`${cell.source} ${cell.level}`, cell.flowId]));
  return { find: (source, level) => flows.get(`${source} ${level}`) ?? null };
}

/**
 * How a step names its deciders, the same way as `tidegate.decider_key` names people. A role counts in the project or
 * held everywhere.
 */
export function deciderKeys(deciders: readonly Decider[], projectId: string): string[] {
  return deciders.flatMap((decider) => {
    if (decider.kind !== 'role') return [`${decider.kind}:${decider.id}`];
    return [`role:${decider.role}`, `role:${decider.role}@${projectId}`];
  });
}

/** The tightest limits of these levels, of the workspace and of the project; a level without limits allows nothing. */
export function capsOf(levels: readonly RequestLevel[], rules: ApprovalRules): Omit<LevelCaps, 'level'> {
  const found = levels.flatMap((level) => {
    const workspace = rules.caps.filter((caps) => caps.level === level);
    const nothing = { longestMinutes: 0, allowsNoEnd: false, needsTicket: false };
    return [
      ...(workspace.length === 0 ? [nothing] : workspace),
      ...rules.projectCaps.filter((caps) => caps.level === level),
    ];
  });
  return {
    longestMinutes: Math.min(...found.map((caps) => caps.longestMinutes)),
    allowsNoEnd: found.length > 0 && found.every((caps) => caps.allowsNoEnd),
    needsTicket: found.some((caps) => caps.needsTicket),
  };
}

/** Roles by which a step may name people: those that may decide. Groups and people need nothing more. */
export const decidingRoles = Object.entries(roles).flatMap(([role, { label, permissions }]) =>
  permissions.includes('request.decide') ? [{ role, label }] : [],
);

export const levelRank: Readonly<Record<RequestLevel, number>> = { low: 1, moderate: 2, high: 3 };

export function highestLevel(levels: readonly RequestLevel[]): RequestLevel | null {
  return levels.toSorted((a, b) => levelRank[b] - levelRank[a])[0] ?? null;
}
