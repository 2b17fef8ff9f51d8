import type { RequestLevel, RequestSource } from '@tidegate/contract';
import type { ApprovalRules, Flow } from './approval.ts';

/** What the rules of risk said of one source of a request. */
export interface SourceVerdict {
  readonly source: RequestSource;
  /** Null: no rule matched. */
  readonly level: RequestLevel | null;
  readonly reason: string;
}

/** One flow that a request has to satisfy, and for which of its sources. */
export interface Track {
  readonly flow: Flow;
  readonly sources: readonly RequestSource[];
}

export type ApprovalPlan =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'auto'; readonly flows: readonly Flow[] }
  | { readonly kind: 'ask'; readonly tracks: readonly Track[] };

/**
 * Who has to say yes to a request of these sources. Every source must satisfy the workspace's flow and what the project
 * adds; the same flow is taken once. Whatever is missing refuses, and says who mends it.
 */
export function planOf(verdicts: readonly SourceVerdict[], rules: ApprovalRules): ApprovalPlan {
  const sourcesOf = new Map<string, { flow: Flow; sources: RequestSource[] }>();
  if (verdicts.length === 0) return { kind: 'refused', message: 'Nothing is asked for.' };
  for (const { source, level, reason } of verdicts) {
    if (level === null) return { kind: 'refused', message: reason };
    const found = flowsOf(source, level, rules);
    if (typeof found === 'string') return { kind: 'refused', message: found };
    for (const flow of found) {
      const known = sourcesOf.get(flow.id);
      if (known === undefined) sourcesOf.set(flow.id, { flow, sources: [source] });
      else known.sources.push(source);
    }
  }
  const tracks = [...sourcesOf.values()];
  const asked = tracks.filter(({ flow }) => flow.kind === 'steps');
  return asked.length === 0 ? { kind: 'auto', flows: tracks.map(({ flow }) => flow) } : { kind: 'ask', tracks: asked };
}

/** The flows of one source, or why it cannot be asked for and who mends that. */
function flowsOf(source: RequestSource, level: RequestLevel, rules: ApprovalRules): Flow[] | string {
  const base = rules.workspace.find(source, level);
  if (base === null) {
    return `Nothing says who decides about ${source} at ${level} risk. A Workspace Admin has to choose a flow under Custom Approval.`;
  }
  const added = rules.project.find(source, level);
  const flows: Flow[] = [];
  for (const id of added === null || added === base ? [base] : [base, added]) {
    const flow = rules.flows.get(id);
    if (flow === undefined) {
      return `The flow that decides about ${source} at ${level} risk is gone. A Workspace Admin has to choose another under Custom Approval.`;
    }
    const fault = refusalOf(flow, source, level);
    if (fault !== null) return fault;
    flows.push(flow);
  }
  return flows;
}

function refusalOf(flow: Flow, source: RequestSource, level: RequestLevel): string | null {
  if (flow.kind === 'refuse') {
    return `${source === 'emergency' ? 'Emergency access' : `Asking for ${source}`} at ${level} risk is refused by the flow “${flow.name}”.`;
  }
  if (flow.kind === 'steps') return null;
  if (source === 'write' && !flow.approvesWrite) {
    return `The flow “${flow.name}” approves without asking anybody, but not write. A Workspace Admin has to choose another under Custom Approval.`;
  }
  if (source === 'emergency') {
    return `Emergency access at ${level} risk has nobody who would review it: the flow “${flow.name}” names nobody. A Workspace Admin has to choose another under Custom Approval.`;
  }
  return null;
}
