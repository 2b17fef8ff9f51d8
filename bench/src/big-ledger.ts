import type { Pool } from 'pg';

export interface LedgerSize {
  readonly people: number;
  readonly tables: number;
  readonly rows: number;
}

export interface FilledLedger {
  /** Somebody, a database, and a table of it; in about half of the cases he holds something there. */
  pick(round: number): { personId: string; databaseId: string; table: string };
}

const databases = 50;
const groups = 500;

/**
 * Rows in force: nine of ten are held by a person, the others by a group, each on three tables of a database; everybody
 * is in three groups.
 */
export async function fillLedger(pool: Pool, size: LedgerSize): Promise<FilledLedger> {
  const perDatabase = size.tables / databases;
  await pool.query(`
    insert into tidegate.project (name) select 'Project ' || i from generate_series(1, 10) i;
    insert into tidegate.instance (short_id, title, environment_id, engine, host, port, user_name, tls_mode, server_identity)
      select 'b001', 'Bench', (select id from tidegate.environment limit 1), 'postgresql', 'nowhere.example', 5432, 'gate', 'disable', 'bench';
    insert into tidegate.database (instance_id, name, project_id)
      select (select id from tidegate.instance), 'db_' || lpad(i::text, 3, '0'),
        (select id from tidegate.project where name = 'Project ' || (i % 10 + 1)) from generate_series(0, ${databases - 1}) i;
    insert into tidegate.relation (database_id, schema_name, name, kind, identity, columns)
      select d.id, 'public', 't' || i, 'table', i::text, '[]' from tidegate.database d, generate_series(0, ${perDatabase - 1}) i;
    insert into tidegate.person (name, email) select 'Person ' || i, 'p' || i || '@bench.example' from generate_series(1, ${size.people}) i;
    insert into tidegate.person_group (name) select 'Group ' || i from generate_series(1, ${groups}) i;
    create temporary table p as select id, row_number() over (order by email) - 1 as n from tidegate.person;
    create temporary table d as select id, project_id, row_number() over (order by name) - 1 as n from tidegate.database;
    create temporary table g as select id, row_number() over (order by name) - 1 as n from tidegate.person_group;
    insert into tidegate.group_member (group_id, person_id)
      select distinct g.id, p.id from p cross join generate_series(0, 2) k join g on g.n = (p.n * 7 + k * 131) % ${groups};
    create temporary table r as select gen_random_uuid() as id, i, (i * 13 + i / ${databases}) % ${databases} as dn from generate_series(0, ${size.rows - 1}) i;
    create index on p (n); create index on d (n); create index on g (n); analyze p; analyze d; analyze g; analyze r;
    insert into tidegate.access_grant (id, source, person_id, group_id, project_id, privileges, starts_at, expires_at)
      select r.id, 'emergency', case when i % 10 > 0 then p.id end, case when i % 10 = 0 then g.id end, d.project_id, array['read'],
        now() - interval '1 hour', now() + interval '1 day'
      from r join p on p.n = i % ${size.people} join g on g.n = i / 10 % ${groups} join d on d.n = dn;
    insert into tidegate.access_grant_item (grant_id, database_id, schema_name, table_name)
      select r.id, d.id, 'public', 't' || (i * 3 + k) % ${perDatabase} from r join d on d.n = dn cross join generate_series(0, 2) k;
    analyze`);
  const { rows: held } = await pool.query<{ personId: string; databaseId: string; table: string }>(`
    select g.person_id as "personId", item.database_id as "databaseId", item.table_name as "table"
    from tidegate.access_grant g join tidegate.access_grant_item item on item.grant_id = g.id
    where g.person_id is not null order by md5(g.id::text) limit 20000`);
  return {
    pick: (round) => {
      const one = held[(round * 7919) % held.length];
      const other = held[(round * 104_729 + 1) % held.length];
      if (one === undefined || other === undefined) throw new Error('the ledger is empty');
      return round % 2 === 0 ? one : { ...other, personId: one.personId };
    },
  };
}
