import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { RevocableRow, RevocationStore } from './revocation-service.ts';

const nowOnce = sql`(select tidegate.now())`;

/** Open rows as those see them who end many at once. */
export class SqlRevocationStore implements RevocationStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async ofPerson(personId: string, projectId: string | null, db: Db = this.#db): Promise<RevocableRow[]> {
    return await readRows(
      db,
      sql`g.person_id = ${personId} and (${projectId === null} or g.project_id = ${projectId}::uuid)`,
      null,
    );
  }

  async onDatabase(databaseId: string, db: Db = this.#db): Promise<RevocableRow[]> {
    return await readRows(
      db,
      sql`((g.covers_all_databases and exists (select from tidegate.database place where place.id = ${databaseId}
          and place.project_id is not null and (g.project_id is null or g.project_id = place.project_id)))
        or exists (select from tidegate.access_grant_item item
          where item.grant_id = g.id and item.database_id = ${databaseId}))`,
      databaseId,
    );
  }

  async groupsOf(personId: string, projectId: string | null): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select distinct person_group.name from tidegate.group_member
      join tidegate.person_group on person_group.id = group_member.group_id
      join tidegate.access_grant g on g.group_id = group_member.group_id and g.closing_at is null
      where group_member.person_id = ${personId} and (${projectId === null} or g.project_id = ${projectId}::uuid)
      order by 1`.execute(this.#db);
    return rows.map((row) => row.name);
  }

  async names(personIds: readonly string[]): Promise<string[]> {
    const query = this.#db.selectFrom('person').where('id', '=', sql<string>`any(${[...personIds]}::uuid[])`);
    return (await query.select('name').orderBy(sql`lower(name)`).execute()).map((row) => row.name);
  }

  async person(personId: string): Promise<{ name: string } | null> {
    const query = this.#db.selectFrom('person').where('id', '=', personId).select('name');
    return (await query.executeTakeFirst()) ?? null;
  }

  async database(databaseId: string): Promise<{ name: string; projectId: string | null } | null> {
    const query = this.#db.selectFrom('database').where('id', '=', databaseId);
    return (await query.select(['name', 'project_id as projectId']).executeTakeFirst()) ?? null;
  }
}

async function readRows(db: Db, condition: RawBuilder<unknown>, databaseId: string | null): Promise<RevocableRow[]> {
  const { rows } = await sql<RevocableRow>`
    select g.id, g.source, g.project_id as "projectId", g.covers_all_databases as "coversAll",
      case when g.person_id is not null then array[g.person_id]
        else coalesce((select array_agg(person_id) from tidegate.group_member where group_id = g.group_id), '{}') end as people,
      case when not g.covers_all_databases then coalesce((select jsonb_agg(jsonb_build_object(
          'databaseId', item.database_id, 'schema', item.schema_name, 'table', item.table_name))
          from tidegate.access_grant_item item where item.grant_id = g.id and item.database_id <> ${databaseId}::uuid), '[]')
        else coalesce((select jsonb_agg(jsonb_build_object('databaseId', place.id, 'schema', null, 'table', null) order by place.name)
          from tidegate.database place where place.project_id = g.project_id and place.vanished_at is null
            and place.id <> ${databaseId}::uuid), '[]') end as others
    from tidegate.access_grant g
    where g.closing_at is null and (g.expires_at is null or g.expires_at > ${nowOnce}) and ${condition}
    order by g.created_at, g.id`.execute(db);
  return rows;
}
