import type { RouteInput, Routes } from '@tidegate/contract';
import { type ApprovalRules, type Flow, matrixOf } from '../approval/index.ts';

export type ReplayDraft = RouteInput<Routes['POST /approval/replay']>['body'];

/** The rules as they would be with the drafts; what a project adds stays. */
export function withDrafts(rules: ApprovalRules, draft: Pick<ReplayDraft, 'flows' | 'cells' | 'caps'>): ApprovalRules {
  const flows = new Map(rules.flows);
  for (const flow of draft.flows) {
    const drafted: Flow = { ...flow, version: (flows.get(flow.id)?.version ?? 0) + 1 };
    flows.set(flow.id, drafted);
  }
  const drafted = matrixOf(draft.cells);
  const named = new Set(draft.cells.map((cell) => `${cell.source} ${cell.level}`));
  const levels = new Set(draft.caps.map((caps) => caps.level));
  return {
    ...rules,
    flows,
    workspace: {
      find: (source, level) =>
        named.has(`${source} ${level}`) ? drafted.find(source, level) : rules.workspace.find(source, level),
    },
    caps: [...rules.caps.filter((caps) => !levels.has(caps.level)), ...draft.caps],
  };
}
