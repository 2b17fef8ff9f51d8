import type { Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';

/** Refuses with `grant.scope_unknown`, naming what is not there, unless every item lies in the project's catalog. */
export async function checkScope(tx: Tx, projectId: string, scope: Scope): Promise<void> {
  if (scope.kind === 'project') return;
  if (scope.items.some((item) => item.asOfNow === true)) {
    throw new AppError('request.invalid', 'What is meant as of now is not possible here: choose the tables.');
  }
  const { rows } = await sql<{ name: string | null; schema: string | null; table: string | null }>`
    select database.name, item.schema, item."table"
    from jsonb_to_recordset(${JSON.stringify(scope.items)}::jsonb) as item("databaseId" uuid, schema text, "table" text)
    left join tidegate.database on database.id = item."databaseId" and database.project_id = ${projectId}
      and database.vanished_at is null
    where database.id is null
      or (item."table" is not null and not exists (
        select from tidegate.relation where relation.database_id = database.id
          and relation.schema_name = coalesce(item.schema, '') and relation.name = item."table"))
      or (item."table" is null and item.schema is not null and not exists (
        select from tidegate.relation where relation.database_id = database.id and relation.schema_name = item.schema))
    limit 5`.execute(tx);
  const [first] = rows;
  if (first === undefined) return;
  if (first.name === null) {
    throw new AppError('grant.scope_unknown', 'A chosen database is not in this project any more. Choose again.');
  }
  const names = rows.map((row) => [row.schema, row.table].filter((part) => part !== null && part !== '').join('.'));
  throw new AppError(
    'grant.scope_unknown',
    `${first.name} has no ${names.join(', ')}. Synchronise the instance if it is new, or choose again.`,
  );
}
