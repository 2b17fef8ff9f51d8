import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';

/** Whatever bears such a name has the label. `*` stands for any characters; case does not count. */
export interface LabelPattern {
  readonly id: string;
  /** Null: in every database. */
  readonly projectId: string | null;
  readonly target: 'table' | 'column';
  readonly pattern: string;
  readonly label: string;
}

/** Patterns that hold in a project's databases; in those without a project, where it is null. */
export async function readLabelPatterns(db: Db, projectId: string | null): Promise<LabelPattern[]> {
  return await db
    .selectFrom('label_pattern')
    .select(['id', 'project_id as projectId', 'target', 'pattern', 'label'])
    .where(sql<boolean>`project_id is null or project_id = ${projectId}`)
    .orderBy('label')
    .orderBy('pattern')
    .execute();
}

/** Those of every project, where many are looked at. */
export async function readAllLabelPatterns(db: Db): Promise<LabelPattern[]> {
  return await db
    .selectFrom('label_pattern')
    .select(['id', 'project_id as projectId', 'target', 'pattern', 'label'])
    .execute();
}

/** Compares names with a pattern in time that grows with their lengths, whatever the pattern. */
export function patternMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  return (given) => {
    const name = given.toLowerCase();
    if (last === undefined) return name === first;
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    const end = name.length - last.length;
    let from = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, from);
      if (found === -1 || found + part.length > end) return false;
      from = found + part.length;
    }
    return true;
  };
}

/** Labels that the names of tables and columns have by pattern. */
export function labelsByPattern(
  patterns: readonly LabelPattern[],
  names: { readonly tables: readonly string[]; readonly columns: readonly string[] },
): string[] {
  const hit = patterns.filter(({ target, pattern }) =>
    (target === 'table' ? names.tables : names.columns).some(patternMatcher(pattern)),
  );
  return [...new Set(hit.map(({ label }) => label))];
}
