-- The record as evidence: signed checkpoints, removal of whole segments behind a signed anchor, search at a million
-- events, and the history of what access rests on besides the ledger.

-- ------------------------------------------------------------------ finding events

-- An event is known by its place in a chain.
alter table tidegate.audit_event drop constraint audit_event_pkey;
alter table tidegate.audit_event drop constraint audit_event_sequence_once;
alter table tidegate.audit_event add constraint audit_event_sequence_once primary key (writer, sequence);

drop index tidegate.audit_event_actor, tidegate.audit_event_project, tidegate.audit_event_database, tidegate.audit_event_grant;
create index audit_event_actor on tidegate.audit_event (actor_id, at desc) where actor_id is not null;
create index audit_event_on_behalf_of on tidegate.audit_event (on_behalf_of_id, at desc) where on_behalf_of_id is not null;
create index audit_event_project on tidegate.audit_event (project_id, at desc) where project_id is not null;
create index audit_event_database on tidegate.audit_event (database_id, at desc) where database_id is not null;
create index audit_event_grant on tidegate.audit_event (grant_id, at desc) where grant_id is not null;
-- Only beginnings and ends of grants: their statements are many.
create index audit_event_grant_life on tidegate.audit_event (grant_id) where grant_id is not null and kind like 'grant.%';
create index audit_event_request on tidegate.audit_event (request_id, at desc) where request_id is not null;
create index audit_event_statement on tidegate.audit_event (statement_id) where statement_id is not null;

-- Of whom and of which tables an event speaks besides its columns: `id:<uuid>`, `table:<database>:<schema.table>`. Made
-- from the event and no evidence of its own, so that a table's events are read newest first without looking at others.
create table tidegate.audit_mention (
  subject text not null,
  at timestamptz not null,
  writer text not null,
  sequence bigint not null,
  constraint audit_mention_once primary key (subject, at, writer, sequence)
);
insert into tidegate.audit_mention (subject, at, writer, sequence)
  select 'table:' || e.database_id || ':' || named.value, e.at, e.writer, e.sequence
  from tidegate.audit_event e
  cross join lateral jsonb_array_elements_text(
    case when jsonb_typeof(e.data -> 'tables') = 'array' then e.data -> 'tables' else '[]' end) as named
  where e.database_id is not null
  on conflict do nothing;

-- Adds events to a writer's chain, in one call, because every statement of every person waits for it. Locks the chain
-- until commit: events of one chain are committed in their order. `contentHash` of each event is the SHA-256 of its
-- canonical JSON (made by the server, remade by whoever verifies); `hash` covers it with the event's place in the chain.
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
  insert into tidegate.audit_event (writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, instance_id,
    database_id, request_id, grant_id, session_id, statement_id, data, previous_hash, hash)
  select chain_writer, first_sequence + e.n, instants[e.n], value ->> 'kind', (value ->> 'actorId')::uuid,
    (value ->> 'onBehalfOfId')::uuid, (value ->> 'projectId')::uuid, (value ->> 'instanceId')::uuid,
    (value ->> 'databaseId')::uuid, (value ->> 'requestId')::uuid, (value ->> 'grantId')::uuid,
    (value ->> 'sessionId')::uuid, (value ->> 'statementId')::uuid, value -> 'data', hashes[e.n], hashes[e.n + 1]
  from jsonb_array_elements(events) with ordinality as e(value, n);
  insert into tidegate.audit_mention (subject, at, writer, sequence)
  select mention, instants[e.n], chain_writer, first_sequence + e.n
  from jsonb_array_elements(events) with ordinality as e(value, n)
  cross join lateral jsonb_array_elements_text(value -> 'mentions') as mention
  on conflict do nothing;
  update tidegate.audit_chain set last_sequence = chain.last_sequence, last_hash = chain.last_hash
    where writer = chain_writer;
end $$;

-- ------------------------------------------------------------------ checkpoints and anchors

-- Ed25519; made once for the installation. The id is the beginning of the SHA-256 of the public key.
create table tidegate.audit_signing_key (
  id text primary key,
  public_key text not null,
  private_key_sealed text not null,
  created_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
);
create unique index audit_signing_key_one_in_use on tidegate.audit_signing_key ((true)) where retired_at is null;

