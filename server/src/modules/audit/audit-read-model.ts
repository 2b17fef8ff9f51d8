import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { recordedColumns } from './audit-event-rows.ts';
import { personSubject, tableSubject } from './audit-mentions.ts';
import { makeSearchable } from './audit-search.ts';
import type { RecordedEvent } from './chain-walk.ts';

export interface AuditFilters {
  readonly search?: string | undefined;
  readonly kind?: string | undefined;
  /** As actor, behind the sample person, as whom the event is about, or whose request it is. */
  readonly personId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly databaseId?: string | undefined;
  /** As statements are recorded; needs the database. */
  readonly table?: string | undefined;
  readonly requestId?: string | undefined;
  readonly grantId?: string | undefined;
  /** Included. */
  readonly from?: string | undefined;
  /** Excluded. */
  readonly to?: string | undefined;
}

export interface AuditQuery extends AuditFilters {
  readonly pageSize: number;
  readonly cursor?: string | undefined;
}

interface Named {
  readonly id: string;
  readonly name: string;
}
export interface AuditRow extends RecordedEvent {
  readonly actor: Named | null;
  readonly onBehalfOf: Named | null;
}

export interface AuditPage {
  readonly items: readonly AuditRow[];
  readonly next: string | null;
  /** The search stopped after so many events; `next` goes on. */
  readonly isPartial: boolean;
}

/** Events that one call searches by their text; no index could. */
const searchedAtOnce = 5_000;

const newestFirst = sql`at desc, writer desc, sequence desc`;

/** Newest first, after the cursor. Reads as many events as it shows, whatever the size of the record. */
export async function listAuditEvents(db: Db, query: AuditQuery): Promise<AuditPage> {
  await makeSearchable(db);
  const search = query.search?.trim() ?? '';
  const wanted = query.pageSize + 1;
  const places = placesOf(query, search === '' ? wanted : searchedAtOnce);
  const { rows } = await sql<AuditRow>`
    select ${shownColumns} from (${places}) as place ${shown(sql`place`)}
    where ${search === '' ? sql`true` : matches(search)}
    order by place.at desc, place.writer desc, place.sequence desc limit ${wanted}`.execute(db);
  const items = rows.slice(0, query.pageSize);
  const last = items.at(-1);
  if (rows.length > query.pageSize && last !== undefined) return { items, next: cursorOf(last), isPartial: false };
  const searchedTo = search === '' ? null : await findLastPlace(db, places);
  return { items, next: searchedTo, isPartial: searchedTo !== null };
}

/** The place to go on from, when as many events as allowed were searched. */
async function findLastPlace(db: Db, places: RawBuilder<unknown>): Promise<string | null> {
  const { rows } = await sql<{ at: string; writer: string; sequence: number }>`
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, writer, sequence::int as sequence
    from (${places}) as place order by ${newestFirst} offset ${searchedAtOnce - 1} limit 1`.execute(db);
  return rows[0] === undefined ? null : cursorOf(rows[0]);
}

const namedPerson = (alias: string): RawBuilder<unknown> => {
  const id = sql.ref(`${alias}.id`);
  return sql`case when ${id} is null then null else jsonb_build_object('id', ${id}, 'name', ${sql.ref(`${alias}.name`)}) end`;
};
const shownColumns = sql`${recordedColumns}, ${namedPerson('a')} as actor, ${namedPerson('b')} as "onBehalfOf"`;
const shown = (place: RawBuilder<unknown>) => sql`
  join tidegate.audit_event e on e.writer = ${place}.writer and e.sequence = ${place}.sequence
  left join tidegate.person a on a.id = e.actor_id
  left join tidegate.person b on b.id = e.on_behalf_of_id`;

function matches(search: string): RawBuilder<unknown> {
  const like = likeOf(search);
  return sql`(e.kind ilike ${like} or e.data::text ilike ${like} or a.name ilike ${like} or b.name ilike ${like})`;
}

/**
 * The newest places that the filters leave, at most `limit`. Each way in which an event may concern a person is read
 * from an index of its own and then merged: as one condition it would read the whole record.
 */
