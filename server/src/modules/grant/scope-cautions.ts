import type { ScopeView } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { joinWords } from './scope-words.ts';

/** What whoever decides on a scope should know of its servers and tables, a sentence each. */
export async function readCautions(db: Db, projectId: string, scope: ScopeView, askedAt: Date): Promise<string[]> {
  const gaps = await readGaps(db, projectId, scope);
  const replaced = await readReplaced(db, scope, askedAt);
  return [...gaps, ...replaced];
}

/** Gaps in the wall: what every account may do there, whatever it is granted. */
async function readGaps(db: Db, projectId: string, scope: ScopeView): Promise<string[]> {
  const ids = scope.databases.map(({ databaseId }) => databaseId);
  const place = scope.isProject ? sql`database.project_id = ${projectId}` : sql`database.id = any(${ids}::uuid[])`;
  const { rows } = await sql<{ title: string; messages: string[] }>`
    select instance.title, array_agg(distinct finding ->> 'message' order by finding ->> 'message') as messages
    from tidegate.instance
    join tidegate.database on database.instance_id = instance.id and database.vanished_at is null and ${place}
    cross join lateral jsonb_array_elements(instance.capability_findings) as finding
    where finding ->> 'severity' = 'wall incomplete'
      and coalesce(finding ->> 'database', database.name) = database.name
    group by instance.id, instance.title order by instance.title`.execute(db);
  return rows.map(({ title, messages: [first = '', ...others] }) => {
    const more = others.length === 0 ? '' : ` And ${others.length} more, on the instance’s page.`;
    return `The wall at ${title} is incomplete: ${first}${more}`;
  });
}

/** Tables that something else has taken the names of since they were asked for. */
async function readReplaced(db: Db, scope: ScopeView, askedAt: Date): Promise<string[]> {
  const sentences: string[] = [];
  for (const { databaseId, name, tables } of scope.databases) {
    if (tables.length === 0) continue;
    const { rows } = await sql<{ table: string }>`
      select relation.name as "table" from jsonb_to_recordset(${JSON.stringify(tables)}::jsonb) as asked (schema text, "table" text)
      join tidegate.relation on relation.database_id = ${databaseId} and relation.schema_name = asked.schema
        and relation.name = asked."table"
      where relation.since > ${askedAt} order by 1`.execute(db);
    if (rows.length === 0) continue;
    const names = joinWords(
      rows.map(({ table }) => table),
      'tables',
    );
    sentences.push(`Made again, or another took the name, since this was asked: ${names} in ${name}.`);
  }
  return sentences;
}
