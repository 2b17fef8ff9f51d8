import type { RouteReply, Routes, ScopeItem } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { presentScopes } from './scope-views.ts';

type Reader = RouteReply<Routes['GET /databases/:databaseId/access']>['items'][number];

interface Row extends Omit<Reader, 'sentence' | 'startsAt' | 'expiresAt' | 'state' | 'person'> {
  readonly personId: string;
  readonly personName: string;
  readonly email: string;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  readonly projectId: string | null;
  readonly items: ScopeItem[];
  readonly total: number;
}

const now = sql`(select tidegate.now())`;

/** Who can use a database now: by the same conditions as `readActive`, from the side of the database. */
export class DatabaseReaders {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async list(
    databaseId: string,
    searched: string | undefined,
    page: number,
    pageSize: number,
  ): Promise<{ items: Reader[]; total: number }> {
    const search = searched?.trim() ?? '';
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    const { rows } = await sql<Row>`
      with place as (
        select database.id, database.project_id, project.state as project_state from tidegate.database
        join tidegate.instance on instance.id = database.instance_id and instance.unregistering_at is null
        left join tidegate.project on project.id = database.project_id
        where database.id = ${databaseId} and database.vanished_at is null
      ),
      active as (
        select g.* from tidegate.access_grant g cross join place
        where g.closing_at is null and g.starts_at <= ${now} and (g.expires_at is null or g.expires_at > ${now})
          and (g.project_id is null or g.project_id = place.project_id)
          and (place.project_state = 'active' or (place.project_id is null and g.source = 'role'))
          and (g.covers_all_databases
            or exists (select from tidegate.access_grant_item item where item.grant_id = g.id and item.database_id = place.id and item.lost_at is null))
      ),
      held as (
        select active.id, active.person_id, null as group_name from active where active.person_id is not null
        union all
        select active.id, m.person_id, active.group_name from active join tidegate.group_member m on m.group_id = active.group_id
      )
      select person.id as "personId", person.name as "personName", person.email, held.group_name as "groupName",
        g.id as "grantId", g.source, g.privileges, g.starts_at as "startsAt", g.expires_at as "expiresAt",
        g.project_id as "projectId",
        coalesce((select jsonb_agg(jsonb_build_object('databaseId', database_id, 'schema', schema_name, 'table', table_name))
            from tidegate.access_grant_item where grant_id = g.id and database_id = ${databaseId} and lost_at is null),
          jsonb_build_array(jsonb_build_object('databaseId', ${databaseId}::uuid, 'schema', null, 'table', null))) as items,
        (select count(*)::int from tidegate.session s
          where s.person_id = person.id and s.database_id = ${databaseId} and s.state <> 'ended') as "openSessions",
        count(*) over ()::int as total
      from held
      join active g on g.id = held.id
      join tidegate.person on person.id = held.person_id and person.state = 'active'
      where ${search === ''} or person.name ilike ${pattern} or person.email ilike ${pattern} or held.group_name ilike ${pattern}
      order by lower(person.name), person.id, g.created_at, g.id
      limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(this.#db);
    const scopes = await presentScopes(
      this.#db,
      rows.map(({ projectId, items }) => ({ projectId, scope: { kind: 'items', items } })),
    );
    return { items: rows.map((row, index) => present(row, scopes[index]?.sentence ?? '')), total: rows[0]?.total ?? 0 };
  }
}

function present(row: Row, sentence: string): Reader {
  const { personId, personName, email, projectId: _project, items: _items, total: _total, ...rest } = row;
  return {
    ...rest,
    person: { id: personId, name: personName, email },
    sentence,
    startsAt: row.startsAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    state: 'active',
  };
}
