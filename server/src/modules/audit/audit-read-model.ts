import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';

export interface AuditQuery {
  readonly search?: string | undefined;
  readonly page: number;
  readonly pageSize: number;
  readonly kind?: string | undefined;
  /** As actor, or as the administrator behind the sample person. */
  readonly personId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly databaseId?: string | undefined;
  readonly grantId?: string | undefined;
  /** Included. */
  readonly from?: string | undefined;
  /** Excluded. */
  readonly to?: string | undefined;
}

export interface AuditRow {
  readonly id: string;
  readonly writer: string;
  readonly sequence: number;
  readonly at: Date;
  readonly kind: string;
  readonly actor: { readonly id: string; readonly name: string } | null;
  readonly onBehalfOf: { readonly id: string; readonly name: string } | null;
  readonly projectId: string | null;
  readonly databaseId: string | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly statementId: string | null;
  readonly data: Record<string, unknown>;
  readonly hash: string;
}

const named = (alias: string): RawBuilder<unknown> => {
  const id = sql.ref(`${alias}.id`);
  return sql`case when ${id} is null then null else jsonb_build_object('id', ${id}, 'name', ${sql.ref(`${alias}.name`)}) end`;
};

/** Newest first. Only filters that are set become part of the query, so that each finds its index. */
export async function listAuditEvents(db: Db, query: AuditQuery): Promise<{ items: AuditRow[]; total: number }> {
  const matching = sql`
    from tidegate.audit_event e
    left join tidegate.person a on a.id = e.actor_id
    left join tidegate.person b on b.id = e.on_behalf_of_id
    where ${sql.join(conditionsOf(query), sql` and `)}`;
  const counted = await sql<{ total: number }>`select count(*)::int as total ${matching}`.execute(db);
  const found = await sql<AuditRow>`
    select e.id, e.writer, e.sequence::int as sequence, e.at, e.kind, ${named('a')} as actor,
      ${named('b')} as "onBehalfOf", e.project_id as "projectId", e.database_id as "databaseId",
      e.request_id as "requestId", e.grant_id as "grantId", e.statement_id as "statementId", e.data, e.hash
    ${matching}
    order by e.at desc, e.writer, e.sequence desc
    limit ${query.pageSize} offset ${(query.page - 1) * query.pageSize}`.execute(db);
  return { items: found.rows, total: counted.rows[0]?.total ?? 0 };
}

/** Kinds that occur, read by jumping from one to the next in the index instead of over all events. */
export async function listAuditKinds(db: Db): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`
    with recursive kinds as (
      (select kind from tidegate.audit_event order by kind limit 1)
      union all
      select (select e.kind from tidegate.audit_event e where e.kind > kinds.kind order by e.kind limit 1)
      from kinds where kinds.kind is not null)
    select kind from kinds where kind is not null`.execute(db);
  return rows.map((row) => row.kind);
}

function conditionsOf(query: AuditQuery): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  const { kind, personId, projectId, databaseId, grantId, from, to, search } = query;
  if (kind !== undefined) conditions.push(sql`e.kind = ${kind}`);
  if (personId !== undefined) conditions.push(sql`(e.actor_id = ${personId} or e.on_behalf_of_id = ${personId})`);
  if (projectId !== undefined) conditions.push(sql`e.project_id = ${projectId}`);
  if (databaseId !== undefined) conditions.push(sql`e.database_id = ${databaseId}`);
  if (grantId !== undefined) conditions.push(sql`e.grant_id = ${grantId}`);
  if (from !== undefined) conditions.push(sql`e.at >= ${from}::timestamptz`);
  if (to !== undefined) conditions.push(sql`e.at < ${to}::timestamptz`);
  if (search !== undefined && search.trim() !== '') {
    const like = `%${search.trim().replaceAll(/[\\%_]/g, '\\$&')}%`;
    conditions.push(
      sql`(e.kind ilike ${like} or e.data::text ilike ${like} or a.name ilike ${like} or b.name ilike ${like})`,
    );
  }
  return conditions;
}