function placesOf(query: AuditQuery, limit: number): RawBuilder<unknown> {
  const { personId, databaseId, table } = query;
  const conditions = sql.join(conditionsOf(query), sql` and `);
  const newestOf = (source: RawBuilder<unknown>, condition: RawBuilder<unknown>, order: 'e' | 'm') => {
    const [at, writer, sequence] = ['at', 'writer', 'sequence'].map((column) => sql.ref(`${order}.${column}`));
    return sql`(select e.at, e.writer, e.sequence from ${source} where ${condition} and ${conditions}
      order by ${at} desc, ${writer} desc, ${sequence} desc limit ${limit})`;
  };
  const events = sql`tidegate.audit_search e`;
  // In the order of the mentions, whose index gives the newest first.
  const mentioned = (subject: string, condition: RawBuilder<unknown>) =>
    newestOf(
      sql`tidegate.audit_mention m join ${events} on e.writer = m.writer and e.sequence = m.sequence`,
      sql`m.subject = ${subject} and ${placeConditions('m', query)} and ${condition}`,
      'm',
    );
  if (table !== undefined && databaseId !== undefined) {
    const isHis = sql`(e.actor_id = ${personId} or e.on_behalf_of_id = ${personId})`;
    return mentioned(tableSubject(databaseId, table), personId === undefined ? sql`true` : isHis);
  }
  if (personId === undefined) return newestOf(events, sql`true`, 'e');
  const asked = sql`(select id from tidegate.access_request where requester_id = ${personId})`;
  const ways = [
    newestOf(events, sql`e.actor_id = ${personId}`, 'e'),
    newestOf(events, sql`e.on_behalf_of_id = ${personId}`, 'e'),
    newestOf(events, sql`e.request_id in ${asked}`, 'e'),
    mentioned(personSubject(personId), sql`true`),
  ];
  return sql`select at, writer, sequence from (${sql.join(ways, sql` union `)}) as way order by ${newestFirst} limit ${limit}`;
}

/** Conditions on an event `e`, apart from its text, the person and the table. */
export function conditionsOf(query: AuditFilters & { readonly cursor?: string | undefined }): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = [placeConditions('e', query)];
  const { kind, projectId, databaseId, grantId, requestId } = query;
  if (kind !== undefined) conditions.push(sql`e.kind = ${kind}`);
  if (projectId !== undefined) conditions.push(sql`e.project_id = ${projectId}`);
  // With a table the mention says it: the event itself may be one of another database, or of none.
  if (databaseId !== undefined && query.table === undefined) conditions.push(sql`e.database_id = ${databaseId}`);
  if (grantId !== undefined) conditions.push(sql`e.grant_id = ${grantId}`);
  if (requestId !== undefined) conditions.push(sql`e.request_id = ${requestId}`);
  return conditions;
}

/** The same filters for whoever reads chain by chain: a condition on the event `e`. */
export function filteredEvents(filters: AuditFilters): RawBuilder<unknown> {
  const { personId, databaseId, table, search } = filters;
  const conditions = conditionsOf(filters);
  // What was recorded just now is not yet among the mentions, and what was recorded long ago is only there.
  const isMentioned = (subject: string) => sql`(e.mentions @> ${JSON.stringify([subject])}::jsonb or exists (
    select from tidegate.audit_mention m
    where m.subject = ${subject} and m.at = e.at and m.writer = e.writer and m.sequence = e.sequence))`;
  if (personId !== undefined) {
    conditions.push(sql`(e.actor_id = ${personId} or e.on_behalf_of_id = ${personId}
      or e.request_id in (select id from tidegate.access_request where requester_id = ${personId})
      or ${isMentioned(personSubject(personId))})`);
  }
  if (table !== undefined && databaseId !== undefined) conditions.push(isMentioned(tableSubject(databaseId, table)));
  const text = search?.trim() ?? '';
  if (text !== '') {
    const like = likeOf(text);
    conditions.push(sql`(e.kind ilike ${like} or e.data::text ilike ${like} or exists (select from tidegate.person
      where id in (e.actor_id, e.on_behalf_of_id) and name ilike ${like}))`);
  }
  return sql.join(conditions, sql` and `);
}

