-- Adding to the record costs less: two events of each statement wait for it.

-- The function that adds locks the chain's row, and makes it where it is missing: no event needs to look for it again.
alter table tidegate.audit_event drop constraint audit_event_writer_fkey;
-- An event is known by its place in its chain.
alter table tidegate.audit_event drop column id;

-- Oldest first: what is new comes to the end of its pages, which then are filled instead of split in the middle. Lists
-- of the newest read them backward. Without conditions where nearly every event has the column: each condition is made
-- ready anew for every statement that adds.
drop index tidegate.audit_event_at, tidegate.audit_event_kind, tidegate.audit_event_actor,
  tidegate.audit_event_on_behalf_of, tidegate.audit_event_project, tidegate.audit_event_database,
  tidegate.audit_event_grant, tidegate.audit_event_request, tidegate.audit_event_statement;
create index audit_event_at on tidegate.audit_event (at);
create index audit_event_kind on tidegate.audit_event (kind, at);
create index audit_event_actor on tidegate.audit_event (actor_id, at);
create index audit_event_on_behalf_of on tidegate.audit_event (on_behalf_of_id, at) where on_behalf_of_id is not null;
create index audit_event_project on tidegate.audit_event (project_id, at);
create index audit_event_database on tidegate.audit_event (database_id, at);
create index audit_event_grant on tidegate.audit_event (grant_id, at);
create index audit_event_request on tidegate.audit_event (request_id, at) where request_id is not null;
create index audit_event_statement on tidegate.audit_event (statement_id);

-- As before, but events and mentions are taken apart once and added in one statement; the subjects that an event mentions
-- are different ones, so that no mention can be there already.
create or replace function tidegate.append_audit_events(chain_writer text, events jsonb) returns void language plpgsql as $$
declare
  chain tidegate.audit_chain;
  first_sequence bigint;
  content_hash text;
  event_at timestamptz;
  instants timestamptz[] := '{}';
  hashes text[];
begin
  select * into chain from tidegate.audit_chain where writer = chain_writer for update;
  if not found then
    insert into tidegate.audit_chain (writer, last_sequence, last_hash) values (chain_writer, 0, repeat('0', 64))
      on conflict (writer) do nothing;
    select * into strict chain from tidegate.audit_chain where writer = chain_writer for update;
  end if;
  first_sequence := chain.last_sequence;
  -- The hash before the first, so that hashes[n] is what event n links to.
  hashes := array[chain.last_hash];
  for content_hash in
    select e.value ->> 'contentHash' from jsonb_array_elements(events) with ordinality as e(value, n) order by e.n
  loop
    event_at := tidegate.now();
    instants := instants || event_at;
    chain.last_sequence := chain.last_sequence + 1;
    chain.last_hash := encode(sha256(convert_to(format(
      '{"at":"%s","content":"%s","previous":"%s","sequence":%s,"writer":"%s"}',
      to_char(event_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      content_hash, chain.last_hash, chain.last_sequence, chain_writer), 'UTF8')), 'hex');
    hashes := hashes || chain.last_hash;
  end loop;
  with batch as materialized (
    select value, n, instants[n] as stamped from jsonb_array_elements(events) with ordinality as e(value, n)
  ), mentioned as (
    insert into tidegate.audit_mention (subject, at, writer, sequence)
    select mention, stamped, chain_writer, first_sequence + n from batch
    cross join lateral jsonb_array_elements_text(value -> 'mentions') as mention)
  insert into tidegate.audit_event (writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, instance_id,
    database_id, request_id, grant_id, session_id, statement_id, data, previous_hash, hash)
  select chain_writer, first_sequence + n, stamped, value ->> 'kind', (value ->> 'actorId')::uuid,
    (value ->> 'onBehalfOfId')::uuid, (value ->> 'projectId')::uuid, (value ->> 'instanceId')::uuid,
    (value ->> 'databaseId')::uuid, (value ->> 'requestId')::uuid, (value ->> 'grantId')::uuid,
    (value ->> 'sessionId')::uuid, (value ->> 'statementId')::uuid, value -> 'data', hashes[n], hashes[n + 1]
  from batch;
  update tidegate.audit_chain set last_sequence = chain.last_sequence, last_hash = chain.last_hash
    where writer = chain_writer;
end $$;
