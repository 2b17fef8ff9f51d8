import type { ColumnType, GeneratedAlways } from 'kysely';

type Instant<Insert, Update> = ColumnType<Date, Date | string | Insert, Date | string | Update>;

/** What the sweep found at an instance, and what was done about it. */
export interface InstanceFindingTable {
  id: GeneratedAlways<string>;
  instance_id: string;
  account_id: string | null;
  account_name: string;
  kind: 'drift' | 'stranger' | 'orphan' | 'owned';
  what: string;
  found_at: Instant<undefined, never>;
  action: string | null;
  done_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface FindingTables {
  instance_finding: InstanceFindingTable;
}
