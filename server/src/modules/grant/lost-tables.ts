import type { Grant } from '@tidegate/contract';
import { sql } from 'kysely';
import { AppError } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { accountsOfGrants, markAccountsDirty } from './dirty-accounts.ts';
import { announceGrants, readGrantFacts } from './grant-facts.ts';
import { joinWords } from './scope-words.ts';

/** A granted table whose name stands for nothing, or for something else, since then. */
export interface LostTable {
  readonly grantId: string;
  readonly databaseId: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly since: Date;
  /** Whether something has the name now, so that it can be confirmed anew. */
  readonly isReplaced: boolean;
}

type Place = Pick<LostTable, 'grantId' | 'database' | 'schema' | 'table'>;

const isNamed = sql`relation.database_id = item.database_id
  and relation.schema_name = coalesce(item.schema_name, '') and relation.name = item.table_name`;

/**
 * Scopes are by name and remember what had the name. A table that was made again, or another one that took its name,
 * is not what was granted: it is lost to the grant until somebody who may grant confirms it.
 */
export class LostTables {
  readonly #audit: AuditLog;
  readonly #feed: ChangeFeed;

  constructor(parts: { audit: AuditLog; feed: ChangeFeed }) {
    this.#audit = parts.audit;
    this.#feed = parts.feed;
  }

  /** After the catalog of a database has changed, in the same transaction. What has come back as it was, is back. */
  async compare(tx: Tx, databaseId: string): Promise<void> {
    const { rows } = await sql<Place & { isLost: boolean }>`
      update tidegate.access_grant_item item set
        lost_at = case when now_there.identity is null then coalesce(item.lost_at, tidegate.now()) end,
        identity = coalesce(now_there.identity, item.identity)
      from (
        select item.ctid, min(relation.identity) filter (
          where item.identity is null or tidegate.is_same_relation(relation.identity, item.identity)) as identity
        from tidegate.access_grant_item item
        join tidegate.access_grant g on g.id = item.grant_id and g.closing_at is null
        left join tidegate.relation on ${isNamed}
        where item.database_id = ${databaseId} and item.table_name is not null
        group by item.ctid
      ) as now_there, tidegate.database
      where item.ctid = now_there.ctid and database.id = item.database_id
        and ((item.lost_at is null) <> (now_there.identity is not null)
          or now_there.identity is distinct from coalesce(item.identity, now_there.identity))
      returning item.grant_id as "grantId", database.name as database, coalesce(item.schema_name, '') as schema,
        item.table_name as "table", item.lost_at is not null as "isLost"`.execute(tx);
    await this.#record(
      tx,
      databaseId,
      'grant.tables_lost',
      null,
      rows.filter((row) => row.isLost),
    );
  }

  /**
   * What has the names now is granted under them. The caller has checked that `by` may grant, and nothing to himself.
   * Refuses with `grant.no_lost_tables` when nothing is there to confirm.
   */
  async confirm(tx: Tx, grantId: string, by: Confirmer): Promise<void> {
    const { rows } = await sql<Place & { databaseId: string }>`
      update tidegate.access_grant_item item set lost_at = null, identity = relation.identity
      from tidegate.relation, tidegate.database, tidegate.access_grant g
      where item.grant_id = ${grantId} and item.lost_at is not null and ${isNamed} and database.id = item.database_id
        and g.id = item.grant_id and g.closing_at is null
      returning item.grant_id as "grantId", item.database_id as "databaseId", database.name as database,
        coalesce(item.schema_name, '') as schema, item.table_name as "table"`.execute(tx);
    if (rows.length === 0) throw new AppError('grant.no_lost_tables', 'This grant has no table to confirm now.');
    for (const [databaseId, places] of Map.groupBy(rows, (row) => row.databaseId)) {
      await this.#record(tx, databaseId, 'grant.tables_confirmed', by, places);
    }
    await markAccountsDirty(
      tx,
      sql`account.id in (select account_id from (${accountsOfGrants(sql`g.id = ${grantId}`)}) as found)`,
    );
  }

  async #record(tx: Tx, databaseId: string, kind: LostKind, by: Confirmer | null, places: readonly Place[]) {
    const byGrant = Map.groupBy(places, (place) => place.grantId);
    const facts = await readGrantFacts(tx, [...byGrant.keys()]);
    if (facts.length === 0) return;
    await announceGrants(tx, this.#feed, facts);
    await this.#audit.appendMany(
      tx,
      facts.map(({ id, projectId, requestId, holder, sentence }) => ({
        ...eventKinds[kind],
        actorId: by?.personId ?? null,
        onBehalfOfId: by?.adminPersonId ?? null,
        ...{ projectId, requestId, databaseId, grantId: id },
        data: {
          holder,
          sentence,
          database: byGrant.get(id)?.[0]?.database,
          tables: (byGrant.get(id) ?? []).map(nameOf),
        },
      })),
    );
  }
}

interface Confirmer {
  readonly personId: string;
  /** The administrator behind him, while he continues as the sample person. */
  readonly adminPersonId: string | null;
}

type LostKind = keyof typeof eventKinds;
const eventKinds = {
  'grant.tables_lost': { kind: 'grant.tables_lost' },
  'grant.tables_confirmed': { kind: 'grant.tables_confirmed' },
} as const;

/** Of open grants, by grant; those without are left out. */
export async function readLostTables(db: Db, grantIds: readonly string[]): Promise<Map<string, LostTable[]>> {
  if (grantIds.length === 0) return new Map();
  const { rows } = await sql<LostTable>`
    select item.grant_id as "grantId", item.database_id as "databaseId", database.name as database,
      coalesce(item.schema_name, '') as schema, item.table_name as "table", item.lost_at as since,
      relation.id is not null as "isReplaced"
    from tidegate.access_grant_item item
    join tidegate.database on database.id = item.database_id
    join tidegate.access_grant g on g.id = item.grant_id and g.closing_at is null
    left join tidegate.relation on ${isNamed}
    where item.grant_id = any(${[...grantIds]}::uuid[]) and item.lost_at is not null
    order by database.name, item.schema_name, item.table_name`.execute(db);
  return Map.groupBy(rows, (row) => row.grantId);
}

export function presentLostTable({
  database,
  schema,
  table,
  since,
  isReplaced,
}: LostTable): Grant['lostTables'][number] {
  return { database, schema, table, since: since.toISOString(), isReplaced };
}

/** Follows a grant's sentence: `, without salary until it is confirmed`. */
export function lostWords(lost: readonly LostTable[]): string {
  const [gone, replaced] = [false, true].map((is) => lost.filter((one) => one.isReplaced === is).map(nameOf));
  const parts = [
    ...(gone === undefined || gone.length === 0
      ? []
      : [`${joinWords(gone, 'tables')}, which ${gone.length === 1 ? 'no longer exists' : 'no longer exist'}`]),
    ...(replaced === undefined || replaced.length === 0
      ? []
      : [`${joinWords(replaced, 'tables')}, made anew and not confirmed`]),
  ];
  return parts.length === 0 ? '' : `, without ${parts.join(' and ')}`;
}

function nameOf({ schema, table }: Pick<LostTable, 'schema' | 'table'>): string {
  return schema === '' || schema === 'public' ? table : `${schema}.${table}`;
}
