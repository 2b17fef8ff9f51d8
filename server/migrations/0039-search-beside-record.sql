-- Adding to the record keeps one index instead of ten. What the record is searched by is kept in tables beside it, which
-- are filled a moment later, many events at once.

-- What an event is found by besides its columns; null for what was recorded before this. No part of what is hashed.
alter table tidegate.audit_event add column mentions jsonb;

-- Made from the events and no evidence of its own: emptied together with `audit_mention` and `audit_searchable`, it is
-- made anew, but for the mentions of what was recorded before this. Whoever verifies the record holds it against the events.
create table tidegate.audit_search (
  writer text not null,
  sequence bigint not null,
  at timestamptz not null,
  kind text not null,
  actor_id uuid,
  on_behalf_of_id uuid,
  project_id uuid,
  database_id uuid,
  request_id uuid,
  grant_id uuid,
  statement_id uuid
);
insert into tidegate.audit_search
  select writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, database_id, request_id, grant_id, statement_id
  from tidegate.audit_event;
alter table tidegate.audit_search add constraint audit_search_once primary key (writer, sequence);
create index audit_search_at on tidegate.audit_search (at);
create index audit_search_kind on tidegate.audit_search (kind, at);
create index audit_search_actor on tidegate.audit_search (actor_id, at) where actor_id is not null;
create index audit_search_on_behalf_of on tidegate.audit_search (on_behalf_of_id, at) where on_behalf_of_id is not null;
create index audit_search_project on tidegate.audit_search (project_id, at) where project_id is not null;
create index audit_search_database on tidegate.audit_search (database_id, at) where database_id is not null;
create index audit_search_grant on tidegate.audit_search (grant_id, at) where grant_id is not null;
create index audit_search_request on tidegate.audit_search (request_id, at) where request_id is not null;
create index audit_search_statement on tidegate.audit_search (statement_id) where statement_id is not null;

-- The last event of each chain that the search knows.
create table tidegate.audit_searchable (
  writer text primary key,
  sequence bigint not null
);
insert into tidegate.audit_searchable select writer, last_sequence from tidegate.audit_chain;

drop index tidegate.audit_event_at, tidegate.audit_event_kind, tidegate.audit_event_actor,
  tidegate.audit_event_on_behalf_of, tidegate.audit_event_project, tidegate.audit_event_database,
  tidegate.audit_event_grant, tidegate.audit_event_grant_life, tidegate.audit_event_request,
  tidegate.audit_event_statement;

-- Makes events searchable that are not yet, those of each chain in their order, and says how many it were: fewer than
-- `most` when there are no more. Two at a time take turns.
create function tidegate.make_audit_searchable(most int) returns int language plpgsql as $$
declare
  behind text;
  known bigint;
  added int;
  newest bigint;
  total int := 0;
begin
  for behind in
    select c.writer from tidegate.audit_chain c left join tidegate.audit_searchable s on s.writer = c.writer
    where c.last_sequence > coalesce(s.sequence, 0) order by c.writer
  loop
    insert into tidegate.audit_searchable (writer, sequence) values (behind, 0) on conflict (writer) do nothing;
    select sequence into strict known from tidegate.audit_searchable where writer = behind for update;
    with event as materialized (
      select * from tidegate.audit_event where writer = behind and sequence > known order by sequence limit most - total
    ), mentioned as (
      insert into tidegate.audit_mention (subject, at, writer, sequence)
      select subject, at, writer, sequence from event cross join lateral jsonb_array_elements_text(mentions) as subject
    ), found as (
      insert into tidegate.audit_search (writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, database_id,
        request_id, grant_id, statement_id)
      select writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, database_id, request_id, grant_id,
        statement_id
      from event)
    select count(*), max(sequence) into added, newest from event;
    continue when added = 0;
    update tidegate.audit_searchable set sequence = newest where writer = behind;
    total := total + added;
    exit when total >= most;
  end loop;
  return total;
end $$;

-- As before, but with one instant for what is added together, and without what can be done later. What can be done
-- before the chain is locked is: who else adds to it waits for the rest only.
create or replace function tidegate.append_audit_events(chain_writer text, events jsonb) returns void language plpgsql as $$
declare
  chain tidegate.audit_chain;
  taken tidegate.audit_event[];
  contents text[];
  content_hash text;
  first_sequence bigint;
  added_at timestamptz;
  stamp text;
  hashes text[];
begin
  -- With their places among themselves, and no hashes yet.
  select array_agg(row(chain_writer, n, null, value ->> 'kind', (value ->> 'actorId')::uuid,
        (value ->> 'onBehalfOfId')::uuid, (value ->> 'projectId')::uuid, (value ->> 'instanceId')::uuid,
        (value ->> 'databaseId')::uuid, (value ->> 'requestId')::uuid, (value ->> 'grantId')::uuid,
        (value ->> 'sessionId')::uuid, (value ->> 'statementId')::uuid, value -> 'data', null, null, value -> 'mentions'
      )::tidegate.audit_event order by n),
    array_agg(value ->> 'contentHash' order by n)
    into taken, contents
  from jsonb_array_elements(events) with ordinality as e(value, n);
  select * into chain from tidegate.audit_chain where writer = chain_writer for update;
  if not found then
    insert into tidegate.audit_chain (writer, last_sequence, last_hash) values (chain_writer, 0, repeat('0', 64))
      on conflict (writer) do nothing;
    select * into strict chain from tidegate.audit_chain where writer = chain_writer for update;
  end if;
  first_sequence := chain.last_sequence;
  added_at := tidegate.now();
  stamp := to_char(added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
  -- The hash before the first, so that hashes[n] is what event n links to.
  hashes := array[chain.last_hash];
  foreach content_hash in array contents loop
    chain.last_sequence := chain.last_sequence + 1;
    chain.last_hash := encode(sha256(convert_to(format(
      '{"at":"%s","content":"%s","previous":"%s","sequence":%s,"writer":"%s"}',
      stamp, content_hash, chain.last_hash, chain.last_sequence, chain_writer), 'UTF8')), 'hex');
    hashes := hashes || chain.last_hash;
  end loop;
  insert into tidegate.audit_event (writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, instance_id,
    database_id, request_id, grant_id, session_id, statement_id, data, previous_hash, hash, mentions)
  select writer, first_sequence + sequence, added_at, kind, actor_id, on_behalf_of_id, project_id, instance_id,
    database_id, request_id, grant_id, session_id, statement_id, data, hashes[sequence], hashes[sequence + 1], mentions
  from unnest(taken);
  update tidegate.audit_chain set last_sequence = chain.last_sequence, last_hash = chain.last_hash
    where writer = chain_writer;
end $$;

-- When its overdue closure was put on record; null: it was not.
alter table tidegate.access_grant add column told_overdue_at timestamptz;
update tidegate.access_grant g set told_overdue_at = s.at
  from tidegate.audit_search s where s.grant_id = g.id and s.kind = 'closure.overdue';