-- What the heads of all chains were at an instant, signed. Each names the one before it.
create table tidegate.audit_checkpoint (
  number bigint primary key,
  at timestamptz not null,
  key_id text not null references tidegate.audit_signing_key,
  -- Names the heads of all chains, not only of those that have moved since the one before.
  is_full boolean not null,
  -- Canonical JSON, exactly as it was signed.
  document text not null,
  signature text not null
);
create index audit_checkpoint_full on tidegate.audit_checkpoint (number) where is_full;
create trigger audit_checkpoint_append_only before update or delete on tidegate.audit_checkpoint
  for each row execute function tidegate.refuse_change();
create trigger audit_checkpoint_no_truncate before truncate on tidegate.audit_checkpoint
  for each statement execute function tidegate.refuse_change();

-- Where a chain begins after its older segments were removed: the last event of theirs, signed.
create table tidegate.audit_anchor (
  writer text not null,
  sequence bigint not null,
  hash text not null,
  at timestamptz not null,
  key_id text not null references tidegate.audit_signing_key,
  document text not null,
  signature text not null,
  constraint audit_anchor_once primary key (writer, sequence)
);
create trigger audit_anchor_append_only before update or delete on tidegate.audit_anchor
  for each row execute function tidegate.refuse_change();
create trigger audit_anchor_no_truncate before truncate on tidegate.audit_anchor
  for each statement execute function tidegate.refuse_change();

create function tidegate.refuse_foreign_anchor() returns trigger language plpgsql as $$
begin
  if not exists (select from tidegate.audit_event
    where writer = new.writer and sequence = new.sequence and hash = new.hash) then
    raise exception 'an anchor stands for an event of the record'
      using errcode = 'restrict_violation', constraint = 'audit_anchor_of_event';
  end if;
  return new;
end $$;
create trigger audit_anchor_of_event before insert on tidegate.audit_anchor
  for each row execute function tidegate.refuse_foreign_anchor();

-- The one way out of the record: an anchor that stands for what is removed.
create function tidegate.refuse_removal_without_anchor() returns trigger language plpgsql as $$
begin
  if exists (select from tidegate.audit_anchor where writer = old.writer and sequence >= old.sequence) then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger audit_event_append_only on tidegate.audit_event;
create trigger audit_event_append_only before update on tidegate.audit_event
  for each row execute function tidegate.refuse_change();
create trigger audit_event_removed_by_segment before delete on tidegate.audit_event
  for each row execute function tidegate.refuse_removal_without_anchor();

-- ------------------------------------------------------------------ the ground of access, as it was

-- What access rests on besides the ledger: who was in which group, held which role, where a database was, what was
-- active. Kept by triggers, so that no path of the code can forget it. `until_at` null: it still is so.
create table tidegate.ground_history (
  relation text not null,
  key text not null,
  facts jsonb not null,
  from_at timestamptz not null,
  until_at timestamptz,
  constraint ground_history_in_order check (until_at >= from_at)
);
create unique index ground_history_now on tidegate.ground_history (relation, key) where until_at is null;
create index ground_history_key on tidegate.ground_history (relation, key, from_at);
create index ground_history_group on tidegate.ground_history ((facts ->> 'group_id'), from_at)
  where relation = 'group_member';
create index ground_history_project on tidegate.ground_history ((facts ->> 'project_id'), from_at)
  where relation = 'project_member';

create function tidegate.ground_history_latches() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.until_at is null and new.until_at is not null
    and (new.relation, new.key, new.facts, new.from_at) = (old.relation, old.key, old.facts, old.from_at) then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger ground_history_append_only before update or delete on tidegate.ground_history
  for each row execute function tidegate.ground_history_latches();

-- Arguments: the columns that make the key, and those that are kept, each a list with commas.
create function tidegate.keep_ground() returns trigger language plpgsql as $$
declare
  present jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  former jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  present_facts jsonb;
  former_facts jsonb;
  row_key text;