function likeOf(search: string): string {
  return `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

function placeConditions(alias: 'e' | 'm', { from, to, cursor }: AuditFilters & { cursor?: string | undefined }) {
  const [at, writer, sequence] = ['at', 'writer', 'sequence'].map((column) => sql.ref(`${alias}.${column}`));
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  if (from !== undefined) conditions.push(sql`${at} >= ${from}::timestamptz`);
  if (to !== undefined) conditions.push(sql`${at} < ${to}::timestamptz`);
  const place = cursor === undefined ? null : parseCursor(cursor);
  if (place !== null) {
    conditions.push(
      sql`(${at}, ${writer}, ${sequence}) < (${place.at}::timestamptz, ${place.writer}, ${place.sequence}::bigint)`,
    );
  }
  return sql.join(conditions, sql` and `);
}

export function cursorOf({ at, writer, sequence }: { at: string; writer: string; sequence: number }): string {
  return `${at}~${writer}~${sequence}`;
}

/** Null for what no list has given out: then the list begins at its beginning. */
function parseCursor(cursor: string): { at: string; writer: string; sequence: string } | null {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z)~([0-9a-z]{1,40})~(\d{1,18})$/.exec(cursor);
  return found === null ? null : { at: found[1] ?? '', writer: found[2] ?? '', sequence: found[3] ?? '' };
}

/** Kinds that can be found, read by jumping from one to the next in the index instead of over all events. */
export async function listAuditKinds(db: Db): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`
    with recursive kinds as (
      (select kind from tidegate.audit_search order by kind limit 1)
      union all
      select (select e.kind from tidegate.audit_search e where e.kind > kinds.kind order by e.kind limit 1)
      from kinds where kinds.kind is not null)
    select kind from kinds where kind is not null`.execute(db);
  return rows.map((row) => row.kind);
}

/** By its place in its chain. */
export async function findAuditEvent(db: Db, writer: string, sequence: number): Promise<AuditRow | null> {
  const { rows } = await sql<AuditRow>`
    select ${shownColumns} from (select ${writer}::text as writer, ${sequence}::bigint as sequence) as place
    ${shown(sql`place`)}`.execute(db);
  return rows[0] ?? null;
}

const mostRelated = 60;

/** What belongs to an event: its request, the grants that came of it, their end, and the last statements under them. */
export async function listRelated(db: Db, event: AuditRow): Promise<{ items: AuditRow[]; hasMore: boolean }> {
  await makeSearchable(db);
  const named = Array.isArray(event.data) ? [] : ((event.data as Record<string, unknown>)['grants'] ?? []);
  const grantIds = [event.grantId, ...(Array.isArray(named) ? named : [])].filter(isId);
  const { rows } = await sql<AuditRow>`
    with granted as (
      select id, request_id from tidegate.access_grant
      where id = any(${grantIds}::uuid[]) or request_id = ${event.requestId}::uuid
    ), asked as (
      select request_id as id from granted where request_id is not null union select ${event.requestId}::uuid
    ), place as (
      select writer, sequence from tidegate.audit_search where request_id in (select id from asked where id is not null)
      union
      select writer, sequence from tidegate.audit_search
      where grant_id in (select id from granted) and kind like 'grant.%'
      union
      select writer, sequence from tidegate.audit_search where statement_id = ${event.statementId}::uuid
      union
      (select s.writer, s.sequence from granted cross join lateral (
        select writer, sequence, at from tidegate.audit_search e
        where e.grant_id = granted.id and e.kind = 'statement.started' order by e.at desc limit 20) as s
      order by s.at desc limit 20)
    )
    select ${shownColumns} from place ${shown(sql`place`)} order by e.at, e.writer, e.sequence
    limit ${mostRelated + 1}`.execute(db);
  return { items: rows.slice(0, mostRelated), hasMore: rows.length > mostRelated };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);
}
