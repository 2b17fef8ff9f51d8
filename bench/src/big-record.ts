import type pg from 'pg';

interface Question {
  readonly [filter: string]: string | undefined;
}

export interface FilledRecord {
  /** What is asked, with other values each round. */
  readonly questions: Readonly<Record<string, (round: number) => Question>>;
}

const people = 200;
const databases = 50;
const tablesEach = 200;

/**
 * Events as use makes them: of a hundred 47 beginnings and 47 ends of statements, the rest sessions, requests and grants,
 * one every eight seconds; each statement on one to three tables. Hashes are made up, since nobody verifies here.
 */
export async function fillRecord(store: pg.Client, events: number): Promise<FilledRecord> {
  await store.query(`
    insert into tidegate.person (name, email)
      select 'Person ' || i, 'p' || i || '@record.example' from generate_series(1, ${people}) i;
    create temporary table p as select id, name, row_number() over (order by email) - 1 as n
      from tidegate.person where email like '%@record.example';
    create temporary table d as select gen_random_uuid() as id, n, n % 10 as pn from generate_series(0, ${databases - 1}) n;
    create temporary table pr as select gen_random_uuid() as id, n from generate_series(0, 9) n;
    create temporary table g as select gen_random_uuid() as id, n from generate_series(0, 1999) n;
    create index on p (n); create index on d (n); create index on pr (n); create index on g (n);
    analyze p; analyze d; analyze pr; analyze g;
    insert into tidegate.audit_chain (writer, last_sequence, last_hash) values ('bench', ${events}, repeat('b', 64));
    insert into tidegate.audit_event (writer, sequence, at, kind, actor_id, project_id, database_id, grant_id,
      statement_id, data, previous_hash, hash, mentions)
    select 'bench', i, now() - (${events} - i) * interval '8 seconds',
      case when i % 100 < 47 then 'statement.started' when i % 100 < 94 then 'statement.finished'
        when i % 100 < 97 then 'session.opened' when i % 100 = 97 then 'grant.created' when i % 100 = 98 then 'grant.closed'
        when i % 10000 = 99 then 'emergency.taken' else 'request.approved' end,
      p.id, pr.id, d.id, g.id, case when i % 100 < 94 then gen_random_uuid() end,
      jsonb_build_object('person', p.name, 'project', 'Project ' || pr.n, 'database', 'db_' || d.n, 'instance', 'Prod',
        'account', 'tg_abcd_efgh_person_' || p.n, 'text', 'select * from table_' || i % ${tablesEach} || ' where id = ' || i,
        'kind', 'read', 'tables', jsonb_build_array('public.table_' || i % ${tablesEach}), 'grants', jsonb_build_array(g.id)),
      repeat('a', 64), repeat('b', 64),
      case when i % 100 < 47 then jsonb_build_array('table:' || d.id || ':public.table_' || i % ${tablesEach}) end
    from generate_series(1, ${events}) i
    join p on p.n = (i * 7 + i / 97) % ${people} join d on d.n = (i * 3 + i / 41) % ${databases} join pr on pr.n = d.pn
    join g on g.n = (i / 13) % 2000;
    select tidegate.make_audit_searchable(${events});
    analyze tidegate.audit_event; analyze tidegate.audit_search; analyze tidegate.audit_mention`);
  const ids = async (table: string): Promise<string[]> =>
    (await store.query<{ id: string }>(`select id from ${table} order by n`)).rows.map((row) => row.id);
  const all = { p: await ids('p'), d: await ids('d'), pr: await ids('pr'), g: await ids('g') };
  const of = (list: readonly string[], round: number) => list[(round * 7919) % list.length];
  const now = Date.now();
  const ago = (share: number) => new Date(now - share * events * 8_000).toISOString();
  return {
    questions: {
      newest: () => ({}),
      'a person': (round) => ({ personId: of(all.p, round) }),
      'a project': (round) => ({ projectId: of(all.pr, round) }),
      'a database': (round) => ({ databaseId: of(all.d, round) }),
      'a table': (round) => ({ databaseId: of(all.d, round), table: `public.table_${(round * 7) % tablesEach}` }),
      'a table that nobody touched': (round) => ({ databaseId: of(all.d, round), table: 'public.nothing' }),
      'a frequent kind': () => ({ kind: 'statement.finished' }),
      'a rare kind': () => ({ kind: 'emergency.taken' }),
      'a grant': (round) => ({ grantId: of(all.g, round) }),
      'a day long ago': (round) => ({ from: ago(0.5 + round / 100), to: ago(0.49 + round / 100) }),
      'a person in a project on a day': (round) => ({
        ...{ personId: of(all.p, round), projectId: of(all.pr, round) },
        ...{ from: ago(0.7), to: ago(0.6) },
      }),
      'a rare kind of a person': (round) => ({ kind: 'emergency.taken', personId: of(all.p, round) }),
      'a rare kind in a database': (round) => ({ kind: 'emergency.taken', databaseId: of(all.d, round) }),
      'a person on a table': (round) => ({
        ...{ personId: of(all.p, round), databaseId: of(all.d, round) },
        table: `public.table_${(round * 7) % tablesEach}`,
      }),
      'a text that is there': (round) => ({ search: `table_${round % tablesEach}` }),
      'a text that is not there': () => ({ search: 'no such text' }),
    },
  };
}