begin
  select string_agg(coalesce(present, former) ->> name, ':' order by n) into row_key
    from unnest(string_to_array(tg_argv[0], ',')) with ordinality as k(name, n);
  select jsonb_object_agg(name, present -> name), jsonb_object_agg(name, former -> name)
    into present_facts, former_facts from unnest(string_to_array(tg_argv[1], ',')) as name;
  if tg_op = 'UPDATE' and present_facts = former_facts then return null; end if;
  if former is not null then
    update tidegate.ground_history set until_at = greatest(from_at, tidegate.now())
      where relation = tg_table_name and key = row_key and until_at is null;
  end if;
  if present is not null then
    insert into tidegate.ground_history (relation, key, facts, from_at)
      values (tg_table_name, row_key, present_facts, tidegate.now());
  end if;
  return null;
end $$;

create trigger person_ground after insert or update of state or delete on tidegate.person
  for each row execute function tidegate.keep_ground('id', 'state');
create trigger project_ground after insert or update of state or delete on tidegate.project
  for each row execute function tidegate.keep_ground('id', 'state');
create trigger group_member_ground after insert or update or delete on tidegate.group_member
  for each row execute function tidegate.keep_ground('group_id,person_id', 'group_id,person_id');
create trigger workspace_role_ground after insert or update or delete on tidegate.workspace_role
  for each row execute function tidegate.keep_ground('id', 'role,person_id,group_id');
create trigger project_member_ground after insert or update or delete on tidegate.project_member
  for each row execute function tidegate.keep_ground('id', 'project_id,role,person_id,group_id,expires_at');
create trigger environment_ground after insert or update of allows_read_by_role or delete on tidegate.environment
  for each row execute function tidegate.keep_ground('id', 'allows_read_by_role');
create trigger instance_ground after insert or update of environment_id, unregistering_at or delete on tidegate.instance
  for each row execute function tidegate.keep_ground('id', 'environment_id,unregistering_at');
create trigger database_ground
  after insert or update of project_id, environment_id, vanished_at or delete on tidegate.database
  for each row execute function tidegate.keep_ground('id', 'instance_id,project_id,environment_id,vanished_at');
-- A deleted group is taken out of its rows of the ledger: whose they were stays known here.
create trigger access_grant_ground after insert or update of group_id on tidegate.access_grant
  for each row when (new.person_id is null) execute function tidegate.keep_ground('id', 'group_id');

-- What was there before its history was kept counts from the earliest instant that is known of it.
insert into tidegate.ground_history (relation, key, facts, from_at)
  select 'person', id::text, jsonb_build_object('state', state), created_at from tidegate.person
  union all
  select 'project', id::text, jsonb_build_object('state', state), created_at from tidegate.project
  union all
  select 'group_member', group_id || ':' || person_id,
    jsonb_build_object('group_id', group_id, 'person_id', person_id), added_at from tidegate.group_member
  union all
  select 'workspace_role', id::text, jsonb_build_object('role', role, 'person_id', person_id, 'group_id', group_id),
    added_at from tidegate.workspace_role
  union all
  select 'project_member', id::text, jsonb_build_object('project_id', project_id, 'role', role, 'person_id', person_id,
    'group_id', group_id, 'expires_at', expires_at), added_at from tidegate.project_member
  union all
  select 'environment', id::text, jsonb_build_object('allows_read_by_role', allows_read_by_role), '-infinity'
    from tidegate.environment
  union all
  select 'instance', id::text, jsonb_build_object('environment_id', environment_id, 'unregistering_at', unregistering_at),
    created_at from tidegate.instance
  union all
  select 'database', d.id::text, jsonb_build_object('instance_id', d.instance_id, 'project_id', d.project_id,
    'environment_id', d.environment_id, 'vanished_at', d.vanished_at), i.created_at
    from tidegate.database d join tidegate.instance i on i.id = d.instance_id
  union all
  select 'access_grant', id::text, jsonb_build_object('group_id', group_id), created_at
    from tidegate.access_grant where person_id is null;

-- Before this instant the history is what was left of it.
insert into tidegate.setting (key, value) values ('ground_history_since', to_jsonb(clock_timestamp()));
