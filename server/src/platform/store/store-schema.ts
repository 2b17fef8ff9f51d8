import type { Generated, GeneratedAlways } from 'kysely';
import type { AuditTables } from './audit-tables.ts';
import type { FindingTables } from './finding-tables.ts';
import type { RequestTables } from './request-tables.ts';
import type { RiskTables } from './risk-tables.ts';
import type { GeneratedInstant, GeneratedJson, Instant, Json, NullableInstant } from './store-columns.ts';

/**
 * The tables of `server/migrations`, as Kysely sees them. A test compares this file with the migrated store.
 */

export interface AccessGrantTable {
  id: Generated<string>;
  source: 'request' | 'membership' | 'role' | 'emergency';
  person_id: string | null;
  group_id: string | null;
  group_name: string | null;
  project_id: string | null;
  request_id: string | null;
  project_member_id: string | null;
  workspace_role_id: string | null;
  role: string | null;
  covers_all_databases: Generated<boolean>;
  privileges: ('read' | 'write' | 'export')[];
  reason: Generated<string>;
  granted_by: string | null;
  created_at: GeneratedInstant;
  starts_at: Instant;
  expires_at: NullableInstant;
  closing_at: NullableInstant;
  end_kind: string | null;
  end_by: string | null;
  end_note: string | null;
  ended_at: NullableInstant;
  amends_grant_id: string | null;
  replaces_grant_id: string | null;
  end_noticed_for: NullableInstant;
  told_overdue_at: NullableInstant;
}

export interface AccessGrantItemTable {
  grant_id: string;
  database_id: string;
  schema_name: string | null;
  table_name: string | null;
  identity: Generated<string | null>;
  lost_at: NullableInstant;
}

export interface ClosureStepTable {
  id: GeneratedAlways<string>;
  grant_id: string;
  person_id: string | null;
  instance_id: string | null;
  account_name: string | null;
  step: 'block' | 'end' | 'revoke' | 'drop' | 'check';
  ok: boolean;
  summary: string;
  details: GeneratedJson;
  at: Instant;
}

export interface ClosureTargetTable {
  grant_id: string;
  account_id: string;
  done_at: NullableInstant;
}

export interface DatabaseTable {
  id: Generated<string>;
  instance_id: string;
  name: string;
  environment_id: string | null;
  project_id: string | null;
  synced_at: NullableInstant;
  vanished_at: NullableInstant;
}

export interface DatabaseAccountTable {
  id: Generated<string>;
  person_id: string;
  instance_id: string;
  name: string;
  password_sealed: string | null;
  state: Generated<'live' | 'dropped'>;
  dirty_at: NullableInstant;
  dirty_count: Generated<number>;
  reduced_databases: string[] | null;
  attempts: Generated<number>;
  next_attempt_at: NullableInstant;
  last_error: string | null;
  created_at: GeneratedInstant;
  dropped_at: NullableInstant;
}

export interface EnvironmentTable {
  id: Generated<string>;
  name: string;
  color: 'grey' | 'teal' | 'blue' | 'violet' | 'amber' | 'red';
  is_protected: Generated<boolean>;
  allows_read_by_role: Generated<boolean>;
  position: number;
}

export interface GroupMemberTable {
  group_id: string;
  person_id: string;
  added_at: GeneratedInstant;
}

export interface InstanceTable {
  id: Generated<string>;
  short_id: string;
  title: string;
  environment_id: string;
  engine: 'postgresql' | 'mysql' | 'mariadb';
  host: string;
  port: number;
  user_name: string;
  connection_method: Generated<string>;
  connection_settings: GeneratedJson;
  password_sealed: string | null;
  method_secret_sealed: string | null;
  tls_mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  tls_ca: string | null;
  server_identity: string | null;
  version: string | null;
  is_sample: Generated<boolean>;
  sync_state: Generated<'never' | 'running' | 'ok' | 'failed'>;
  synced_at: NullableInstant;
  sync_message: string | null;
  capability_state: Generated<'unknown' | 'ok' | 'wall incomplete' | 'blocked'>;
  capability_at: NullableInstant;
  capability_findings: GeneratedJson;
  created_at: GeneratedInstant;
  unregistering_at: NullableInstant;
  unregistered_at: NullableInstant;
}

export interface InvitationTable {
  token_hash: string;
  person_id: string;
  created_by: string;
  created_at: GeneratedInstant;
  expires_at: Instant;
  used_at: NullableInstant;
}

export interface NoticeTable {
  id: Generated<string>;
  outbox_id: string;
  person_id: string;
  at: Instant;
  read_at: NullableInstant;
}

