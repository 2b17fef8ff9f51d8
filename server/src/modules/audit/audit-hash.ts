import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** What an event says, apart from its place in a chain. */
export interface AuditContent {
  readonly kind: string;
  readonly actorId: string | null;
  readonly onBehalfOfId: string | null;
  readonly projectId: string | null;
  readonly instanceId: string | null;
  readonly databaseId: string | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly sessionId: string | null;
  readonly statementId: string | null;
  readonly data: unknown;
}

export interface AuditLink {
  readonly writer: string;
  readonly sequence: number;
  /** `2026-01-31T12:00:00.123456Z`: with microseconds, as the store has it. */
  readonly at: string;
  readonly previousHash: string;
}

export const genesisHash = '0'.repeat(64);

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Every field is named: one left out would be unprotected, one too many would not come out the same again. */
export function contentHash(event: AuditContent): string {
  const { kind, actorId, onBehalfOfId, projectId, instanceId, databaseId, requestId, grantId, sessionId } = event;
  const { statementId, data } = event;
  return sha256(
    canonicalJson({
      kind,
      actorId,
      onBehalfOfId,
      projectId,
      instanceId,
      databaseId,
      requestId,
      grantId,
      sessionId,
      statementId,
      data,
    }),
  );
}

/** The same as `tidegate.append_audit_events` computes in the store. */
export function eventHash(link: AuditLink, content: AuditContent): string {
  const { at, previousHash: previous, sequence, writer } = link;
  return sha256(canonicalJson({ at, content: contentHash(content), previous, sequence, writer }));
}
