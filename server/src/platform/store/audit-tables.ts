import type { ColumnType } from 'kysely';
import type { GeneratedInstant, Instant, Json, NullableInstant } from './store-columns.ts';

/** The tables of the permanent record and of what access rested on. */

interface AuditAnchorTable {
  writer: string;
  sequence: string;
  hash: string;
  at: Instant;
  key_id: string;
  document: string;
  signature: string;
}

interface AuditChainTable {
  writer: string;
  last_sequence: ColumnType<string, string | number | bigint, string | number | bigint>;
  last_hash: string;
}

interface AuditCheckpointTable {
  number: string;
  at: Instant;
  key_id: string;
  is_full: boolean;
  document: string;
  signature: string;
}

interface AuditMentionTable {
  subject: string;
  at: Instant;
  writer: string;
  sequence: string;
}

interface AuditSearchTable {
  writer: string;
  sequence: string;
  at: Instant;
  kind: string;
  actor_id: string | null;
  on_behalf_of_id: string | null;
  project_id: string | null;
  database_id: string | null;
  request_id: string | null;
  grant_id: string | null;
  statement_id: string | null;
}

interface AuditSearchableTable {
  writer: string;
  sequence: string;
}

interface AuditSigningKeyTable {
  id: string;
  public_key: string;
  private_key_sealed: string;
  created_at: GeneratedInstant;
  retired_at: NullableInstant;
}

interface AuditEventTable {
  writer: string;
  sequence: ColumnType<string, string | number | bigint, string | number | bigint>;
  at: Instant;
  kind: string;
  actor_id: string | null;
  on_behalf_of_id: string | null;
  project_id: string | null;
  instance_id: string | null;
  database_id: string | null;
  request_id: string | null;
  grant_id: string | null;
  session_id: string | null;
  statement_id: string | null;
  data: Json;
  previous_hash: string;
  hash: string;
  mentions: Json | null;
}

interface GroundHistoryTable {
  relation: string;
  key: string;
  facts: Json;
  from_at: Instant;
  until_at: NullableInstant;
}

export interface AuditTables {
  audit_anchor: AuditAnchorTable;
  audit_chain: AuditChainTable;
  audit_checkpoint: AuditCheckpointTable;
  audit_event: AuditEventTable;
  audit_mention: AuditMentionTable;
  audit_search: AuditSearchTable;
  audit_searchable: AuditSearchableTable;
  audit_signing_key: AuditSigningKeyTable;
  ground_history: GroundHistoryTable;
}