export interface NoticeDeliveryTable {
  outbox_id: string;
  reader: string;
  attempts: Generated<number>;
  next_attempt_at: GeneratedInstant;
  last_error: string | null;
}

export interface NoticeOutboxTable {
  id: Generated<string>;
  kind: string;
  person_ids: string[];
  sentence: string;
  detail: string | null;
  project_id: string | null;
  request_id: string | null;
  grant_id: string | null;
  at: Instant;
}

export interface NoticeReaderTable {
  name: string;
}

export interface PersonTable {
  id: Generated<string>;
  name: string;
  email: string;
  password_hash: string | null;
  must_change_password: Generated<boolean>;
  state: Generated<'invited' | 'active' | 'deactivated'>;
  is_sample: Generated<boolean>;
  created_at: GeneratedInstant;
  last_seen_at: NullableInstant;
}

export interface PersonGroupTable {
  id: Generated<string>;
  name: string;
  created_at: GeneratedInstant;
}

export interface ProjectTable {
  id: Generated<string>;
  name: string;
  state: Generated<'active' | 'archived'>;
  is_sample: Generated<boolean>;
  hides_names: Generated<boolean>;
  deleted_at: NullableInstant;
  created_by: string | null;
  created_at: GeneratedInstant;
}

export interface ProjectMemberTable {
  id: Generated<string>;
  project_id: string;
  role: string;
  person_id: string | null;
  group_id: string | null;
  expires_at: NullableInstant;
  added_by: string | null;
  added_at: GeneratedInstant;
}

export interface RelationTable {
  id: Generated<string>;
  database_id: string;
  schema_name: string;
  name: string;
  kind: string;
  identity: string;
  since: GeneratedInstant;
  estimated_rows: number | null;
  columns: Json;
  primary_key: GeneratedJson;
  foreign_keys: GeneratedJson;
  indexes: GeneratedJson;
}

export interface RoutineTable {
  database_id: string;
  schema_name: string;
  name: string;
  kind: string;
}

export interface SessionTable {
  id: Generated<string>;
  person_id: string;
  database_id: string;
  account_id: string | null;
  account_name: string | null;
  server_id: string;
  backend_id: string | null;
  state: Generated<'opening' | 'open' | 'ended'>;
  opened_at: Instant;
  last_used_at: Instant;
  ended_at: NullableInstant;
  end_reason: string | null;
}

export interface SettingTable {
  key: string;
  value: Json;
  updated_at: GeneratedInstant;
}

export interface SignInTable {
  id_hash: string;
  person_id: string;
  admin_person_id: string | null;
  created_at: GeneratedInstant;
  last_seen_at: GeneratedInstant;
  expires_at: Instant;
  address: string;
}

export interface SignInAttemptTable {
  key: string;
  points: Generated<number>;
  expire: string | null;
}

export interface StatementTable {
  id: Generated<string>;
  session_id: string;
  person_id: string;
  database_id: string;
  text: string;
  kind: string | null;
  state: 'started' | 'succeeded' | 'failed' | 'cancelled' | 'ended' | 'unknown';
  tables: string[] | null;
  grant_ids: string[];
  started_at: Instant;
  finished_at: NullableInstant;
  rows: number | null;
  affected_rows: number | null;
  error_code: string | null;
  error_message: string | null;
}

export interface WorkspaceRoleTable {
  id: Generated<string>;
  role: string;
  person_id: string | null;
  group_id: string | null;
  added_by: string | null;
  added_at: GeneratedInstant;
}

export interface StoreSchema extends AuditTables, FindingTables, RequestTables, RiskTables {
  access_grant: AccessGrantTable;
  access_grant_item: AccessGrantItemTable;
  closure_step: ClosureStepTable;
  closure_target: ClosureTargetTable;
  database: DatabaseTable;
  database_account: DatabaseAccountTable;
  environment: EnvironmentTable;
  group_member: GroupMemberTable;
  instance: InstanceTable;
  invitation: InvitationTable;
  notice: NoticeTable;
  notice_delivery: NoticeDeliveryTable;
  notice_outbox: NoticeOutboxTable;
  notice_reader: NoticeReaderTable;
  person: PersonTable;
  person_group: PersonGroupTable;
  project: ProjectTable;
  project_member: ProjectMemberTable;
  relation: RelationTable;
  routine: RoutineTable;
  session: SessionTable;
  setting: SettingTable;
  sign_in: SignInTable;
  sign_in_attempt: SignInAttemptTable;
  statement: StatementTable;
  workspace_role: WorkspaceRoleTable;
}
