import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { type DatabaseNames, databaseNames } from './database-names.ts';
import { type LabelPattern, labelsByPattern, readAllLabelPatterns } from './label-pattern.ts';
import { tableKey } from './label-read-model.ts';

/** What of a database is shown: all of it, whole schemas, single tables. */
export interface ShownPart {
  readonly databaseId: string;
  readonly isWhole: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly { readonly schema: string; readonly table: string }[];
}

/** Labels of one database, as they are shown. */
export interface ShownLabels {
  /** Of one table and its columns. */
  ofTable(schema: string, table: string): readonly string[];
  /** Of everything that a part shows. */
  ofPart(part: ShownPart): readonly string[];
}

/** Labels of what is asked for or decided on: those that were set and those by pattern, for many databases at once. */
export async function labelsOfDatabases(db: Db, databaseIds: readonly string[]): Promise<Map<string, ShownLabels>> {
  if (databaseIds.length === 0) return new Map();
  const set = await readSetLabels(db, databaseIds);
  const patterns = await readAllLabelPatterns(db);
  const names = patterns.length === 0 ? new Map<string, DatabaseNames>() : await databaseNames(db, databaseIds);
  const setByDatabase = Map.groupBy(set, (row) => row.databaseId);
  return new Map(
    databaseIds.map((id) => {
      const known = names.get(id);
      const holding = patterns.filter(({ projectId }) => projectId === null || projectId === known?.projectId);
      return [id, shownLabels(setByDatabase.get(id) ?? [], holding, known)];
    }),
  );
}

function shownLabels(
  set: readonly SetLabels[],
  patterns: readonly LabelPattern[],
  names: DatabaseNames | undefined,
): ShownLabels {
  const byTable = new Map(set.map((row) => [tableKey(row.schema, row.table), row.labels]));
  const ofTable = (schema: string, table: string): string[] => {
    const columns = names?.columnsOf(schema, table);
    const given = columns === undefined ? [] : labelsByPattern(patterns, { tables: [table], columns });
    return unique([...(byTable.get(tableKey(schema, table)) ?? []), ...given]);
  };
  return {
    ofTable,
    ofPart: ({ isWhole, schemas, tables }) => {
      const whole = set.filter(({ schema }) => isWhole || schemas.includes(schema)).flatMap((row) => row.labels);
      const given = names === undefined ? [] : labelsByPattern(patterns, names.within(isWhole ? null : schemas));
      return unique([...whole, ...given, ...tables.flatMap(({ schema, table }) => ofTable(schema, table))]);
    },
  };
}

function unique(labels: readonly string[]): string[] {
  return [...new Set(labels)].toSorted();
}

interface SetLabels {
  readonly databaseId: string;
  readonly schema: string;
  readonly table: string;
  readonly labels: readonly string[];
}

async function readSetLabels(db: Db, databaseIds: readonly string[]): Promise<SetLabels[]> {
  const { rows } = await sql<SetLabels>`
    select database_id as "databaseId", schema_name as schema, table_name as "table",
      array_agg(distinct label) as labels
    from tidegate.data_label where database_id = any(${databaseIds}::uuid[]) group by 1, 2, 3`.execute(db);
  return rows;
}
