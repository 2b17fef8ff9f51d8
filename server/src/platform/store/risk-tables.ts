import type { ColumnType, Generated } from 'kysely';

/** The tables of risk rules and of labels, a part of `StoreSchema`. */
export interface RiskTables {
  data_label: DataLabelTable;
  label_pattern: LabelPatternTable;
  risk_evaluation: RiskEvaluationTable;
  risk_rule: RiskRuleTable;
  risk_rule_version: RiskRuleVersionTable;
}

interface DataLabelTable {
  id: Generated<string>;
  database_id: string;
  schema_name: string;
  table_name: string;
  column_name: Generated<string>;
  label: string;
  origin: 'hand' | 'suggestion';
  added_by: string | null;
  added_at: Generated<Date>;
}

interface LabelPatternTable {
  id: Generated<string>;
  project_id: string | null;
  target: 'table' | 'column';
  pattern: string;
  label: string;
  added_by: string | null;
  added_at: Generated<Date>;
}

interface RiskEvaluationTable {
  id: Generated<string>;
  request_id: string;
  round: number;
  source: 'read' | 'write' | 'export' | 'emergency';
  level: 'low' | 'moderate' | 'high' | null;
  rule_version_id: string | null;
  considered: string[];
  is_faulty: boolean;
  reason: string;
  inputs: ColumnType<unknown, string, string>;
  at: ColumnType<Date, Date | string, Date | string>;
}

interface RiskRuleTable {
  id: Generated<string>;
  source: 'read' | 'write' | 'export' | 'emergency';
  position: number;
  is_on: Generated<boolean>;
  version: Generated<number>;
  fault: string | null;
  faulted_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  created_at: Generated<Date>;
  deleted_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

interface RiskRuleVersionTable {
  id: Generated<string>;
  rule_id: string;
  version: number;
  name: string;
  condition: string;
  level: 'low' | 'moderate' | 'high';
  created_by: string | null;
  created_at: Generated<Date>;
}
