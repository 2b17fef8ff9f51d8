import type { Grant, RouteReply, Routes } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { readGrantFacts } from './grant-facts.ts';

type Detail = RouteReply<Routes['GET /grants/:grantId']>;
export type Receipt = Detail['receipt'];
type Relative = Detail['family'][number];

/** Granted against used, of any number of grants. */
export async function readReceipts(db: Db, grantIds: readonly string[]): Promise<Map<string, Receipt>> {
  const ids = [...grantIds];
  const { rows } = await sql<Receipt & { grantId: string }>`
    select g.id as "grantId",
      case when g.covers_all_databases then (
          select count(*)::int from tidegate.relation r join tidegate.database place on place.id = r.database_id
          where place.project_id = g.project_id or (g.project_id is null and place.project_id is not null))
        else (select coalesce(sum(case when item.table_name is not null then 1 else (
            select count(*) from tidegate.relation r where r.database_id = item.database_id
              and (item.schema_name is null or item.schema_name = r.schema_name)) end), 0)::int
          from tidegate.access_grant_item item where item.grant_id = g.id
            -- Not once more what a wider part of the same grant covers.
            and not exists (select from tidegate.access_grant_item wider
              where wider.grant_id = g.id and wider.database_id = item.database_id and wider.table_name is null
                and (wider.schema_name is null or wider.schema_name = item.schema_name)
                and (item.table_name is not null or (wider.schema_name is null and item.schema_name is not null))))
        end as granted,
      exists (select from tidegate.statement s where s.grant_ids @> array[g.id] and coalesce(s.affected_rows, 0) > 0) as "hasWritten",
      coalesce((select jsonb_agg(used order by used.database, used.schema, used."table") from (
        select s.database_id as "databaseId", place.name as database, r.schema_name as schema, r.name as "table",
          count(*)::int as statements
        from tidegate.statement s
        cross join unnest(s.tables) as touched(full_name)
        join tidegate.database place on place.id = s.database_id
        join tidegate.relation r on r.database_id = s.database_id
          and case when r.schema_name = '' then r.name else r.schema_name || '.' || r.name end = touched.full_name
        where s.grant_ids @> array[g.id]
        group by s.database_id, place.name, r.schema_name, r.name) as used), '[]') as used
    from tidegate.access_grant g where g.id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map(({ grantId, ...receipt }) => [grantId, receipt]));
}

/** `Used 2 of 12 tables in 34 statements.` */
export function receiptWords({ granted, used }: Receipt, statements: number): string {
  if (statements === 0) return 'It was not used.';
  const counted = statements === 1 ? '1 statement' : `${statements} statements`;
  return `Used ${used.length} of ${granted} ${granted === 1 ? 'table' : 'tables'} in ${counted}.`;
}

/** Rows that belong to a row by addition or narrowing. */
export async function readFamily(db: Db, grantId: string): Promise<Relative[]> {
  const { rows } = await sql<{ id: string; relation: Relative['relation']; state: Grant['state'] }>`
    with own as (select * from tidegate.access_grant where id = ${grantId})
    select g.id, case when g.id = own.amends_grant_id then 'added_to' when g.id = own.replaces_grant_id then 'before'
        when g.replaces_grant_id = own.id then 'left' else 'addition' end as relation,
      case when g.ended_at is not null then 'closed'
        when g.closing_at is not null or g.expires_at <= (select tidegate.now()) then 'closing'
        when g.starts_at > (select tidegate.now()) then 'scheduled' else 'active' end as state
    from tidegate.access_grant g, own
    where g.id in (own.amends_grant_id, own.replaces_grant_id) or g.replaces_grant_id = own.id
      or g.amends_grant_id = own.id
    order by g.created_at`.execute(db);
  const facts = await readGrantFacts(
    db,
    rows.map((row) => row.id),
  );
  const sentences = new Map(facts.map((one) => [one.id, one.sentence]));
  return rows.map((row) => ({ ...row, sentence: sentences.get(row.id) ?? '' }));
}
