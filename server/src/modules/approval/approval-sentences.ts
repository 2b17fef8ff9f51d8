import { type AuditFacts, type AuditSentences, textIn } from '../audit/index.ts';

const flow = ({ data }: AuditFacts): string => `the flow “${textIn(data, 'flow') || 'unknown'}”`;

/** `write at high risk: DBA twice` */
function cells({ data }: AuditFacts): string {
  const changed = Array.isArray(data['cells']) ? data['cells'] : [];
  const words = changed.map(
    (cell: { source?: string; level?: string; flow?: string | null }) =>
      `${cell.source} at ${cell.level} risk: ${cell.flow ?? 'nothing'}`,
  );
  const caps = Array.isArray(data['caps']) && data['caps'].length > 0 ? ['limits'] : [];
  const all = [...words, ...caps];
  return all.length === 0 ? 'nothing' : all.join('; ');
}

/** What the audit page says of custom approval. */
export const approvalSentences: AuditSentences = {
  'approval.flow_added': (facts) => `${facts.who} added ${flow(facts)}. ${textIn(facts.data, 'sentence')}`.trim(),
  'approval.flow_changed': (facts) => `${facts.who} changed ${flow(facts)}. ${textIn(facts.data, 'sentence')}`.trim(),
  'approval.flow_deleted': (facts) => `${facts.who} deleted ${flow(facts)}.`,
  'approval.matrix_changed': (facts) => `${facts.who} changed custom approval: ${cells(facts)}.`,
  'approval.project_changed': (facts) =>
    `${facts.who} set what ${textIn(facts.data, 'project') || 'a project'} adds to custom approval: ${cells(facts)}.`,
};
