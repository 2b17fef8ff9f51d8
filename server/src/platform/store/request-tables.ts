import type { ColumnType, Generated } from 'kysely';

/** The tables of requests, approval and emergency access; see `store-schema.ts`. */

type Json = ColumnType<unknown, string, string>;
type NullableJson = ColumnType<unknown, string | null | undefined, string | null>;
type Instant = ColumnType<Date, Date | string, Date | string>;
type NullableInstant = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type GeneratedInstant = ColumnType<Date, Date | string | undefined, Date | string>;
type Level = 'low' | 'moderate' | 'high';
type Source = 'read' | 'write' | 'export' | 'emergency';

export interface AccessRequestTable {
  id: Generated<string>;
  number: Generated<number>;
  project_id: string;
  requester_id: string;
  state: Generated<'pending' | 'changes_wanted' | 'approved' | 'rejected' | 'withdrawn' | 'expired'>;
  scope: Json;
  privileges: ('read' | 'write' | 'export')[];
  reason: string;
  expiry: Json;
  statement_text: string | null;
  content_hash: string;
  created_at: GeneratedInstant;
  decided_at: NullableInstant;
  former_state: Generated<string>;
  kind: Generated<'access' | 'extend' | 'add'>;
  amends_grant_id: string | null;
  behind_id: string | null;
  ticket: string | null;
  starts_at: NullableInstant;
  round: Generated<number>;
  level: Level | null;
  is_auto_approved: Generated<boolean>;
  narrowed: NullableJson;
  reminded_at: NullableInstant;
}

export interface AccessRequestTransitionTable {
  former_state: string;
  state: string;
}

export interface ApprovalCapTable {
  project_id: string | null;
  level: Level;
  longest_minutes: number;
  allows_no_end: boolean;
  needs_ticket: boolean;
}

export interface ApprovalCellTable {
  project_id: string | null;
  source: Source;
  level: Level;
  flow_id: string;
}

export interface ApprovalFlowTable {
  id: Generated<string>;
  name: string;
  version: Generated<number>;
  created_at: GeneratedInstant;
  deleted_at: NullableInstant;
}

export interface ApprovalFlowVersionTable {
  flow_id: string;
  version: number;
  name: string;
  description: string;
  kind: 'steps' | 'auto_approve' | 'refuse';
  steps: Json;
  approves_write: Generated<boolean>;
  extends_minutes: number | null;
  saved_by: string | null;
  saved_at: GeneratedInstant;
}

export interface DecisionTable {
  id: Generated<string>;
  request_id: string;
  person_id: string;
  decision: 'approve' | 'reject';
  comment: string;
  content_hash: string;
  at: Instant;
  round: Generated<number>;
}

export interface DecisionStepTable {
  decision_id: string;
  step_id: string;
  request_id: string;
  round: number;
  track: number;
  person_id: string;
}

export interface EmergencyPolicyTable {
  environment_id: string;
  longest_minutes: number;
}

export interface EmergencyPolicyPrincipalTable {
  environment_id: string;
  person_id: string | null;
  group_id: string | null;
}

export interface EmergencyReviewTable {
  id: Generated<string>;
  grant_id: string;
  person_id: string;
  behind_id: string | null;
  project_id: string;
  reason: string;
  incident: string;
  level: Level;
  risk: Json;
  flow_id: string;
  flow_version: number;
  reviewer_keys: string[];
  state: Generated<'open' | 'closed'>;
  opened_at: Instant;
  closed_at: NullableInstant;
  closed_by: string | null;
  note: string | null;
  content_hash: string | null;
}

export interface RequestCutTable {
  id: Generated<string>;
  request_id: string;
  round: number;
  person_id: string;
  before: Json;
  after: Json;
  at: Instant;
}

export interface RequestMessageTable {
  id: Generated<string>;
  request_id: string;
  person_id: string | null;
  kind: 'comment' | 'changes_wanted' | 'edited' | 'reminded' | 'approved' | 'rejected' | 'narrowed' | 'lapsed';
  text: string;
  at: Instant;
}

export interface RequestRiskTable {
  request_id: string;
  round: number;
  source: Source;
  level: Level;
  rule_id: string | null;
  rule_name: string | null;
  rule_version: number | null;
  reason: string;
  is_faulty: boolean;
}

export interface RequestStepTable {
  id: Generated<string>;
  request_id: string;
  round: number;
  track: number;
  position: number;
  flow_id: string;
  flow_version: number;
  sources: Source[];
  deciders: Json;
  decider_keys: string[];
  quorum: number;
  minutes: number | null;
  afterwards: Json;
  state: 'waiting' | 'open' | 'satisfied' | 'passed_over' | 'expired' | 'void';
  due_at: NullableInstant;
}

/** Rows of `StoreSchema` by their names. */
export interface RequestTables {
  access_request: AccessRequestTable;
  access_request_transition: AccessRequestTransitionTable;
  approval_cap: ApprovalCapTable;
  approval_cell: ApprovalCellTable;
  approval_flow: ApprovalFlowTable;
  approval_flow_version: ApprovalFlowVersionTable;
  decision: DecisionTable;
  decision_step: DecisionStepTable;
  emergency_policy: EmergencyPolicyTable;
  emergency_policy_principal: EmergencyPolicyPrincipalTable;
  emergency_review: EmergencyReviewTable;
  request_cut: RequestCutTable;
  request_message: RequestMessageTable;
  request_risk: RequestRiskTable;
  request_step: RequestStepTable;
}
